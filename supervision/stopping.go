package supervision

import (
	"fmt"
	"slices"
	"time"

	"github.com/actomq/actomq/actor"
)

// advance takes the next step of what is under way: the end, or a restart in company.
func (b *behavior) advance(ctx *actor.Context[command]) error {
	if b.winding {
		return nil // WindDown is called again and again
	}
	if b.ending != nil {
		b.stopNext(ctx)
		if len(b.children) == 0 {
			return b.ending
		}
		return nil
	}
	if b.group != nil {
		b.step(ctx)
	}
	if b.group == nil && len(b.waiting) > 0 {
		waiting := b.waiting
		b.waiting = nil
		for _, m := range waiting {
			b.adopt(ctx, m)
		}
	}
	return nil
}

// end stops all children, and then the supervisor with that cause.
func (b *behavior) end(ctx *actor.Context[command], cause error) error {
	if b.ending == nil {
		b.ending = cause
		b.interrupt(ctx)
	}
	return b.advance(ctx)
}

// WindDown implements actor.Winder: a stop or restart of the supervisor waits for its children.
func (b *behavior) WindDown(ctx *actor.Context[command]) bool {
	if !b.winding {
		b.winding = true
		b.interrupt(ctx)
	}
	b.stopNext(ctx)
	return len(b.children) == 0
}

// interrupt gives up a restart in company.
func (b *behavior) interrupt(ctx *actor.Context[command]) {
	if b.group != nil && b.group.cancel != nil {
		b.group.cancel()
	}
	b.group = nil
	for _, m := range b.waiting {
		m.Refuse(fmt.Errorf("%w: %s is ending", actor.ErrStopped, ctx.Self().Path()))
	}
	b.waiting = nil
}

// stopNext asks the last child to stop, and with the Dynamic strategy all.
func (b *behavior) stopNext(ctx *actor.Context[command]) {
	for _, c := range slices.Backward(b.children) {
		b.stop(ctx, c)
		if b.spec.Strategy != Dynamic {
			return
		}
	}
}

// stop asks a child to stop, once, and notes when it should have.
func (b *behavior) stop(ctx *actor.Context[command], c *child) {
	if c.state == stopping {
		return
	}
	c.disarm()
	c.state = stopping
	ctx.Annotate(c.handle, "")
	c.handle.Stop(c.cause)
	b.allow(ctx, c)
}

// allow gives a child its time to stop.
func (b *behavior) allow(ctx *actor.Context[command], c *child) {
	if limit := c.limit(b.spec); limit > 0 {
		c.cancel = ctx.After(limit, overdue{c, limit})
	}
}

// limit is how long the child may take to stop, negative for as long as it likes.
func (c *child) limit(spec Spec) time.Duration {
	if c.Shutdown == 0 {
		return spec.Shutdown
	}
	return c.Shutdown
}
