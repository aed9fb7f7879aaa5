package actor

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// hang makes an actor that does not return before the gate opens, and has it begin.
func hang(w *world, name string, gate chan struct{}) Ref[act] {
	ref := w.spawn(name, life{}.produce, WithMailbox(1))
	tell(w.t, ref, func(*Context[act]) error { <-gate; return nil })
	synctest.Wait()
	return ref
}

func TestSystemThatFailedEndsAlthoughAnActorDoesNotReturn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		stuck := hang(w, "stuck", gate)
		tell(t, stuck, func(*Context[act]) error { return nil })
		waits := make(chan error, 1)
		go func() { waits <- stuck.Tell(background, func(*Context[act]) error { return nil }) }()
		start := time.Now()
		tell(t, w.spawn("failing", life{}.produce), func(*Context[act]) error { return errBoom })
		<-w.Context().Done()
		if cause := context.Cause(w.Context()); time.Since(start) != 0 || !errors.Is(cause, errBoom) || !errors.Is(w.Err(), errBoom) {
			t.Errorf("%v and %v after %v", cause, w.Err(), time.Since(start))
		}
		<-w.Done()
		if time.Since(start) != endTimeout || !errors.Is(w.Err(), errBoom) {
			t.Errorf("%v after %v", w.Err(), time.Since(start))
		}
		if err := <-waits; !errors.Is(err, ErrStopped) {
			t.Errorf("Tell: %v", err)
		}
		if got := w.events("/stuck"); !slices.Equal(got, []string{"started", "overstayed"}) {
			t.Errorf("events: %q", got)
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err := w.Close(ctx)
		if overstay, ok := errors.AsType[*OverstayError](err); !ok || !slices.Equal(overstay.Paths, []string{"/stuck"}) || !errors.Is(err, errBoom) {
			t.Errorf("Close: %v", err)
		}
		close(gate)
		if err := w.Close(background); !errors.Is(err, errBoom) {
			t.Errorf("Close: %v", err)
		}
		<-stuck.Done()
	})
}

func TestSystemThatFailedIsDoneAtOnceWhenAllReturn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		start := time.Now()
		tell(t, w.spawn("failing", life{}.produce), func(*Context[act]) error { return errBoom })
		<-w.Done()
		if time.Since(start) != 0 {
			t.Errorf("after %v", time.Since(start))
		}
		pass(time.Hour)
		if slices.Contains(w.events("/failing"), "overstayed") {
			t.Error("it overstayed")
		}
	})
}

func TestSystemThatFailedEndsAlthoughAHookDoesNotReturn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := make(chan struct{})
		w := newWorld(t, WithEvents(func(e Event) {
			if e.Kind == Failed || e.Kind == Overstayed {
				<-gate
			}
		}))
		ref := w.spawn("failing", life{}.produce)
		tell(t, ref, func(*Context[act]) error { return errBoom })
		synctest.Wait()
		w.end(errBoom) // the hook keeps the failure from the root
		<-w.Done()
		close(gate)
		if err := w.Close(background); !errors.Is(err, errBoom) {
			t.Error(err)
		}
	})
}

func TestSystemThatIsClosedWaitsAsLongAsItsCallerDoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		hang(w, "stuck", gate)
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		if _, ok := errors.AsType[*OverstayError](w.Close(ctx)); !ok {
			t.Error("no report")
		}
		select {
		case <-w.Done():
			t.Error("the system is done while something of it runs")
		default:
		}
		if slices.Contains(w.events("/stuck"), "overstayed") {
			t.Error("it was left behind")
		}
		close(gate)
		<-w.Done()
	})
}

func TestWhatIsBelowAHangingActorIsStoppedWithTheSystemThatFailed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		defer close(gate)
		ref := w.spawn("stuck", life{}.produce)
		kid := under(t, ref, "kid", life{}.produce)
		tell(t, ref, func(*Context[act]) error { <-gate; return nil })
		tell(t, w.spawn("failing", life{}.produce), func(*Context[act]) error { return errBoom })
		<-w.Done()
		<-kid.Done()
	})
}
