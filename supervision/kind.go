package supervision

import (
	"context"

	"github.com/actomq/actomq/actor"
)

// Kind describes the children of a supervisor that has many of one kind, usually a Dynamic one; A is what tells them apart.
// It is a plain value.
type Kind[A, M any] struct {
	// New makes the behaviour of the child for arg, anew for each incarnation.
	New     func(arg A) actor.Behavior[M]
	Options []actor.Option
	Restart Restart
}

// Start starts a child for arg under s and waits for its Start, as Spawn does. An empty name is replaced by one that is free.
// The error wraps ErrTooMany when s has as many children as its Spec allows. To end the child, Stop its Ref, or have its
// behaviour return actor.ErrStop, which a Permanent child does not end by.
func (k Kind[A, M]) Start(ctx context.Context, s *Supervisor, name string, arg A) (actor.Ref[M], error) {
	return Spawn(ctx, s, name, k.Restart, func() actor.Behavior[M] { return k.New(arg) }, k.Options...)
}
