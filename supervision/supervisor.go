package supervision

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
)

// ErrGaveUp is the failure of a supervisor, or with Isolate the end of a child, that was restarted too often.
var ErrGaveUp = errors.New("supervision: gave up: too many failures")

// Supervisor is an actor whose children are restarted when they fail. Its methods are safe for concurrent use.
type Supervisor struct {
	ref  actor.Ref[command]
	spec Spec
}

// Start hangs a supervisor under parent, which is a system or the Context of an actor.
func Start(ctx context.Context, parent actor.Spawner, name string, spec Spec) (*Supervisor, error) {
	return start(spec, func(produce func() actor.Behavior[command], opts ...actor.Option) (actor.Ref[command], error) {
		return actor.Spawn(ctx, parent, name, produce, opts...)
	})
}

// StartUnder hangs a supervisor under another one, which restarts it when it gave up. It then begins anew, without children.
func StartUnder(ctx context.Context, parent *Supervisor, name string, spec Spec) (*Supervisor, error) {
	return start(spec, func(produce func() actor.Behavior[command], opts ...actor.Option) (actor.Ref[command], error) {
		return Spawn(ctx, parent, name, Permanent, produce, opts...)
	})
}

func start(spec Spec, spawn func(func() actor.Behavior[command], ...actor.Option) (actor.Ref[command], error)) (*Supervisor, error) {
	s := &Supervisor{spec: spec.withDefaults()}
	produce := func() actor.Behavior[command] {
		return &behavior{spec: s.spec, children: make(map[string]*child), now: time.Now, dice: defaultDice}
	}
	var err error
	if s.ref, err = spawn(produce, actor.WithKind(s.spec.Strategy.String())); err != nil {
		return nil, fmt.Errorf("supervision: start: %w", err)
	}
	return s, nil
}

// Spawn starts an actor under s and waits until its first Start has run. An error of that Start is returned, and the actor
// is not kept; later failures are the supervisor's business. The Ref stays valid across restarts.
func Spawn[M any](ctx context.Context, s *Supervisor, name string, restart Restart, produce func() actor.Behavior[M],
	opts ...actor.Option) (actor.Ref[M], error) {
	var ref actor.Ref[M]
	var settled atomic.Bool // by whoever comes first: the supervisor that spawned, or the caller that no longer waits
	_, err := actor.Ask(ctx, s.ref, func(r actor.Reply[struct{}]) command {
		return adopt{Reply: r, restart: restart, spawn: func(parent *actor.Context[command]) (actor.Handle, error) {
			if settled.Load() {
				return nil, context.Canceled
			}
			spawned, err := actor.Spawn(parent, parent, name, produce, opts...)
			if err != nil {
				return nil, err
			}
			ref = spawned
			if !settled.CompareAndSwap(false, true) {
				spawned.Stop(context.Canceled)
			}
			return spawned, nil
		}}
	})
	if err != nil {
		if !settled.CompareAndSwap(false, true) {
			ref.Stop(err)
		}
		return actor.Ref[M]{}, fmt.Errorf("supervision: spawn %s: %w", name, err)
	}
	if err := ref.WaitStarted(ctx); err != nil {
		ref.Stop(err)
		return actor.Ref[M]{}, fmt.Errorf("supervision: start of %s: %w", ref.Path(), err)
	}
	return ref, nil
}

// Handle gives the supervisor as an actor: to stop it, to wait for its end, to learn why it ended.
func (s *Supervisor) Handle() actor.Handle { return s.ref }

// Stop stops all children and then the supervisor, and waits for it.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.ref.Stop(nil)
	select {
	case <-s.ref.Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("supervision: stop of %s: %w", s.ref.Path(), context.Cause(ctx))
	}
}

// command is what a supervisor is told.
type command interface{ isCommand() }

type adopt struct {
	actor.Reply[struct{}]
	restart Restart
	spawn   func(*actor.Context[command]) (actor.Handle, error)
}

// retry is due when a child has been left alone for long enough.
type retry struct{ child *child }

func (adopt) isCommand() {}
func (retry) isCommand() {}

type child struct {
	actor.Handle
	restart Restart
	window  window
	since   time.Time // when it was started last
	row     int       // failures in a row
	cancel  func()    // of the pending restart
}

type behavior struct {
	spec     Spec
	children map[string]*child
	window   window
	now      func() time.Time
	dice     func() float64
}

// Receive implements actor.Behavior.
func (b *behavior) Receive(ctx *actor.Context[command], m command) error {
	switch m := m.(type) {
	case adopt:
		handle, err := m.spawn(ctx)
		if err != nil {
			m.Refuse(err)
			return nil
		}
		b.children[handle.Path()] = &child{Handle: handle, restart: m.restart, since: b.now()}
		m.Answer(struct{}{})
	case retry:
		m.child.cancel, m.child.since = nil, b.now()
		ctx.Annotate(m.child.Handle, "")
		m.child.Handle.Restart()
	}
	return nil
}

// ChildFailed implements actor.Parent: the child is suspended, and either restarted later or given up.
func (b *behavior) ChildFailed(ctx *actor.Context[command], handle actor.Handle, failure actor.Failure) error {
	c := b.children[handle.Path()]
	if c == nil {
		return nil
	}
	if c.cancel != nil { // somebody restarted it by hand while it backed off
		c.cancel()
		c.cancel, c.since = nil, b.now()
	}
	if c.restart == Temporary {
		ctx.Report(actor.Event{Kind: actor.GaveUp, Path: handle.Path(), Err: failure.Err})
		handle.Stop(failure.Err)
		return nil
	}
	now := b.now()
	if now.Sub(c.since) >= b.spec.Backoff.ResetAfter {
		c.row = 0
	}
	c.row++
	counted := &b.window
	if b.spec.Isolate {
		counted = &c.window
	}
	if !counted.add(now, b.spec.Intensity, b.spec.Period) {
		return b.giveUp(ctx, c, failure.Err)
	}
	delay := b.spec.Backoff.delay(c.row, b.dice)
	ctx.Report(actor.Event{Kind: actor.Restarting, Path: handle.Path(), Attempt: c.row, Delay: delay, Err: failure.Err})
	ctx.Annotate(handle, fmt.Sprintf("backing off for %v", delay.Round(time.Millisecond)))
	c.cancel = ctx.After(delay, retry{c})
	return nil
}

func (b *behavior) giveUp(ctx *actor.Context[command], c *child, cause error) error {
	err := fmt.Errorf("%w: more than %d within %v: %s: %w", ErrGaveUp, max(0, b.spec.Intensity), b.spec.Period, c.Path(), cause)
	ctx.Report(actor.Event{Kind: actor.GaveUp, Path: c.Path(), Attempt: c.row, Err: cause})
	c.Handle.Stop(err)
	if b.spec.Isolate {
		return nil
	}
	return err
}

// ChildStopped implements actor.Parent.
func (b *behavior) ChildStopped(_ *actor.Context[command], handle actor.Handle, _ error) error {
	if c := b.children[handle.Path()]; c != nil {
		if c.cancel != nil {
			c.cancel()
		}
		delete(b.children, handle.Path())
	}
	return nil
}
