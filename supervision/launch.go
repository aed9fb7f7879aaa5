package supervision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/actomq/actomq/actor"
)

// launch has a child spawned, and does not wait for its Start. What a Start that failed has spawned nevertheless are strays: they are
// stopped like other children, each within its time.
func (b *behavior) launch(ctx *actor.Context[command], spec Child) (c *child, strays []*child, err error) {
	var opts []actor.Option
	if spec.Restart == Permanent {
		opts = append(opts, actor.WithPermanent())
	}
	var public actor.Handle
	isIt := func(actor.Handle) bool { return false }
	spawned := ctx.Spawning(func() {
		fault := actor.Guard(func() {
			if public, err = spec.Start(ctx, ctx, opts...); err == nil && public != nil {
				pid := public.PID()
				isIt = func(h actor.Handle) bool { return h.PID() == pid }
			}
		})
		if fault != nil {
			err = fmt.Errorf("supervision: Start of child %s: %w", spec.Name, fault)
		}
	})
	switch {
	case err != nil:
		err = actor.SafeError(err)
	case public == nil:
		err = fmt.Errorf("%w: Start of child %s gave no actor", ErrSpec, spec.Name)
	case len(spawned) > 1:
		err = fmt.Errorf("%w: Start of child %s spawned %d actors under its parent: want the one that it gives", ErrSpec, spec.Name, len(spawned))
	case len(spawned) == 0 || !isIt(spawned[0]):
		err = fmt.Errorf("%w: Start of child %s gave an actor which it did not spawn under its parent", ErrSpec, spec.Name)
	}
	if err != nil {
		for _, handle := range spawned {
			stray := b.keep(Child{Name: handle.Name(), Restart: Temporary, Shutdown: spec.Shutdown}, handle, handle)
			b.stop(ctx, stray)
			strays = append(strays, stray)
		}
		return nil, strays, err
	}
	return b.keep(spec, spawned[0], public), nil, nil
}

func (b *behavior) keep(spec Child, handle, public actor.Handle) *child {
	c := &child{Child: spec, handle: handle, public: public}
	b.children = append(b.children, c)
	b.index[handle] = c
	return c
}

// retreat stops what a Start that failed has started. It waits, as the Start did.
func (b *behavior) retreat(ctx *actor.Context[command]) {
	for _, c := range slices.Backward(b.children) {
		c.handle.Stop(nil)
		limit := c.limit(b.spec)
		var late <-chan time.Time
		if limit > 0 {
			timer := time.NewTimer(limit)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-c.handle.Done():
		case <-late:
			ctx.Abandon(c.handle, limit)
		}
	}
	b.children = nil
	clear(b.index)
}

// maxWaiting bounds who waits to be adopted while a restart in company is under way; whoever comes then is refused.
const maxWaiting = 1024

func (b *behavior) adopt(ctx *actor.Context[command], m adopt) {
	switch {
	case b.ending != nil || b.winding:
		m.Refuse(fmt.Errorf("%w: %s is ending", actor.ErrStopped, ctx.Self().Path()))
		return
	case b.group != nil:
		m.Refuse(fmt.Errorf("%w: %d wait already for %s to restart its children", ErrTooMany, len(b.waiting), ctx.Self().Path()))
		return
	case b.spec.MaxChildren > 0 && len(b.children) >= b.spec.MaxChildren:
		m.Refuse(fmt.Errorf("%w: %s may have %d", ErrTooMany, ctx.Self().Path(), b.spec.MaxChildren))
		return
	case m.offer.settled.Load():
		return
	}
	if err := m.child.check(b.spec); err != nil {
		m.Refuse(err)
		return
	}
	c, strays, err := b.launch(ctx, m.child)
	if err != nil {
		b.refuseAfter(strays, m, err)
		return
	}
	m.offer.handle = c.public
	if !m.offer.settled.CompareAndSwap(false, true) {
		c.handle.Stop(context.Canceled)
		return
	}
	m.Answer(c.public)
}

// refuseAfter refuses once the strays are gone, so that the name is free then.
func (b *behavior) refuseAfter(strays []*child, m adopt, err error) {
	left := len(strays)
	if left == 0 {
		m.Refuse(err)
	}
	for _, stray := range strays {
		stray.gone = append(stray.gone, func() {
			if left--; left == 0 {
				m.Refuse(err)
			}
		})
	}
}
