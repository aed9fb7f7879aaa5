package supervision

import (
	"context"
	"fmt"

	"github.com/actomq/actomq/actor"
)

// Supervisor is an actor whose children are restarted when they fail. Its methods are safe for concurrent use.
type Supervisor struct{ ref actor.Ref[command] }

// Start hangs a supervisor under parent, which is a system or the Context of an actor. The children start one after the other,
// each once the Start of the one before it has returned; if one fails, those before it stop in reverse order, and its error is
// returned. Under a Context, Start does not wait for that, as with actor.Spawn.
func Start(ctx context.Context, parent actor.Spawner, name string, spec Spec, children ...Child) (*Supervisor, error) {
	ref, err := actor.Spawn(ctx, parent, name, producer(spec, children), actor.WithKind(spec.Strategy.String()))
	if err != nil {
		return nil, fmt.Errorf("supervision: start: %w", err)
	}
	return &Supervisor{ref}, nil
}

// StartUnder is Start under another supervisor, which restarts it when it gave up. It then begins anew with those children;
// ones that were added later are gone for good, as their Done tells.
func StartUnder(ctx context.Context, parent *Supervisor, name string, spec Spec, children ...Child) (*Supervisor, error) {
	handle, err := parent.Add(ctx, Nested(name, spec, children...))
	if err != nil {
		return nil, err
	}
	return &Supervisor{handle.(actor.Ref[command])}, nil
}

// Spawn starts an actor under s, after its other children, and waits until its first Start has run. An error of that Start is
// returned, and the actor is not kept; later failures are the supervisor's business. The Ref stays valid across restarts.
func Spawn[M any](ctx context.Context, s *Supervisor, name string, restart Restart, produce func() actor.Behavior[M],
	opts ...actor.Option) (actor.Ref[M], error) {
	handle, err := s.Add(ctx, Actor(name, produce, opts...).As(restart))
	if err != nil {
		return actor.Ref[M]{}, err
	}
	return handle.(actor.Ref[M]), nil
}

// Add is Spawn of a described child. It gives what Child.Start returned.
func (s *Supervisor) Add(ctx context.Context, c Child) (actor.Handle, error) {
	o := &offer{}
	handle, err := actor.Ask(ctx, s.ref, func(r actor.Reply[actor.Handle]) command { return adopt{r, c, o} })
	if err != nil {
		if !o.settled.CompareAndSwap(false, true) {
			o.handle.Stop(err)
		}
		return nil, fmt.Errorf("supervision: spawn %s: %w", c.Name, err)
	}
	if err := handle.WaitStarted(ctx); err != nil {
		handle.Stop(err)
		return nil, fmt.Errorf("supervision: start of %s: %w", handle.Path(), err)
	}
	return handle, nil
}

// Remove stops a child for good and waits until it is gone. The error wraps ErrNoChild when there is none of that name, and
// ErrOverstayed when it did not stop in its time. A child from the supervisor's description comes back with the next
// incarnation of the supervisor.
func (s *Supervisor) Remove(ctx context.Context, name string) error {
	if _, err := actor.Ask(ctx, s.ref, func(r actor.Reply[struct{}]) command { return remove{r, name} }); err != nil {
		return fmt.Errorf("supervision: remove %s of %s: %w", name, s.ref.Path(), err)
	}
	return nil
}

// Child gives the child of that name as it is now. Children are other actors after a restart of the supervisor itself, so
// whoever needs them beyond that looks again once their Done is closed.
func (s *Supervisor) Child(ctx context.Context, name string) (actor.Handle, error) {
	handle, err := actor.Ask(ctx, s.ref, func(r actor.Reply[actor.Handle]) command { return lookup{r, name} })
	if err != nil {
		return nil, fmt.Errorf("supervision: child %s of %s: %w", name, s.ref.Path(), err)
	}
	return handle, nil
}

// Find is Child with the type of the child's messages.
func Find[M any](ctx context.Context, s *Supervisor, name string) (actor.Ref[M], error) {
	handle, err := s.Child(ctx, name)
	if err != nil {
		return actor.Ref[M]{}, err
	}
	ref, ok := handle.(actor.Ref[M])
	if !ok {
		return actor.Ref[M]{}, fmt.Errorf("%w: %s is a %T, want %T", ErrNoChild, handle.Path(), handle, ref)
	}
	return ref, nil
}

// Nested gives the child of that name that is a supervisor.
func (s *Supervisor) Nested(ctx context.Context, name string) (*Supervisor, error) {
	ref, err := Find[command](ctx, s, name)
	if err != nil {
		return nil, err
	}
	return &Supervisor{ref}, nil
}

// Handle gives the supervisor as an actor: to stop it, to wait for its end, to learn why it ended.
func (s *Supervisor) Handle() actor.Handle { return s.ref }

// Stop stops all children, the last one first, each within its time, and then the supervisor, and waits for it. The error is an
// *actor.OverstayError that names the actors which have not stopped, when ctx ends first and when some had to be left behind.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.ref.Stop(nil)
	why := ErrOverstayed
	select {
	case <-s.ref.Done():
	case <-ctx.Done():
		select {
		case <-s.ref.Done():
		default:
			why = actor.SafeError(context.Cause(ctx))
		}
	}
	paths := actor.Overstaying(s.ref)
	if len(paths) == 0 && why == ErrOverstayed {
		return nil
	}
	return fmt.Errorf("supervision: stop of %s: %w", s.ref.Path(), &actor.OverstayError{Paths: paths, Err: why})
}
