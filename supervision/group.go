package supervision

import (
	"slices"
	"time"

	"github.com/actomq/actomq/actor"
)

// group is a restart in company: the children from one on end their incarnations, the last one first; when all have, and the
// delay is over, they start again, the first one first.
type group struct {
	from   int
	at     time.Time // not to start before
	phase  phase
	cancel func()
}

type phase int

const (
	pausing phase = iota
	waiting
	proceeding
)

// regroup begins a restart in company because c failed, or begins the one that is under way again.
func (b *behavior) regroup(c *child, at time.Time) {
	from := 0
	if b.spec.Strategy == RestForOne {
		from = slices.Index(b.children, c)
	}
	if b.group != nil {
		from = min(from, b.group.from)
		if b.group.cancel != nil {
			b.group.cancel()
		}
	}
	b.group = &group{from: from, at: at}
}

// step goes on with the restart in company as far as it can without waiting.
func (b *behavior) step(ctx *actor.Context[command]) {
	g := b.group
	if g.phase == pausing && b.pause(ctx) {
		g.phase = waiting
		if delay := g.at.Sub(b.now()); delay > 0 {
			g.cancel = ctx.After(delay, resume{g})
		} else {
			g.phase = proceeding
		}
	}
	if g.phase == proceeding && b.proceed(ctx) {
		b.group, b.since = nil, b.now()
	}
}

// pause reports whether all children of the group wait; otherwise the next one was asked to.
func (b *behavior) pause(ctx *actor.Context[command]) bool {
	for _, c := range slices.Backward(b.children[b.group.from:]) {
		switch {
		case c.state == halted:
			continue
		case c.state == halting || c.state == stopping:
		case c.Restart == Temporary:
			b.stop(ctx, c)
		default:
			c.disarm()
			c.state = halting
			ctx.Halt(c.handle, paused{c})
			b.allow(ctx, c)
		}
		return false
	}
	return true
}

// proceed reports whether all children of the group run; otherwise the next one was told to start.
func (b *behavior) proceed(ctx *actor.Context[command]) bool {
	for _, c := range b.children[b.group.from:] {
		switch c.state {
		case halted:
			c.state = starting
			ctx.Annotate(c.handle, "")
			ctx.Proceed(c.handle, started{c})
			return false
		case starting:
			return false
		}
	}
	return true
}
