package actor

import (
	"bytes"
	"runtime/pprof"
	"strings"
	"testing"
)

func TestGoroutineProfileNamesActorAndKind(t *testing.T) {
	w := newWorld(t)
	ref := w.spawn("printer", life{}.produce, WithKind("device"))
	var text bytes.Buffer
	if err := do(ref, func(*Context[act]) error { return pprof.Lookup("goroutine").WriteTo(&text, 1) }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), `"actor":"/printer"`) || !strings.Contains(text.String(), `"kind":"device"`) {
		t.Errorf("no labels in\n%s", text.String())
	}
}
