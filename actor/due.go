package actor

import (
	"context"
	"sync/atomic"
	"time"
)

// due is a message of the actor's own making: a timer that fired, a result of Context.Go. It belongs to one incarnation.
type due[M any] struct {
	number    uint64
	m         M
	cancelled *atomic.Bool // of a timer; nil for a result
	err       error        // there is no result: the incarnation fails with it
}

// becomeDue puts m in line, unless its incarnation is over, or will be as soon as a stop or restart that is posted is handled. A
// Winder still wants to hear it then.
func (c *cell[M]) becomeDue(m due[M]) {
	over := m.number != c.number.Load() || c.running == nil
	if !over && c.running.Err() != nil {
		_, winds := c.behavior.(Winder[M])
		over = !winds
	}
	switch {
	case over || m.err != nil && c.suspended:
		c.drop(m, c.restartedError(ErrInterrupted))
	case m.err != nil && c.winding.on:
		c.winding.broken = true
	case m.err != nil:
		c.fail(m.err)
	case c.winding.on:
		c.deliver(m)
	default:
		c.later = append(c.later, m)
	}
}

// drop gives up a message that ends with its incarnation. It is no dead letter, since its sender ended as well; but it may
// carry the Reply of somebody who still waits.
func (c *cell[M]) drop(d due[M], err error) {
	if r, ok := any(d.m).(Refuser); ok && d.err == nil {
		c.sys.refuse(r, err)
	}
}

// After delivers m to the actor once d has passed. The timer ends with the incarnation; m is then refused, if somebody
// waits on it, and otherwise forgotten. After cancel was called by a handler, m is not delivered any more.
func (c *Context[M]) After(d time.Duration, m M) (cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cancelled := new(atomic.Bool)
	message := due[M]{number: c.number, m: m, cancelled: cancelled}
	if c.over {
		c.cell.drop(message, c.cell.stoppedError())
		return func() {}
	}
	var timer *time.Timer
	forget := func() (known bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, known = c.timers[timer]
		delete(c.timers, timer)
		return known
	}
	timer = time.AfterFunc(d, func() {
		// Who takes the timer out of the map has the message, so it is delivered or refused and never both.
		if forget() && !c.cell.system.put(message) {
			c.cell.afterlife(message)
		}
	})
	if c.timers == nil {
		c.timers = make(map[*time.Timer]due[M])
	}
	c.timers[timer] = message
	return func() {
		cancelled.Store(true)
		timer.Stop()
		forget()
	}
}

// release ends the timers of an incarnation that is over.
func (c *Context[M]) release() {
	c.mu.Lock()
	c.over = true
	timers := c.timers
	c.timers = nil
	c.mu.Unlock()
	for timer, message := range timers {
		timer.Stop()
		c.cell.drop(message, c.cell.restartedError(ErrInterrupted))
	}
}

// Go runs f beside the actor and delivers the message that it returns, unless the incarnation is over by then; then the
// message is refused, if somebody waits on it, and otherwise forgotten. It is how a handler asks or waits without blocking
// its actor. The system waits for f when it closes, so f must heed its context, which ends with the incarnation.
//
// A panic or Goexit in f is delivered as the message that failed makes of it, on f's goroutine. A nil failed, or one that
// panics, makes it a failure of the actor.
func (c *Context[M]) Go(f func(ctx context.Context) M, failed func(err error) M) {
	path := c.cell.path
	if !c.cell.sys.enterHelper(path) {
		return
	}
	go func() {
		defer c.cell.sys.leaveHelper(path)
		result := due[M]{number: c.number, err: ErrGoexit}
		defer func() {
			if !c.cell.system.put(result) {
				c.cell.afterlife(result)
			}
		}()
		defer func() {
			if result.err == nil || failed == nil {
				return
			}
			defer func() {
				if value := recover(); value != nil {
					result.err = newPanicError(value)
				}
			}()
			result.m = failed(result.err)
			result.err = nil
		}()
		defer func() {
			if value := recover(); value != nil {
				result.err = newPanicError(value)
			}
		}()
		result.m = f(c.Context)
		result.err = nil
	}()
}
