package actor

import (
	proto "github.com/asynkron/protoactor-go/actor"
)

// winding is the end of an incarnation that a Winder delays.
type winding struct {
	on     bool
	broken bool  // it failed on the way: end at once
	held   []any // the stops, restarts and halts that wait for it
	winder func() bool
}

// hold keeps a stop, restart or halt back while the incarnation winds down.
func (c *cell[M]) hold(message any) bool {
	if c.running == nil || c.stopping {
		return false
	}
	if !c.winding.on {
		winder, ok := c.behavior.(Winder[M])
		if !ok {
			return false
		}
		running := c.running
		c.winding = winding{on: true, winder: func() bool { return winder.WindDown(running) }}
	}
	c.winding.held = append(c.winding.held, message)
	if _, stop := message.(*proto.Stop); stop {
		c.state.Store(stateStopping)
	} else if c.state.Load() != stateStopping {
		c.state.Store(stateRestarting)
	}
	later := c.later
	c.later = nil
	for _, d := range later {
		c.deliver(d)
	}
	return true
}

// deliver hands over a timer or result while the incarnation winds down.
func (c *cell[M]) deliver(d due[M]) {
	if d.cancelled != nil && d.cancelled.Load() {
		return
	}
	if err := c.behavior.Receive(c.running, d.m); err != nil {
		c.winding.broken = true
	}
}

// unwind looks whether the incarnation may end, and then lets what was held go on: a stop if there is one, else the halts,
// else a restart.
func (c *cell[M]) unwind() {
	if !c.winding.on {
		return
	}
	if !c.winding.broken {
		c.winding.broken = true // unless it returns
		done := c.winding.winder()
		c.winding.broken = false
		if !done {
			return
		}
	}
	held := c.winding.held
	c.winding = winding{}
	var halts []*halt
	for _, message := range held {
		switch m := message.(type) {
		case *proto.Stop:
			c.invoker.InvokeSystemMessage(m)
			return
		case *halt:
			halts = append(halts, m)
		}
	}
	for _, m := range halts {
		c.becomeHalted(m)
	}
	if len(halts) == 0 {
		c.invoker.InvokeSystemMessage(&proto.Restart{})
	}
}
