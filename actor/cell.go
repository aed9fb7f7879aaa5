package actor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"
)

// burst is how many messages are handled before Flush runs and readiness is looked at again, so that a busy mailbox starves
// nothing.
const burst = 256

// cell is one actor for life: the mailbox that protoactor posts to, the goroutine that runs it, and the shell between
// protoactor and the behaviour. Fields without a lock belong to that goroutine.
type cell[M any] struct {
	node
	produce func() Behavior[M]
	options options

	user       chan M
	head       M // received from user and not handled yet, if waits
	waits      bool
	headCounts atomic.Bool // waits, for depth, while the actor does not run

	system systemQueue
	ready  chan struct{} // tokens of Context.Notify, nil until somebody asks for it

	invoker   proto.MessageInvoker
	context   proto.Context
	suspended bool // between a failure and its resolution
	winding   winding
	halting   []func() // who waits for the incarnation to have ended, to be followed by none for now
	halted    bool     // none runs until a proceed
	proceeded func()   // tells whoever had it proceed that the next one runs
	stopping  bool     // Stop was handled: a late Restart must not revive the actor

	behavior   Behavior[M]
	flusher    Flusher[M]
	sleeper    Sleeper[M]
	readier    Readier[M]
	running    *Context[M] // of the incarnation; nil when none is alive
	since      time.Time   // its Start had succeeded; zero before
	later      []due[M]    // timers and results that are due; they end with the incarnation
	current    M           // the message in hand, named when its handling fails
	inHand     bool
	unflushed  bool  // something was handled since the last Flush
	failure    error // why the incarnation ends
	firstError error // of a first Start that failed
	excused    bool  // the Goexit under way was dealt with where it happened

	interruption  sync.Mutex
	interrupt     context.CancelCauseFunc // ends the incarnation's context
	interruptions int                     // stops, restarts and halts that are posted and not yet handled
	restarting    int                     // the restarts among them
	overruled     int                     // the oldest of those, which a failure overrules

	closed  atomic.Bool
	started chan struct{}
	startup error // of the first Start; valid, and not written any more, once started is closed
}

func (c *cell[M]) stoppedError() error { return fmt.Errorf("%w: %s", ErrStopped, c.path) }

func (c *cell[M]) restartedError(cause error) error {
	return fmt.Errorf("%w: %s: %w", ErrRestarted, c.path, cause)
}

// loop runs until the actor is gone. Goexit in a handler ends the goroutine whatever we do, so it hands over to a successor.
func (c *cell[M]) loop() {
	finished := false
	defer func() {
		if finished {
			return
		}
		if c.excused {
			c.excused = false
		} else {
			c.fail(ErrGoexit)
		}
		c.unwedge()
		go c.loop()
	}()
	defer c.sys.runs(c.path)()
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("actor", c.path, "kind", c.kind)))
	for !c.gone.Load() {
		c.turn()
	}
	finished = true
	c.finish()
}

// unwedge helps protoactor over a Goexit in Stop, which cut its own stop or restart short: the children are asked to go, and
// a notice of termination makes it look again whether it can go on.
func (c *cell[M]) unwedge() {
	if c.running != nil {
		return
	}
	for _, child := range c.children() {
		c.sys.engine.Root.Stop(child.PID())
	}
	c.system.put(&proto.Terminated{Who: c.pid.Load()})
}

// turn works until the actor is gone or a handler panics. One recover covers many messages.
func (c *cell[M]) turn() {
	defer func() {
		if value := recover(); value != nil {
			c.fail(newPanicError(value))
		}
	}()
	for {
		c.drainSystem()
		switch {
		case c.gone.Load():
			return
		case c.suspended || c.running == nil || c.winding.on:
			c.countHead()
			<-c.system.wake
		default:
			if worked, err := c.work(); err != nil {
				c.fail(err)
			} else if !worked {
				if err := c.idle(); err != nil {
					c.fail(err)
				}
			}
		}
	}
}

// work handles what is there without waiting, and flushes. It reports whether there was anything.
func (c *cell[M]) work() (worked bool, err error) {
	for range burst {
		handled, err := c.next()
		if err != nil {
			return true, err
		}
		if !handled {
			break
		}
	}
	select {
	case <-c.ready:
		if err := c.getReady(); err != nil {
			return true, err
		}
	default:
	}
	if !c.unflushed {
		return false, nil
	}
	c.unflushed = false
	if c.flusher != nil {
		return true, c.flusher.Flush(c.running)
	}
	return true, nil
}

// next handles one message, if there is one. It looks at the system queue after it received the message: so whatever was
// posted before the message was told is handled before it.
func (c *cell[M]) next() (handled bool, err error) {
	if len(c.later) > 0 {
		if c.system.pending.Load() {
			return false, nil
		}
		d := c.later[0]
		c.later = slices.Delete(c.later, 0, 1)
		if d.cancelled != nil && d.cancelled.Load() {
			return true, nil
		}
		return true, c.handle(d.m)
	}
	if !c.peek() || c.system.pending.Load() {
		return false, nil
	}
	return true, c.handle(c.take())
}

// idle waits for anything. A message becomes the head, for work to handle.
func (c *cell[M]) idle() error {
	if c.system.pending.Load() {
		return nil
	}
	for yield := true; yield; {
		// A sender that is about to go on gets the chance to, which spares both the sleep: a round trip is a third cheaper so.
		runtime.Gosched()
		if c.peek() || c.system.pending.Load() {
			return nil
		}
		select {
		case <-c.ready:
			return c.getReady()
		default:
		}
		yield = false
		if c.sleeper != nil {
			var err error
			if yield, err = c.sleeper.Sleep(c.running); err != nil {
				return err
			}
		}
	}
	c.countHead()
	select {
	case <-c.system.wake:
	case c.head = <-c.user:
		c.waits = true
	case <-c.ready:
		return c.getReady()
	}
	return nil
}

func (c *cell[M]) getReady() error {
	if c.readier == nil {
		return nil
	}
	c.unflushed = true
	return c.readier.Ready(c.running)
}

func (c *cell[M]) handle(m M) error {
	c.current, c.inHand, c.unflushed = m, true, true
	c.received.Add(1)
	err := c.behavior.Receive(c.running, m)
	if err != nil {
		return err
	}
	var none M
	c.current, c.inHand = none, false
	return nil
}

// fail ends the incarnation's work: the message in hand is refused or becomes a dead letter, the actor is suspended, and
// the parent hears of it. ErrStop is the behaviour's own wish to end.
func (c *cell[M]) fail(err error) {
	err = SafeError(err)
	message, had := any(nil), c.inHand
	if had {
		message = c.current
		var none M
		c.current, c.inHand = none, false
	}
	c.suspended = true
	stack := stackOf(err)
	c.winding.broken = c.winding.on
	over := c.running != nil && c.running.Err() != nil // a stop or restart is posted, or the system ends, which comes to that
	if errors.Is(err, ErrStop) && stack == nil {
		switch {
		case !c.options.permanent && !c.winding.on:
			c.Stop(nil)
		case c.options.permanent && !c.stopping && !over:
			c.state.Store(stateEnded)
			c.invoker.EscalateFailure(err, blame{number: c.number.Load(), since: c.since, ended: true})
		}
		return
	}
	if had {
		if r, ok := message.(Refuser); ok {
			c.sys.refuse(r, c.restartedError(err))
		} else {
			c.sys.bury(DeadLetter{Path: c.path, Message: message, Reason: fmt.Errorf("%w: %w", ErrCausedFailure, err)})
		}
	}
	if over && c.gaveUp(err) {
		return
	}
	c.failure = err
	c.cancel(fmt.Errorf("%w: %w", ErrInterrupted, err))
	if c.parent == nil {
		c.sys.end(err)
		return
	}
	c.noteFailure(err)
	c.sys.report(Event{Kind: Failed, Path: c.path, Err: err, Message: message, Stack: stack})
	if c.stopping || over && !c.overrule() {
		// A stop, or a restart of others, is under way already: nobody has anything to decide.
		return
	}
	c.invoker.EscalateFailure(err, blame{number: c.number.Load(), since: c.since, message: message})
}

// overrule leaves it to the parent when a restart follows a failure, even if one was asked for before: otherwise an actor that
// restarts itself could fail as often as it likes. It reports whether nothing but restarts was asked for.
func (c *cell[M]) overrule() bool {
	c.interruption.Lock()
	defer c.interruption.Unlock()
	if c.restarting == 0 || c.restarting < c.interruptions || c.winding.on || c.sys.ctx.Err() != nil {
		return false
	}
	c.overruled = c.restarting
	return true
}

// blame is what the parent hears beside the reason. The number keeps a failure that somebody's Restart has overtaken from
// being charged to the next incarnation.
type blame struct {
	number  uint64
	since   time.Time
	message any
	ended   bool
}

// gaveUp reports whether err is that of a handler which stopped waiting because its incarnation's context had ended. Then
// nothing failed.
func (c *cell[M]) gaveUp(err error) bool {
	return stackOf(err) == nil && (errors.Is(err, context.Cause(c.running)) || errors.Is(err, context.Canceled))
}

// cancel ends the incarnation's context; any goroutine may call it.
func (c *cell[M]) cancel(cause error) {
	c.interruption.Lock()
	interrupt := c.interrupt
	c.interruption.Unlock()
	if interrupt != nil {
		interrupt(cause)
	}
}

// closeIntake runs as soon as no message will be handled any more, which may be long before the last child is gone: what is
// left is refused or buried.
func (c *cell[M]) closeIntake() {
	c.closed.Store(true)
	if c.waits {
		c.discard(c.take())
	}
	c.sweep()
	c.countHead()
}

// retire runs when the incarnation and all children are gone, before the parent and watchers are told.
func (c *cell[M]) retire() {
	if c.options.finally != nil {
		c.sys.guard("finally", c.options.finally)
	}
	c.state.Store(stateStopped)
	c.sys.report(Event{Kind: Stopped, Path: c.path, Err: c.Err()})
	c.gone.Store(true)
}

// finish runs after protoactor let go of the actor.
func (c *cell[M]) finish() {
	switch {
	case c.firstError != nil:
		c.announceStart(c.firstError)
	case !c.born.Load():
		c.announceStart(c.stoppedError())
	}
	c.behavior, c.flusher, c.sleeper, c.readier, c.context = nil, nil, nil, nil, nil
	c.sys.forgive(&c.node) // first: the name is free once Done is closed
	c.giveUp()
	close(c.done)
	c.sys.leave()
}

func stackOf(err error) []byte {
	if p, ok := errors.AsType[*PanicError](err); ok && p != nil {
		return p.Stack
	}
	return nil
}
