package actor

import (
	proto "github.com/asynkron/protoactor-go/actor"
)

// halt ends the incarnation and starts no other until a proceed. Both are system messages of our own.
type halt struct{ then func() }

type proceed struct{ then func() }

// restartFrom is a restart of that incarnation and of no later one.
type restartFrom uint64

// inner is what a parent may do with a child beside what everybody may.
type inner interface {
	base() *node
	post(message any)
	letGo()
}

func (c *cell[M]) base() *node      { return &c.node }
func (c *cell[M]) post(message any) { c.PostSystemMessage(message) }
func (c *cell[M]) inside() inner    { return c }
func (r Ref[M]) inside() inner {
	if r.cell == nil {
		return nil
	}
	return r.cell
}

// kidOf gives the child of c that child refers to.
func (c *Context[M]) kidOf(child Handle) (kid, inner, bool) {
	i, ok := child.(interface{ inside() inner })
	if !ok || i.inside() == nil {
		return kid{}, nil, false
	}
	in := i.inside()
	k, ok := c.cell.find(func(k kid) bool { return k.node == in.base() })
	return k, in, ok
}

// Halt asks a child to end its incarnation and then to wait, its mailbox intact, for Proceed. Once it waits, m is delivered.
// When the child ends instead, only ChildStopped tells. Until Proceed, a Restart of the child does nothing.
func (c *Context[M]) Halt(child Handle, m M) {
	if _, in, ok := c.kidOf(child); ok {
		in.post(&halt{c.later(m)})
	}
}

// Proceed has a halted child start its next incarnation. Once its Start has run, m is delivered; a Start that fails is a
// failure, told to ChildFailed.
func (c *Context[M]) Proceed(child Handle, m M) {
	if _, in, ok := c.kidOf(child); ok {
		in.post(proceed{c.later(m)})
	}
}

// Restart restarts a child that failed, unless somebody else has done so since.
func (c *Context[M]) Restart(child Handle, f Failure) {
	if _, in, ok := c.kidOf(child); ok {
		in.post(restartFrom(f.incarnation))
	}
}

// Child gives the child of that name, if there is one.
func (c *Context[M]) Child(name string) (Handle, bool) {
	k, ok := c.cell.find(func(k kid) bool { return k.node.name == name })
	return k.Handle, ok
}

// HasStarted reports whether a Start of the child ever succeeded.
func (c *Context[M]) HasStarted(child Handle) bool {
	i, ok := child.(interface{ inside() inner })
	return ok && i.inside() != nil && i.inside().base().born.Load()
}

// later makes a function that delivers m to this incarnation.
func (c *Context[M]) later(m M) func() {
	return func() {
		message := due[M]{number: c.number, m: m}
		if !c.cell.system.put(message) {
			c.cell.afterlife(message)
		}
	}
}

func (c *cell[M]) becomeHalted(m *halt) {
	switch {
	case c.stopping:
	case c.halted:
		m.then()
	default:
		c.halting = append(c.halting, m.then)
		if len(c.halting) == 1 {
			c.invoker.InvokeSystemMessage(&proto.Restart{})
		}
	}
}

// halt runs where the next incarnation would start.
func (c *cell[M]) halt() {
	waiting := c.halting
	c.halting, c.halted, c.proceeded = nil, true, nil
	c.state.Store(stateHalted)
	c.sys.report(Event{Kind: Halted, Path: c.path})
	for _, then := range waiting {
		then()
	}
}

func (c *cell[M]) goOn(m proceed) {
	if !c.halted || c.stopping {
		return
	}
	c.halted, c.proceeded = false, m.then
	shell[M]{c}.start()
}

// stale reports whether who was a child that the actor has let go of, and whose name another one has by now.
func (c *cell[M]) stale(who *proto.PID) bool {
	_, stale := c.find(func(k kid) bool { return k.id == who.Id && k.PID() != who })
	return stale
}
