package reqrep

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// ClientStats are the figures of a client. At every moment when no call begins or ends,
//
//	Calls = Answered + Refused + Abandoned + Lost + InFlight
type ClientStats struct {
	InFlight  int    // calls that have a slot now
	Calls     uint64 // calls that got a slot
	Answered  uint64 // ended with an answer
	Refused   uint64 // ended with an error that the server sent, or with a malformed reply
	Abandoned uint64 // ended with their context, by a Close, or because the request can't be sent
	Lost      uint64 // ended with ErrLost
	Retries   uint64 // requests sent again
	Late      uint64 // replies that no call waits for any more, or never did
	Malformed uint64 // messages that are no reply to anything
}

type clientCounters struct {
	calls, answered, refused, abandoned, lost, retried, late, malformed atomic.Uint64
}

// Balanced reports whether the sum holds. While calls begin or end it need not.
func (s ClientStats) Balanced() bool {
	return s.Calls == s.Answered+s.Refused+s.Abandoned+s.Lost+uint64(s.InFlight)
}

// Stats gives the figures. They also show in the system's Snapshot, beside the client's reader.
func (c *client) Stats() ClientStats {
	return ClientStats{
		InFlight: len(c.slots), Calls: c.calls.Load(), Answered: c.answered.Load(), Refused: c.refused.Load(),
		Abandoned: c.abandoned.Load(), Lost: c.lost.Load(), Retries: c.retried.Load(), Late: c.late.Load(), Malformed: c.malformed.Load(),
	}
}

func (c *client) details() []actor.Detail {
	s := c.Stats()
	return []actor.Detail{
		{Key: "inFlight", Value: s.InFlight}, {Key: "calls", Value: s.Calls}, {Key: "answered", Value: s.Answered},
		{Key: "refused", Value: s.Refused}, {Key: "abandoned", Value: s.Abandoned}, {Key: "lost", Value: s.Lost}, {Key: "retries", Value: s.Retries},
		{Key: "late", Value: s.Late}, {Key: "malformed", Value: s.Malformed},
	}
}

// call makes one call with encoded values.
func (c *client) call(ctx context.Context, request []byte) ([]byte, error) {
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("within %v: %w", c.timeout, context.DeadlineExceeded))
		defer cancel()
	}
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, c.ended(ctx, false)
	case <-c.over:
		return nil, c.closedError()
	}
	c.calls.Add(1)
	defer func() { <-c.slots }()
	body, err := c.ask(ctx, request)
	switch {
	case errors.Is(err, ErrLost):
		c.lost.Add(1)
		return nil, err
	case err != nil:
		c.abandoned.Add(1)
		return nil, err
	}
	answer, err := readReply(body)
	if err != nil {
		c.refused.Add(1)
		return nil, err
	}
	c.answered.Add(1)
	return answer, nil
}

// ask sends the request, again if need be, and waits for the reply. All tries have one id, so the first reply counts.
func (c *client) ask(ctx context.Context, request []byte) (zsock.Message, error) {
	id, call := c.pending.enter()
	defer c.pending.leave(id)
	sent := false
	for try := 1; ; try++ {
		body, err := c.try(ctx, id, request, call, &sent, try < c.tries)
		if !errors.Is(err, errTryAgain) {
			return body, err
		}
		c.retried.Add(1)
	}
}

// errTryAgain ends a try that another one may follow.
var errTryAgain = errors.New("reqrep: no answer to this try")

func (c *client) try(ctx context.Context, id uint64, request []byte, call *call, sent *bool, more bool) (zsock.Message, error) {
	whole := ctx
	if c.perTry > 0 && more {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.perTry, errTryAgain)
		defer cancel()
	}
	// libzmq would take the request for a server that is not there and deliver it when it comes, after the call may have ended.
	err := c.socket.WaitConnected(ctx, 1)
	if err == nil {
		c.pending.sending(call)
		err = c.socket.Send(ctx, wrapRequest(id, request))
	}
	switch {
	case err == nil:
		*sent = true
	case errors.Is(err, zsock.ErrClosed):
		return zsock.Message{}, c.closedError()
	case ctx.Err() == nil:
		return zsock.Message{}, fmt.Errorf("%w: %s: %w", ErrNotSent, c.endpoint, err)
	}
	lost := false
	select {
	case body := <-call.answer:
		return body, nil
	case <-call.lost:
		lost = true
	case <-c.over:
	case <-ctx.Done():
	}
	select {
	case body := <-call.answer: // that came together with the end
		return body, nil
	default:
	}
	switch {
	case lost && more:
		return zsock.Message{}, errTryAgain
	case lost:
		return zsock.Message{}, fmt.Errorf("%w: %s: %w", ErrNoAnswer, c.endpoint, ErrLost)
	case ctx.Err() == nil:
		return zsock.Message{}, c.closedError()
	case whole.Err() == nil:
		return zsock.Message{}, errTryAgain
	}
	return zsock.Message{}, c.ended(whole, *sent)
}

// ended tells why a call is over that its context ended.
func (c *client) ended(ctx context.Context, sent bool) error {
	what := ErrNotSent
	if sent {
		what = ErrNoAnswer
	}
	return fmt.Errorf("%w: %s: %w", what, c.endpoint, actor.SafeError(context.Cause(ctx)))
}
