package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/actomq/actomq/actor"
)

// work is user code behind the codec: an encoded task in, an encoded result out.
type work func(ctx context.Context, task []byte) ([]byte, error)

// hand is the actor that runs Work, and nothing else. A panic fails it; the supervisor gives it a new incarnation.
type hand struct {
	*Worker
	work work
}

const handBurst = 256

// maxFailureText bounds what a failure tells over the wire.
const maxFailureText = 4 << 10

// Start implements actor.Starter.
func (h *hand) Start(ctx *actor.Context[struct{}]) error {
	h.desk.hand.hang(ctx.Notify())
	h.desk.open()
	return nil
}

// Stop implements actor.Stopper.
func (h *hand) Stop(_ *actor.Context[struct{}], cause error) {
	h.cause = cause
	h.desk.shut()
}

// Receive implements actor.Behavior; nobody tells a hand anything.
func (h *hand) Receive(*actor.Context[struct{}], struct{}) error { return nil }

// Ready implements actor.Readier: there are tasks.
func (h *hand) Ready(ctx *actor.Context[struct{}]) error {
	for range handBurst {
		if ctx.Err() != nil {
			return nil
		}
		t, ok := h.desk.next()
		if !ok {
			return nil
		}
		if err := h.do(ctx, t); err != nil {
			return err
		}
	}
	h.desk.hand.ring() // there may be more: come back after a look at other things
	return nil
}

// do runs Work on one task. What fails is reported at once and not only when the supervisor has restarted the actor.
func (h *hand) do(ctx context.Context, t handed) (failure error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		failure = actor.ErrGoexit
		if value := recover(); value != nil {
			failure = &actor.PanicError{Value: value, Stack: debug.Stack()}
		}
		h.failed.Add(1)
		h.desk.shut(outcome{run: t.run, id: t.id, status: statusPanicked, body: shorten(failure.Error())})
	}()
	body, err := h.work(ctx, t.body)
	err = actor.SafeError(err)
	returned = true
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("the result has %d bytes, at most %d are possible", len(body), maxBody)
	}
	switch {
	case err == nil:
		h.done.Add(1)
		h.desk.finish(outcome{run: t.run, id: t.id, status: statusDone, body: body})
	case ctx.Err() == nil:
		h.failed.Add(1)
		h.desk.finish(outcome{run: t.run, id: t.id, status: statusFailed, body: shorten(err.Error())})
	}
	// A Work that was interrupted has not failed: the task goes to somebody else.
	return nil
}

func shorten(text string) []byte { return []byte(text[:min(len(text), maxFailureText)]) }
