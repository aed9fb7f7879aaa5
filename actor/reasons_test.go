package actor

import (
	"errors"
	"fmt"
	"maps"
	"testing"
)

func TestDeadLettersAreCountedByTheRootOfTheirReason(t *testing.T) {
	w := newWorld(t)
	full := errors.New("full")
	for i := range 10 {
		w.Bury(DeadLetter{Message: i, Reason: fmt.Errorf("case %d: %w", i, full)})
	}
	w.Bury(DeadLetter{Reason: errors.Join(ErrStopped, full)})
	w.Bury(DeadLetter{})
	want := map[string]uint64{"full": 10, ErrStopped.Error(): 1, "no reason given": 1}
	if got := w.DeadLetterReasons(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for i := range 1000 {
		w.Bury(DeadLetter{Reason: fmt.Errorf("reason %d", i)})
	}
	got := w.DeadLetterReasons()
	total := uint64(0)
	for _, n := range got {
		total += n
	}
	if len(got) != keptReasons+1 || total != 1012 {
		t.Errorf("%d kinds of %d letters are kept", len(got), total)
	}
}
