package actor

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	proto "github.com/asynkron/protoactor-go/actor"
)

// peek makes the next message, if there is one, the head: received, and not handled yet. A receive of one case is much
// cheaper than a select of many.
func (c *cell[M]) peek() bool {
	if !c.waits {
		select {
		case c.head = <-c.user:
			c.waits = true
		default:
		}
	}
	return c.waits
}

func (c *cell[M]) take() M {
	m := c.head
	var none M
	c.head, c.waits = none, false
	return m
}

// afterTell closes the gap between a sender that just put a message and an actor that just closed: whoever comes second
// sweeps the queue, so no message stays behind unseen.
func (c *cell[M]) afterTell() {
	if c.closed.Load() {
		c.sweep()
	}
}

// sweep takes what is left in the mailbox of an actor that handles nothing any more.
func (c *cell[M]) sweep() {
	for {
		select {
		case m := <-c.user:
			c.discard(m)
		default:
			return
		}
	}
}

func (c *cell[M]) discard(m M) {
	if r, ok := any(m).(Refuser); ok {
		c.sys.refuse(r, c.stoppedError())
		return
	}
	c.sys.bury(DeadLetter{Path: c.path, Message: m, Reason: ErrStopped})
}

func (c *cell[M]) depth() int {
	if c.headCounts.Load() {
		return len(c.user) + 1
	}
	return len(c.user)
}

// countHead makes depth exact while the actor waits.
func (c *cell[M]) countHead() {
	if c.headCounts.Load() != c.waits {
		c.headCounts.Store(c.waits)
	}
}

// keptSystemMessages is for how many an empty queue keeps its memory.
const keptSystemMessages = 4

// systemQueue is unbounded: actors post system messages to themselves, so a bound would be a deadlock.
type systemQueue struct {
	mu      sync.Mutex
	items   []any
	head    int // of items, the oldest; what is before it was taken
	closed  bool
	pending atomic.Bool
	wake    chan struct{} // capacity 1
}

func (q *systemQueue) put(m any) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	if len(q.items) == cap(q.items) && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, m)
	q.pending.Store(true)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

func (q *systemQueue) take() (any, bool) {
	if !q.pending.Load() {
		return nil, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	m := q.items[q.head]
	q.items[q.head] = nil
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
		if cap(q.items) > keptSystemMessages {
			q.items = nil
		}
		q.pending.Store(false)
	}
	return m, true
}

func (q *systemQueue) close() []any {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.pending.Store(false)
	left := q.items[q.head:]
	q.items, q.head = nil, 0
	return left
}

// PostUserMessage takes what protoactor code sends to the actor's PID. It can not wait, so a full mailbox is a dead letter.
func (c *cell[M]) PostUserMessage(message any) {
	if _, ok := message.(*proto.PoisonPill); ok {
		c.Stop(nil)
		return
	}
	_, inner, _ := proto.UnwrapEnvelope(message)
	m, ok := inner.(M)
	if !ok {
		c.sys.bury(DeadLetter{Path: c.path, Message: inner, Reason: fmt.Errorf("%w: %T", ErrWrongType, inner)})
		return
	}
	if err := (Ref[M]{c}).TryTell(m); err != nil {
		c.sys.bury(DeadLetter{Path: c.path, Message: inner, Reason: err})
	}
}

// PostSystemMessage never waits. A stop or a restart interrupts the incarnation the moment it is posted, so that a handler
// that waits in a Tell is freed.
func (c *cell[M]) PostSystemMessage(message any) {
	if interrupts(message) {
		c.interruption.Lock()
		c.interruptions++
		switch message.(type) {
		case *proto.Stop:
			c.asked.Store(true)
		case *proto.Restart:
			c.restarting++
		}
		c.interruption.Unlock()
		c.cancel(ErrInterrupted)
	}
	if !c.system.put(message) {
		c.afterlife(message)
	}
}

func interrupts(message any) bool {
	switch message.(type) {
	case *proto.Stop, *proto.Restart, *halt:
		return true
	}
	return false
}

// afterlife answers for an actor that is gone: watchers must still hear of its end, and whoever waits on a late result.
func (c *cell[M]) afterlife(message any) {
	switch m := message.(type) {
	case *proto.Watch:
		c.sys.engine.DeadLetter.SendSystemMessage(c.pid.Load(), message)
	case due[M]:
		c.drop(m, c.stoppedError())
	}
}

// RegisterHandlers is called by protoactor before Start.
func (c *cell[M]) RegisterHandlers(invoker proto.MessageInvoker, _ proto.Dispatcher) {
	c.invoker = invoker
}

// Start is called by protoactor once the actor is registered under its name.
func (c *cell[M]) Start() { c.Schedule(c.loop) }

// UserMessageCount is part of protoactor's mailbox.
func (c *cell[M]) UserMessageCount() int { return c.depth() }

// Schedule is protoactor's dispatcher: the mailbox calls it once, so an actor has one goroutine.
func (c *cell[M]) Schedule(run func()) { go run() }

// Throughput is part of protoactor's dispatcher; the loop has its own burst.
func (c *cell[M]) Throughput() int { return burst }

// drainSystem handles system messages until none is left.
func (c *cell[M]) drainSystem() {
	for {
		c.unwind()
		if c.gone.Load() {
			for _, left := range c.system.close() {
				c.afterlife(left)
			}
			return
		}
		message, ok := c.system.take()
		if !ok {
			return
		}
		if interrupts(message) && (c.overtake(message) || c.hold(message)) {
			continue
		}
		switch m := message.(type) {
		case *proto.SuspendMailbox:
			c.suspended = true
		case *proto.ResumeMailbox:
			c.suspended = false
		case due[M]:
			c.becomeDue(m)
		case *proto.Restart:
			if !c.stopping && !c.halted {
				c.invoker.InvokeSystemMessage(m)
			}
		case restartFrom:
			if c.number.Load() == uint64(m) && c.running != nil && !c.stopping {
				c.Restart()
			}
		case *halt:
			c.becomeHalted(m)
		case proceed:
			c.goOn(m)
		case *proto.Terminated:
			if !c.stale(m.Who) {
				c.invoker.InvokeSystemMessage(m)
			}
		default:
			c.invoker.InvokeSystemMessage(m)
		}
	}
}

// overtake notes that a stop, restart or halt is handled, and reports whether a failure overruled it.
func (c *cell[M]) overtake(message any) (overruled bool) {
	c.interruption.Lock()
	defer c.interruption.Unlock()
	c.interruptions--
	if _, restart := message.(*proto.Restart); restart {
		c.restarting--
		if overruled = c.overruled > 0; overruled {
			c.overruled--
		}
	}
	return overruled
}

// Stop implements Handle.
func (c *cell[M]) Stop(cause error) {
	c.setCause(cause)
	c.PostSystemMessage(&proto.Stop{})
}

// Restart implements Handle.
func (c *cell[M]) Restart() { c.PostSystemMessage(&proto.Restart{}) }

// WaitStarted implements Handle.
func (c *cell[M]) WaitStarted(ctx context.Context) error {
	err, known := c.outcome(ctx)
	if !known {
		return fmt.Errorf("actor: start of %s: %w", c.path, err)
	}
	return err
}

// outcome waits for that of the first Start; the cause of ctx is none. The actor may have no place in the tree yet.
func (c *cell[M]) outcome(ctx context.Context) (err error, known bool) {
	select {
	case <-c.started:
		return c.startup, true
	default:
	}
	select {
	case <-c.started:
		return c.startup, true
	case <-ctx.Done():
		return causeOf(ctx), false
	}
}
