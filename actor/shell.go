package actor

import (
	"context"
	"errors"
	"fmt"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"
)

// shell is what protoactor takes for the actor. It turns lifecycle messages into calls of the behaviour, and keeps what
// user code does in them from upsetting protoactor: a panic in Stopping would turn a stop into a restart, one in Stopped
// would leave parent and watchers waiting for ever.
type shell[M any] struct{ c *cell[M] }

// Receive implements protoactor's actor.
func (s shell[M]) Receive(ctx proto.Context) {
	c := s.c
	switch m := ctx.Message().(type) {
	case *proto.Started:
		c.context = ctx
		switch {
		case len(c.halting) > 0:
			c.halt()
		case c.running == nil: // else a restart came before it
			s.start()
		}
	case *proto.Restarting:
		c.state.Store(stateRestarting)
		cause := c.failure
		c.failure = nil
		s.stop(cause)
	case *proto.Stopping:
		c.stopping = true
		c.state.Store(stateStopping)
		if c.failure != nil {
			c.setCause(c.failure)
		}
		c.closeIntake()
		s.stop(c.Err())
	case *proto.Stopped:
		c.retire()
	case *proto.Terminated:
		s.childStopped(m.Who)
	}
}

func (s shell[M]) start() {
	c := s.c
	number := c.number.Add(1)
	base, interrupt := context.WithCancelCause(c.sys.ctx)
	c.interruption.Lock()
	c.interrupt = interrupt
	late := c.interruptions > 0
	c.interruption.Unlock()
	if late {
		interrupt(ErrInterrupted) // a stop is queued already: Start must not wait for anything
	}
	c.behavior, c.flusher, c.sleeper, c.readier, c.winding = nil, nil, nil, nil, winding{}
	c.unflushed = false
	c.failure, c.since = nil, time.Time{}
	// A start that fails is cleaned up by Stop, like every incarnation.
	c.running = &Context[M]{Context: base, cell: c, number: number}
	exited := true
	defer func() {
		if exited {
			c.excused = true
			s.startFailed(ErrGoexit)
		}
	}()
	err := s.prepare()
	exited = false
	if err != nil {
		s.startFailed(err)
		return
	}
	c.since = time.Now()
	c.state.Store(stateRunning)
	c.born.Store(true)
	if number > 1 {
		c.restarts.Add(1)
	}
	c.sys.report(Event{Kind: Started, Path: c.path, Attempt: int(number)})
	c.announceStart(nil)
	if then := c.proceeded; then != nil {
		c.proceeded = nil
		then()
	}
}

// prepare recovers here and not in the loop, because a first start that panics must end the actor and not restart it.
func (s shell[M]) prepare() (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = newPanicError(value)
		}
	}()
	c := s.c
	c.behavior = c.produce()
	c.flusher, _ = c.behavior.(Flusher[M])
	c.sleeper, _ = c.behavior.(Sleeper[M])
	c.readier, _ = c.behavior.(Readier[M])
	if starter, ok := c.behavior.(Starter[M]); ok {
		return starter.Start(c.running)
	}
	return nil
}

// startFailed leaves a later incarnation to the parent. The first one is nobody's business but the spawner's: the actor
// ends, and WaitStarted tells why once it has.
func (s shell[M]) startFailed(err error) {
	c := s.c
	err = SafeError(err)
	if c.number.Load() > 1 {
		c.fail(err)
		return
	}
	c.suspended = true
	if errors.Is(err, ErrStop) && stackOf(err) == nil {
		c.Stop(nil)
		return
	}
	c.firstError = err
	if c.running.Err() == nil || !c.gaveUp(err) {
		c.failure = err
		c.noteFailure(err) // no event: whoever spawned the actor gets the error
	}
	c.Stop(err)
}

func (c *cell[M]) announceStart(err error) {
	select {
	case <-c.started:
	default:
		c.startup = err
		close(c.started)
	}
}

// stop ends the incarnation, if there is one. It never fails.
func (s shell[M]) stop(cause error) {
	c := s.c
	running := c.running
	if running == nil {
		return
	}
	c.running = nil
	c.cancel(ErrInterrupted)
	running.release()
	for _, d := range c.later {
		c.drop(d, c.restartedError(ErrInterrupted))
	}
	c.later = nil
	stopper, ok := c.behavior.(Stopper[M])
	if !ok {
		return
	}
	err := ErrGoexit
	defer func() {
		if value := recover(); value != nil {
			err = newPanicError(value)
		} else if err != nil {
			c.excused = true
		}
		if err != nil {
			c.sys.report(Event{Kind: Failed, Path: c.path, Err: fmt.Errorf("in Stop: %w", err), Stack: stackOf(err)})
		}
	}()
	stopper.Stop(running, cause)
	err = nil
}

// HandleFailure implements protoactor's supervisor strategy: it runs on the parent's goroutine.
func (s shell[M]) HandleFailure(_ *proto.ActorSystem, _ proto.Supervisor, who *proto.PID, _ *proto.RestartStatistics,
	reason, message any) {
	c := s.c
	err, ok := reason.(error)
	if !ok {
		err = fmt.Errorf("actor: %v", reason)
	}
	b, _ := message.(blame)
	child, ok := c.child(who.Id)
	if !ok || child.number() != b.number {
		return // it is gone, or lives again
	}
	if c.running == nil || c.suspended || c.winding.on {
		return // the parent's own stop or restart stops the child
	}
	parent, ok := c.behavior.(Parent[M])
	if !ok && b.ended {
		child.Stop(nil)
		return
	}
	if !ok {
		child.Stop(err)
		c.fail(fmt.Errorf("child %s: %w", child.Name(), err))
		return
	}
	if err := parent.ChildFailed(c.running, child.Handle, Failure{err, b.message, b.ended, b.since, b.number}); err != nil {
		c.fail(err)
	}
}

func (s shell[M]) childStopped(who *proto.PID) {
	c := s.c
	child, ok := c.child(who.Id)
	if !ok {
		return
	}
	c.forget(who.Id)
	if parent, ok := c.behavior.(Parent[M]); ok && c.running != nil && (!c.suspended || c.winding.on) {
		if err := parent.ChildStopped(c.running, child.Handle, child.Err()); err != nil {
			c.fail(err)
		}
	}
}
