package supervision

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
)

// command is what a supervisor is told.
type command interface{ isCommand() }

type (
	adopt struct {
		actor.Reply[actor.Handle]
		child Child
		offer *offer
	}
	remove struct {
		actor.Reply[struct{}]
		name string
	}
	lookup struct {
		actor.Reply[actor.Handle]
		name string
	}
	// retry is due when a child has been left alone for long enough.
	retry struct {
		child   *child
		failure actor.Failure
	}
	// paused and started tell how a restart in company proceeds, resume is due when the halted children may start again.
	paused  struct{ child *child }
	started struct{ child *child }
	resume  struct{ group *group }
	// overdue is due when a child should have stopped.
	overdue struct {
		child *child
		after time.Duration
	}
)

func (adopt) isCommand()   {}
func (remove) isCommand()  {}
func (lookup) isCommand()  {}
func (retry) isCommand()   {}
func (paused) isCommand()  {}
func (started) isCommand() {}
func (resume) isCommand()  {}
func (overdue) isCommand() {}

// offer is settled by whoever comes first: the supervisor that spawned, or the caller that no longer waits.
type offer struct {
	settled atomic.Bool
	handle  actor.Handle
}

// behavior is one incarnation of a supervisor. It never waits but in its Start: what takes time comes back as a message, after
// which advance takes the next step.
type behavior struct {
	spec     Spec
	specs    []Child
	children []*child // in order of start
	index    map[actor.Handle]*child
	window   window
	row      int       // failures in a row, of restarts in company
	since    time.Time // the last of those was over, or the start
	group    *group    // the restart in company that is under way
	waiting  []adopt   // until it is over
	ending   error     // what to end with once all children are gone
	winding  bool      // stopping all children because of a stop or restart from outside
	now      func() time.Time
	dice     func() float64
}

func producer(spec Spec, children []Child) func() actor.Behavior[command] {
	children = slices.Clone(children)
	return func() actor.Behavior[command] {
		return &behavior{spec: spec, specs: children, index: make(map[actor.Handle]*child), now: time.Now, dice: defaultDice}
	}
}

// Start implements actor.Starter: it starts the children in order.
func (b *behavior) Start(ctx *actor.Context[command]) error {
	if err := b.spec.check(b.specs); err != nil {
		return err
	}
	b.spec = b.spec.withDefaults()
	for _, spec := range b.specs {
		c, _, err := b.launch(ctx, spec)
		if err == nil {
			err = c.handle.WaitStarted(ctx)
		}
		if err != nil {
			b.retreat(ctx)
			return fmt.Errorf("supervision: start of child %s: %w", spec.Name, err)
		}
	}
	b.since = b.now()
	return nil
}

// Receive implements actor.Behavior.
func (b *behavior) Receive(ctx *actor.Context[command], m command) error {
	switch m := m.(type) {
	case adopt:
		if b.group != nil && len(b.waiting) < maxWaiting {
			b.waiting = append(b.waiting, m)
		} else {
			b.adopt(ctx, m)
		}
	case remove:
		b.remove(ctx, m)
	case lookup:
		if c := b.named(m.name); c != nil {
			m.Answer(c.public)
		} else {
			m.Refuse(ErrNoChild)
		}
	case retry:
		m.child.cancel = nil
		ctx.Annotate(m.child.handle, "")
		ctx.Restart(m.child.handle, m.failure)
	case paused:
		if m.child.state == halting {
			m.child.disarm()
			m.child.state = halted
		}
	case started:
		if m.child.state == starting {
			m.child.state = running
		}
	case resume:
		if b.group == m.group {
			b.group.cancel, b.group.phase = nil, proceeding
		}
	case overdue:
		return b.leaveBehind(ctx, m)
	}
	return b.advance(ctx)
}

func (b *behavior) remove(ctx *actor.Context[command], m remove) {
	c := b.named(m.name)
	if c == nil {
		m.Refuse(ErrNoChild)
		return
	}
	c.gone = append(c.gone, func() {
		if c.overstayed {
			m.Refuse(ErrOverstayed)
		} else {
			m.Answer(struct{}{})
		}
	})
	b.stop(ctx, c)
}

func (b *behavior) named(name string) *child {
	for _, c := range b.children {
		if c.handle.Name() == name {
			return c
		}
	}
	return nil
}

// ChildFailed implements actor.Parent: the child is suspended, and either restarted later or given up.
func (b *behavior) ChildFailed(ctx *actor.Context[command], handle actor.Handle, failure actor.Failure) error {
	c := b.index[handle]
	if c == nil {
		handle.Stop(failure.Err) // nobody described it, so nobody knows how to restart it
		return nil
	}
	if b.ending != nil || c.state != running && c.state != starting {
		return nil // what is under way ends this incarnation of it anyhow
	}
	now := b.now()
	if c.cancel != nil { // somebody restarted it by hand while it backed off
		c.disarm()
	}
	if c.Restart == Temporary {
		ctx.Report(actor.Event{Kind: actor.GaveUp, Path: handle.Path(), Err: failure.Err})
		c.ended, c.cause = true, failure.Err
		b.stop(ctx, c)
		return b.advance(ctx)
	}
	row, since := &c.row, failure.Since
	if b.spec.inCompany() {
		row, since = &b.row, b.since
	}
	if b.group == nil && !failure.Since.IsZero() && now.Sub(since) >= b.spec.Backoff.ResetAfter {
		*row = 0
	}
	*row++
	counted := &b.window
	if b.spec.Isolate {
		counted = &c.window
	}
	if !counted.add(now, b.spec.Intensity, b.spec.Period) {
		return b.giveUp(ctx, c, *row, failure.Err)
	}
	delay := b.spec.Backoff.delay(*row, b.dice)
	ctx.Report(actor.Event{Kind: actor.Restarting, Path: handle.Path(), Attempt: *row, Delay: delay, Err: failure.Err})
	ctx.Annotate(handle, fmt.Sprintf("backing off for %v", delay.Round(time.Millisecond)))
	if b.spec.inCompany() {
		b.regroup(c, now.Add(delay))
		return b.advance(ctx)
	}
	c.cancel = ctx.After(delay, retry{c, failure})
	return nil
}

func (b *behavior) giveUp(ctx *actor.Context[command], c *child, row int, cause error) error {
	err := fmt.Errorf("%w: more than %d within %v: %s: %w", ErrGaveUp, max(0, b.spec.Intensity), b.spec.Period, c.handle.Path(), cause)
	ctx.Report(actor.Event{Kind: actor.GaveUp, Path: c.handle.Path(), Attempt: row, Err: cause})
	c.ended, c.cause = true, err
	if !b.spec.Isolate {
		return b.end(ctx, err)
	}
	b.stop(ctx, c)
	return b.advance(ctx)
}

// ChildStopped implements actor.Parent.
func (b *behavior) ChildStopped(ctx *actor.Context[command], handle actor.Handle, cause error) error {
	c := b.index[handle]
	if c == nil {
		return nil
	}
	c.disarm()
	b.forget(c)
	for _, tell := range c.gone {
		tell()
	}
	ended := c.ended || c.state != stopping && ctx.HasStarted(handle)
	if ended && c.Significant && b.ending == nil && !b.winding && b.shallShutDown() {
		ctx.Report(actor.Event{Kind: actor.ShuttingDown, Path: ctx.Self().Path(), Err: cause})
		return b.end(ctx, actor.ErrStop)
	}
	return b.advance(ctx)
}

func (b *behavior) forget(c *child) {
	i := slices.Index(b.children, c)
	b.children = slices.Delete(b.children, i, i+1)
	delete(b.index, c.handle)
	if b.group != nil && i < b.group.from {
		b.group.from--
	}
}

func (b *behavior) shallShutDown() bool {
	return b.spec.AutoShutdown == AnySignificant ||
		b.spec.AutoShutdown == AllSignificant && !slices.ContainsFunc(b.children, func(c *child) bool { return c.Significant })
}

// leaveBehind lets go of a child that does not stop. A restart in company can not go on then: the child that is left behind
// must not run beside its own next incarnation.
func (b *behavior) leaveBehind(ctx *actor.Context[command], m overdue) error {
	c := m.child
	c.cancel, c.overstayed = nil, true
	company := c.state == halting
	ctx.Abandon(c.handle, m.after)
	if company && !b.winding {
		return b.end(ctx, fmt.Errorf("%w: %s: within %v, for a restart together with its siblings", ErrOverstayed, c.handle.Path(), m.after))
	}
	return b.advance(ctx)
}
