package actortest

import (
	"fmt"

	"github.com/actomq/actomq/actor"
)

// faulty is a behaviour with faults around it. Where the one inside lacks an optional method, it does what an actor does
// without it.
type faulty[M any] struct {
	faults *Injector
	inside actor.Behavior[M]
}

// Receive implements actor.Behavior.
func (f *faulty[M]) Receive(ctx *actor.Context[M], m M) error {
	if err := f.faults.strike(Receive, m); err != nil {
		return err
	}
	return f.inside.Receive(ctx, m)
}

// Start implements actor.Starter.
func (f *faulty[M]) Start(ctx *actor.Context[M]) error {
	if err := f.faults.strike(Start, nil); err != nil {
		return err
	}
	if s, ok := f.inside.(actor.Starter[M]); ok {
		return s.Start(ctx)
	}
	return nil
}

// Stop implements actor.Stopper. What the behaviour holds is released first.
func (f *faulty[M]) Stop(ctx *actor.Context[M], cause error) {
	if s, ok := f.inside.(actor.Stopper[M]); ok {
		s.Stop(ctx, cause)
	}
	_ = f.faults.strike(Stop, nil)
}

// Flush implements actor.Flusher.
func (f *faulty[M]) Flush(ctx *actor.Context[M]) error {
	if err := f.faults.strike(Flush, nil); err != nil {
		return err
	}
	if s, ok := f.inside.(actor.Flusher[M]); ok {
		return s.Flush(ctx)
	}
	return nil
}

// Sleep implements actor.Sleeper.
func (f *faulty[M]) Sleep(ctx *actor.Context[M]) (yield bool, err error) {
	if s, ok := f.inside.(actor.Sleeper[M]); ok {
		return s.Sleep(ctx)
	}
	return false, nil
}

// Ready implements actor.Readier.
func (f *faulty[M]) Ready(ctx *actor.Context[M]) error {
	if err := f.faults.strike(Ready, nil); err != nil {
		return err
	}
	if s, ok := f.inside.(actor.Readier[M]); ok {
		return s.Ready(ctx)
	}
	return nil
}

// ChildFailed implements actor.Parent.
func (f *faulty[M]) ChildFailed(ctx *actor.Context[M], child actor.Handle, failure actor.Failure) error {
	if err := f.faults.strike(ChildFailed, nil); err != nil {
		return err
	}
	if p, ok := f.inside.(actor.Parent[M]); ok {
		return p.ChildFailed(ctx, child, failure)
	}
	if failure.Ended {
		child.Stop(nil)
		return nil
	}
	child.Stop(failure.Err)
	return fmt.Errorf("child %s: %w", child.Name(), failure.Err)
}

// ChildStopped implements actor.Parent.
func (f *faulty[M]) ChildStopped(ctx *actor.Context[M], child actor.Handle, cause error) error {
	if err := f.faults.strike(ChildStopped, nil); err != nil {
		return err
	}
	if p, ok := f.inside.(actor.Parent[M]); ok {
		return p.ChildStopped(ctx, child, cause)
	}
	return nil
}

// WindDown implements actor.Winder.
func (f *faulty[M]) WindDown(ctx *actor.Context[M]) bool {
	if w, ok := f.inside.(actor.Winder[M]); ok {
		return w.WindDown(ctx)
	}
	return true
}
