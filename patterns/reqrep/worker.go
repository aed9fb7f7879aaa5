package reqrep

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// worker is an actor that takes one request after the other from the socket's inbox, which is the queue that all workers
// share, and answers it. A panic of the handler fails the actor; the supervisor gives it a new incarnation.
type worker struct {
	*Server
	ref     actor.Ref[struct{}]
	handled atomic.Uint64
}

// Start implements actor.Starter: the work is done in Ready.
func (w *worker) Start(ctx *actor.Context[struct{}]) error {
	wake(ctx)
	return nil
}

// Receive implements actor.Behavior; nobody tells a worker anything.
func (w *worker) Receive(*actor.Context[struct{}], struct{}) error { return nil }

// Ready implements actor.Readier: it works until the server drains or the incarnation's context ends.
func (w *worker) Ready(ctx *actor.Context[struct{}]) error {
	taking, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(w.draining, stop)()
	for taking.Err() == nil {
		m, err := w.socket.Recv(taking)
		switch {
		case err == nil:
			if err := w.answer(ctx.Context, m); err != nil {
				return err
			}
		case errors.Is(err, zsock.ErrClosed):
			return w.socketLost(ctx)
		case taking.Err() == nil:
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // a stop or restart is on its way
	}
	return actor.ErrStop
}

// answer handles one request and replies. It returns the failure of the worker, which only a panic is.
func (w *worker) answer(ctx context.Context, m zsock.Message) (failure error) {
	c := &w.counters
	route, body := m.Unwrap()
	if len(route) == 0 {
		c.malformed.Add(1)
		return nil
	}
	c.inHand.Add(1)
	c.requests.Add(1)
	if body.Len() != 1 {
		w.end(&c.refused, route, &RemoteError{CodeRequest, fmt.Sprintf("a request has one frame, this one has %d", body.Len())})
		return nil
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		// After a Goexit the goroutine ends and nobody sees the result; the actor notices by itself.
		if value := recover(); value != nil {
			failure = fmt.Errorf("reqrep: handler: %w", &actor.PanicError{Value: value, Stack: debug.Stack()})
		}
		w.end(&c.panicked, route, &RemoteError{CodePanic, "handler panicked"})
	}()
	w.handled.Add(1)
	payload, err := w.handle(&callContext{ctx, Caller{m}}, body.Frame(0))
	err = actor.SafeError(err)
	returned = true
	var own *refusal
	var chosen *RemoteError
	switch {
	case err == nil:
		c.inHand.Add(-1)
		c.answered.Add(1)
		if err := w.reply(route, zsock.Bytes(payload)); err != nil {
			c.answered.Add(^uint64(0)) // it was none
			c.inHand.Add(1)
			w.end(&c.failed, route, &RemoteError{CodeReply, err.Error()})
		}
	case errors.As(err, &own):
		w.end(&c.refused, route, (*RemoteError)(own))
	case errors.As(err, &chosen) && chosen != nil:
		w.end(&c.failed, route, chosen)
	case ctx.Err() != nil:
		w.end(&c.refused, route, &RemoteError{CodeClosing, "the server closes"})
	default:
		w.end(&c.failed, route, &RemoteError{CodeHandler, err.Error()})
	}
	return nil
}

// end counts a request that has no answer, and tells its caller why: at least by the code, where a message may not even be
// as long as the text.
func (w *worker) end(how *atomic.Uint64, route [][]byte, e *RemoteError) {
	w.counters.inHand.Add(-1)
	how.Add(1)
	if w.reply(route, errorReply(e)) == nil {
		return
	}
	short := errorReply(&RemoteError{Code: e.Code})
	if err := w.reply(route, short); err != nil {
		w.bury(route, short, err)
		w.counters.unread.Add(1)
	}
}

// reply hands a reply to libzmq if it takes it at once. Waiting for a peer that does not read would hold up the replies to
// all others: what is above its high-water mark is a dead letter. The error is that of a reply which is too large to be sent.
func (w *worker) reply(route [][]byte, body zsock.Message) error {
	c := &w.counters
	c.sent.Add(1) // before its caller can have it
	err := w.socket.TrySend(body.Wrap(route...))
	if err == nil {
		return nil
	}
	defer c.sent.Add(^uint64(0))
	switch {
	case errors.Is(err, zsock.ErrTooLarge):
		return err
	case errors.Is(err, zsock.ErrWouldBlock):
		w.bury(route, body, fmt.Errorf("%w: %v", ErrUnread, zsock.RoutingID(route[0])))
		c.unread.Add(1)
	default:
		w.bury(route, body, fmt.Errorf("%w: %v: %w", ErrGone, zsock.RoutingID(route[0]), err))
		c.gone.Add(1)
	}
	return nil
}

func (w *worker) bury(route [][]byte, body zsock.Message, reason error) {
	w.socket.System().Actors().Bury(actor.DeadLetter{Path: w.path, Message: body.Wrap(route...), Reason: reason})
}
