package supervision

import (
	"context"
	"fmt"
	"time"

	"github.com/actomq/actomq/actor"
)

// Restart says which ends of a child call for a restart.
type Restart int

// The kinds of children. An end that somebody asked for, by Handle.Stop, Supervisor.Remove or the supervisor's own end, is for
// good with each of them.
const (
	Permanent Restart = iota // restarted after every failure, and when it ends by itself (actor.ErrStop)
	Transient                // restarted after every failure
	Temporary                // never restarted, not even together with its siblings
)

func (r Restart) String() string {
	switch r {
	case Permanent:
		return "permanent"
	case Transient:
		return "transient"
	case Temporary:
		return "temporary"
	}
	return fmt.Sprintf("Restart(%d)", int(r))
}

// Child describes one child of a supervisor. It is a plain value that the supervisor keeps: whenever the supervisor itself is
// restarted, it starts its children from it again. Actor and Nested make one; the fields may be set afterwards.
type Child struct {
	Name string
	// Start spawns the child, and nobody else, under parent, by that Name and with opts, and does not wait for it. It runs
	// while its supervisor waits; after an error, a panic or a runtime.Goexit what it spawned is stopped.
	Start   func(ctx context.Context, parent actor.Spawner, opts ...actor.Option) (actor.Handle, error)
	Restart Restart
	// Significant has the end of this child end the supervisor, as Spec.AutoShutdown says.
	Significant bool
	// Shutdown is how long the child may take to stop before it is left behind; 0 means what the Spec says, and a negative
	// value as long as it likes.
	Shutdown time.Duration
}

// Actor describes a permanent child from a function that makes its behaviour, anew for each incarnation.
func Actor[M any](name string, produce func() actor.Behavior[M], opts ...actor.Option) Child {
	return Child{Name: name, Start: func(ctx context.Context, parent actor.Spawner, more ...actor.Option) (actor.Handle, error) {
		ref, err := actor.Spawn(ctx, parent, name, produce, append(opts[:len(opts):len(opts)], more...)...)
		if err != nil {
			return nil, err
		}
		return ref, nil
	}}
}

// Nested describes a supervisor as a permanent child, with the children that it starts with. It may take as long to stop as
// all its children together.
func Nested(name string, spec Spec, children ...Child) Child {
	c := Actor(name, producer(spec, children), actor.WithKind(spec.Strategy.String()))
	c.Shutdown = -1
	return c
}

// As gives c with another kind of restart.
func (c Child) As(r Restart) Child {
	c.Restart = r
	return c
}

// check says what is wrong with c under a supervisor with that spec.
func (c Child) check(spec Spec) error {
	switch {
	case c.Start == nil:
		return fmt.Errorf("%w: child %q has no Start", ErrSpec, c.Name)
	case c.Restart < Permanent || c.Restart > Temporary:
		return fmt.Errorf("%w: child %q: unknown %v", ErrSpec, c.Name, c.Restart)
	case c.Significant && c.Restart == Permanent:
		return fmt.Errorf("%w: child %q is significant and permanent, so it never ends: want Transient or Temporary", ErrSpec, c.Name)
	case c.Significant && spec.AutoShutdown == Never:
		return fmt.Errorf("%w: child %q is significant, but the supervisor never shuts down by itself: set AutoShutdown", ErrSpec, c.Name)
	}
	return nil
}

// child is a child that lives.
type child struct {
	Child
	handle     actor.Handle // as the supervisor's context knows it
	public     actor.Handle // as Start returned it: a Ref with its type
	state      state
	window     window
	row        int    // failures in a row
	cancel     func() // of the timer that runs for it: of its restart, or of its time to stop
	cause      error  // to stop it with
	ended      bool   // not by the supervisor's wish
	overstayed bool
	gone       []func() // who waits until it is, or was left behind
}

// state is what the supervisor does with a child.
type state int

const (
	running  state = iota // also: failed, and a restart of its own is due
	halting               // asked to end its incarnation for a restart in company
	halted                // waits for its turn to start again
	starting              // told to start again
	stopping              // asked to stop
)

func (c *child) disarm() {
	if c.cancel != nil {
		c.cancel()
		c.cancel = nil
	}
}
