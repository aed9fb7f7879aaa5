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

func (w *worker) details() []actor.Detail {
	return []actor.Detail{{Key: "handled", Value: w.handled.Load()}}
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
	route, body := m.Unwrap()
	if len(route) == 0 {
		w.counters.malformed.Add(1)
		return nil
	}
	w.counters.requests.Add(1)
	if body.Len() != 1 {
		w.counters.refused.Add(1)
		w.refuse(route, &RemoteError{CodeRequest, fmt.Sprintf("a request has one frame, this one has %d", body.Len())})
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
		w.counters.panicked.Add(1)
		w.refuse(route, &RemoteError{CodePanic, "handler panicked"})
	}()
	w.handled.Add(1)
	payload, err := w.handle(ctx, body.Frame(0))
	err = actor.SafeError(err)
	returned = true
	var own *refusal
	var chosen *RemoteError
	switch {
	case err == nil:
		w.counters.answered.Add(1)
		if err := w.reply(route, zsock.Bytes(payload)); errors.Is(err, zsock.ErrTooLarge) {
			w.counters.answered.Add(^uint64(0)) // it was none
			w.counters.failed.Add(1)
			w.refuse(route, &RemoteError{CodeReply, err.Error()})
		}
	case errors.As(err, &own):
		w.counters.refused.Add(1)
		w.refuse(route, (*RemoteError)(own))
	case errors.As(err, &chosen) && chosen != nil:
		w.counters.failed.Add(1)
		w.refuse(route, chosen)
	case ctx.Err() != nil:
		w.counters.refused.Add(1)
		w.refuse(route, &RemoteError{CodeClosing, "the server closes"})
	default:
		w.counters.failed.Add(1)
		w.refuse(route, &RemoteError{CodeHandler, err.Error()})
	}
	return nil
}

func (w *worker) refuse(route [][]byte, e *RemoteError) { _ = w.reply(route, errorReply(e)) }

// reply hands a reply to libzmq if it takes it at once. Waiting for a peer that does not read would hold up the replies to
// all others.
func (w *worker) reply(route [][]byte, body zsock.Message) error {
	err := w.socket.TrySend(body.Wrap(route...))
	switch {
	case err == nil, errors.Is(err, zsock.ErrTooLarge):
	case errors.Is(err, zsock.ErrWouldBlock):
		w.counters.unread.Add(1)
	default:
		w.counters.gone.Add(1)
	}
	return err
}
