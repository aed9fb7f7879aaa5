package actor

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Context is what a behaviour knows about its actor. It belongs to one incarnation and to the actor's goroutine; only the
// embedded context.Context may go to others. That one ends the moment a stop or restart is posted, so that a handler which
// waits with it never blocks the actor's end.
type Context[M any] struct {
	context.Context
	cell   *cell[M]
	number uint64

	mu     sync.Mutex
	over   bool
	timers map[*time.Timer]due[M]
}

// Self refers to the actor.
func (c *Context[M]) Self() Ref[M] { return Ref[M]{c.cell} }

// System is the system that the actor lives in.
func (c *Context[M]) System() *System { return c.cell.sys }

// Incarnation counts from 1.
func (c *Context[M]) Incarnation() uint64 { return c.number }

// Logger adds the actor's path to what it logs.
func (c *Context[M]) Logger() *slog.Logger { return c.cell.sys.logger.With("actor", c.cell.path) }

// Notify is the channel, of capacity 1, whose tokens make Ready run. Send without waiting; any goroutine may. It is the
// same for all incarnations.
func (c *Context[M]) Notify() chan<- struct{} {
	if c.cell.ready == nil {
		c.cell.ready = make(chan struct{}, 1)
	}
	return c.cell.ready
}

// Ending reports, in Stop, whether no other incarnation follows.
func (c *Context[M]) Ending() bool { return c.cell.stopping }

// Rest waits, in Stop, for a token of Notify or for d, and reports whether that came before cut was closed.
func (c *Context[M]) Rest(d time.Duration, cut <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.cell.ready:
	case <-timer.C:
	case <-cut:
		return false
	}
	return true
}

// Children are the actor's children in the order of their start.
func (c *Context[M]) Children() []Handle { return handles(c.cell.children()) }

func handles(kids []kid) []Handle {
	handles := make([]Handle, len(kids))
	for i, k := range kids {
		handles[i] = k.Handle
	}
	return handles
}

// Spawning gives the children that were spawned while f ran, in order.
func (c *Context[M]) Spawning(f func()) []Handle {
	before := c.cell.count()
	f()
	return handles(c.cell.childrenFrom(before))
}

// Report hands e to the system's events; supervisors use it to say what they decided.
func (c *Context[M]) Report(e Event) { c.cell.sys.report(e) }

// Annotate shows text beside the child in snapshots; supervisors use it for "backing off". Empty text removes it.
func (c *Context[M]) Annotate(child Handle, text string) {
	if n, ok := child.(interface{ annotate(string) }); ok {
		n.annotate(text)
	}
}

func (n *node) annotate(text string) {
	if text == "" {
		n.note.Store(nil)
		return
	}
	n.note.Store(&text)
}

func (c *Context[M]) system() *System { return c.cell.sys }

func (c *Context[M]) adopt(_ context.Context, child spawnable) error {
	c.mu.Lock()
	over := c.over
	c.mu.Unlock()
	if over {
		return c.cell.stoppedError()
	}
	parent := &c.cell.node
	if err := child.hangUnder(parent); err != nil {
		return err
	}
	// It is in the list before it runs, so that whoever hears of its start finds it there. The id is the one that protoactor gives.
	id := parent.pid.Load().Id + "/" + child.Name()
	parent.add(kid{id: id, Handle: child, look: child.snapshot, number: child.incarnation, node: child.base()})
	if err := child.spawn(c.cell.context); err != nil {
		parent.forget(id)
		return err
	}
	return nil
}
