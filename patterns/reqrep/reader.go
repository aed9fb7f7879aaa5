package reqrep

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// reader is the actor that hands replies to the calls that wait for them, and ends those whose connection is gone.
type reader struct {
	*client
	batch [64]zsock.Message
}

// Start implements actor.Starter: the work is done in Ready.
func (r *reader) Start(ctx *actor.Context[struct{}]) error {
	wake(ctx)
	return nil
}

// wake has Ready run.
func wake(ctx *actor.Context[struct{}]) {
	select {
	case ctx.Notify() <- struct{}{}:
	default:
	}
}

// Receive implements actor.Behavior; nobody tells a reader anything.
func (r *reader) Receive(*actor.Context[struct{}], struct{}) error { return nil }

// Ready implements actor.Readier: it reads until the socket closes or the incarnation's context ends.
func (r *reader) Ready(ctx *actor.Context[struct{}]) error {
	for ctx.Err() == nil {
		listening, release := r.alarm.arm(ctx)
		err := r.read(listening)
		called := listening.Err() != nil
		release()
		if called && ctx.Err() == nil {
			err = r.look(ctx)
		}
		switch {
		case errors.Is(err, zsock.ErrClosed):
			return r.socketLost(ctx)
		case err != nil && ctx.Err() == nil:
			return err
		}
	}
	return nil
}

// read settles calls until ctx ends, or the socket.
func (r *reader) read(ctx context.Context) error {
	for {
		n, err := r.socket.RecvBatch(ctx, r.batch[:])
		for _, m := range r.batch[:n] {
			r.take(m)
		}
		clear(r.batch[:n])
		if err != nil && ctx.Err() != nil && !errors.Is(err, zsock.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *reader) take(m zsock.Message) {
	id, body, ok := splitReply(m)
	switch {
	case !ok:
		r.malformed.Add(1)
	case !r.pending.settle(id, body):
		r.late.Add(1)
	}
}

// look ends the calls that no connection carries any more. Replies that had come before it was lost still count, so all that
// libzmq has is read first, which is done when the socket's actor answers commands and nothing new comes in between. Since
// other connections may bring replies without end, there is a bound: what the lost one brought are answers to calls.
func (r *reader) look(ctx context.Context) error {
	before := r.carriedSince()
	for quiet, rounds := 0, 0; quiet < quietRounds && rounds < cap(r.slots)+quietRounds; rounds++ {
		received := r.socket.Stats().Received
		if _, err := r.socket.Endpoints(ctx, zsock.Connected); errors.Is(err, zsock.ErrClosed) {
			return err
		}
		for {
			m, err := r.socket.TryRecv()
			if err != nil {
				break
			}
			r.take(m)
		}
		if quiet++; r.socket.Stats().Received != received {
			quiet = 0
		}
	}
	r.pending.lose(before)
	return ctx.Err()
}

const quietRounds = 20 // the actor may answer several commands before it fetches

// carriedSince is the time before which no connection of now was there: what was sent earlier went over one that is gone.
func (c *client) carriedSince() time.Time {
	oldest := time.Now()
	for _, p := range c.socket.Peers() {
		if p.State == zsock.PeerReady && p.Since.Before(oldest) {
			oldest = p.Since
		}
	}
	return oldest
}

// alarm calls the reader away from what it waits for.
type alarm struct {
	mu     sync.Mutex
	due    bool
	cancel context.CancelFunc
}

// arm gives a context that ends with the next ring, or at once when there was one already.
func (a *alarm) arm(parent context.Context) (ctx context.Context, release context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cancel = cancel
	if a.due {
		a.due = false
		cancel()
	}
	return ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.cancel = nil
		cancel()
	}
}

func (a *alarm) ring() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel == nil {
		a.due = true
		return
	}
	a.cancel()
}

// watcher is the actor that notices when a connection is lost. The reader can't, as it waits for replies.
type watcher struct {
	*client
	events <-chan zsock.Event
}

// Start implements actor.Starter.
func (w *watcher) Start(ctx *actor.Context[struct{}]) error {
	monitor, err := w.socket.Monitor(ctx, zsock.WithEventKinds(zsock.EventDisconnected, zsock.EventRestarted), zsock.WithEventBuffer(1))
	if err != nil {
		return ended(err)
	}
	w.events = monitor.Events()
	w.alarm.ring() // for what happened before
	wake(ctx)
	return nil
}

func ended(err error) error {
	if errors.Is(err, zsock.ErrClosed) {
		return actor.ErrStop
	}
	return err
}

// Receive implements actor.Behavior; nobody tells a watcher anything.
func (w *watcher) Receive(*actor.Context[struct{}], struct{}) error { return nil }

// Ready implements actor.Readier. libzmq reports nothing about inproc, so that is looked at now and then while there are calls.
func (w *watcher) Ready(ctx *actor.Context[struct{}]) error {
	var tick <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, watching := <-w.events:
			if !watching {
				return actor.ErrStop
			}
			w.alarm.ring()
		case <-w.pending.busy:
			if tick == nil {
				tick = time.After(inprocLook)
			}
		case <-tick:
			tick = nil
			some, lost := w.pending.look(w.carriedSince())
			if lost {
				w.alarm.ring()
			}
			if some {
				tick = time.After(inprocLook)
			}
		}
	}
}

const inprocLook = 50 * time.Millisecond
