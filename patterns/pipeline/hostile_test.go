package pipeline

import (
	"bytes"
	"context"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// Whom a worker connects to may be hostile as well: what is none of the protocol is counted, and no more tasks than were asked for
// are kept.
func TestAWorkerKeepsNoMoreThanItAskedForWhateverTheVentilatorSends(t *testing.T) {
	sys, _ := newSystem(t)
	ctx := testContext(t)
	router, err := sys.Open(zsock.Router, zsock.WithBind("tcp://127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	bound, err := router.Endpoints(ctx, zsock.Bound)
	if err != nil {
		t.Fatal(err)
	}
	gate := make(chan struct{})
	w, err := Work(sys, bound[0], func(_ context.Context, n int) (int, error) { <-gate; return n, nil }, WithCredit(10))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close(ctx) }()
	defer close(gate)
	hello := func() (route []byte, session uint64) {
		for {
			m, err := router.Recv(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if h, _, err := parseHeader(m.Frame(1)); err == nil && h.kind == kindHello {
				return m.Frame(0), h.session
			}
		}
	}
	route, session := hello()
	for _, frames := range []zsock.Message{zsock.Text(""), zsock.Text("garbage"), zsock.Text("two", "frames"),
		zsock.Bytes(header{kind: kindHello, session: session}.append(nil)), zsock.Bytes(bytes.Repeat([]byte{0xff}, 1000))} {
		if err := router.Send(ctx, frames.Prepend(route)); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // each time the worker begins a new session, and forgets what it was given
		tasks := header{kind: kindTasks, session: session, sequence: 1, run: 7}.append(nil)
		for id := range uint64(1000) {
			tasks = appendTask(tasks, id, []byte("1"))
		}
		if err := router.Send(ctx, zsock.Bytes(route, tasks)); err != nil {
			t.Fatal(err)
		}
		before := session
		if route, session = hello(); session == before {
			t.Fatal("the same session")
		}
	}
	if n := w.malformed.Load(); n != 5+5 {
		t.Errorf("%d malformed messages, want 10", n)
	}
	w.desk.mu.Lock()
	kept := w.desk.tasks.len()
	w.desk.mu.Unlock()
	if kept != 0 {
		t.Errorf("%d tasks are kept", kept)
	}
}
