package zsock

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
)

// pump is the actor of one direction of a proxy. What it has in hand outlives its incarnations.
type pump struct {
	proxy     *Proxy
	name      string
	from, to  *Socket
	receiving chan struct{} // capacity 1: held while a receive is under way

	buffer   [burstMessages]Message
	hand     []Message // received and neither forwarded nor refused, a part of buffer
	captured int       // of hand, how many capture has seen
	backlogs backlogs  // of peers, where to is a Router
	topics   topics    // subscribed to, where from is an XPub and to an XSub
	failure  error

	received, forwarded, bytes, refused, dropped, uncopied, overlooked, starts atomic.Uint64
	held, postponed                                                            atomic.Int64 // what is in hand, and of that in backlogs, for others
}

func newPump(p *Proxy, name string, from, to *Socket) *pump {
	pump := &pump{proxy: p, name: name, from: from, to: to, receiving: make(chan struct{}, 1)}
	pump.backlogs.init(p.spec.Backlog)
	pump.topics.limit = p.spec.Topics
	if p.spec.Topics <= 0 {
		pump.topics.limit = proxyTopics
	}
	return pump
}

// Start implements actor.Starter: the work is done in Ready.
func (p *pump) Start(ctx *actor.Context[struct{}]) error {
	p.starts.Add(1)
	select {
	case ctx.Notify() <- struct{}{}:
	default:
	}
	return nil
}

// Receive implements actor.Behavior; nobody tells a pump anything.
func (p *pump) Receive(*actor.Context[struct{}], struct{}) error { return nil }

// Ready implements actor.Readier: it forwards until the incarnation's context or a socket ends.
func (p *pump) Ready(ctx *actor.Context[struct{}]) error {
	if p.failure != nil && !p.proxy.spec.Restart {
		return actor.ErrStop // the callback ended its goroutine
	}
	p.failure = errExited
	both, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() { // the socket that is received from tells of its end by itself
		defer close(watched)
		select {
		case <-p.to.Done():
			cancel(ErrClosed)
		case <-both.Done():
		}
	}()
	defer func() { cancel(nil); <-watched }()
	err := p.forward(both)
	p.failure = nil
	switch {
	case ctx.Err() != nil:
		return nil // a stop or restart is on its way
	case errors.Is(err, ErrClosed):
		for _, s := range []*Socket{p.from, p.to, p.proxy.capture} {
			if s != nil && s.Err() != nil {
				p.failure = s.Err()
			}
		}
		return actor.ErrStop
	}
	p.failure = err
	if !p.proxy.spec.Restart {
		return actor.ErrStop
	}
	return err
}

var errExited = errors.New("zsock: proxy: capture ended its goroutine")

// finally runs when no incarnation follows: without one of its directions there is no proxy.
func (p *pump) finally() {
	p.proxy.end(p.failure)
	for len(p.hand) > 0 {
		p.refuse(0, ErrProxyEnded)
	}
	for len(p.backlogs.turns) > 0 {
		p.giveUpBacklog(p.backlogs.turns[0], ErrProxyEnded)
	}
	p.count()
}

func (p *pump) forward(ctx context.Context) error {
	for {
		if len(p.hand) == 0 {
			if err := p.take(ctx); err != nil {
				return err
			}
		}
		for p.captured < len(p.hand) {
			if err := p.capture(ctx); err != nil {
				return err
			}
		}
		if err := p.give(ctx); err != nil {
			return err
		}
		if err := p.retry(ctx); err != nil {
			return err
		}
	}
}

// take receives a burst, except during a pause. When backlogs are due it returns without one.
func (p *pump) take(ctx context.Context) error {
	for {
		taking, resume := p.proxy.gate()
		if resume != nil {
			again, err := p.rest(ctx, resume)
			if err != nil || !again {
				return err
			}
			continue
		}
		err := p.takeWhile(ctx, taking)
		if errors.Is(err, errRetry) {
			return nil
		}
		if err == nil || ctx.Err() != nil || taking.Err() == nil {
			return err
		}
	}
}

// rest waits for the end of a pause, or until backlogs are due.
func (p *pump) rest(ctx context.Context, resume <-chan struct{}) (resumed bool, err error) {
	var due <-chan time.Time
	if wait, ok := p.retryDue(); ok {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-resume:
		return true, nil
	case <-due:
		return false, nil
	case <-ctx.Done():
		return false, causeOf(ctx)
	case <-p.from.Done():
		return false, ErrClosed
	case <-p.to.Done():
		return false, ErrClosed
	}
}

func (p *pump) takeWhile(ctx, taking context.Context) error {
	both, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(taking, func() { cancel(causeOf(taking)) })()
	if wait, ok := p.retryDue(); ok {
		defer time.AfterFunc(wait, func() { cancel(errRetry) }).Stop()
	}
	select {
	case p.receiving <- struct{}{}:
	case <-both.Done():
		return causeOf(both)
	}
	defer func() { <-p.receiving }()
	if taking.Err() != nil {
		return causeOf(taking)
	}
	n, err := p.from.RecvBatch(both, p.buffer[:])
	if err != nil {
		return err
	}
	p.received.Add(uint64(n))
	p.hand, p.captured = p.buffer[:n], 0
	p.count()
	return nil
}

// capture shows the next message to whoever wants to see it. One whose callback fails is given up.
func (p *pump) capture(ctx context.Context) (err error) {
	m := p.hand[p.captured]
	if err := p.show(ctx, m); err != nil {
		return err
	}
	if p.proxy.capture != nil {
		if err := p.copy(ctx, m); err != nil {
			return err
		}
	}
	p.captured++
	return nil
}

func (p *pump) show(ctx context.Context, m Message) (err error) {
	if p.proxy.spec.Capture == nil {
		return nil
	}
	err = errExited
	defer func() {
		if value := recover(); value != nil {
			err = &actor.PanicError{Value: value, Stack: debug.Stack()}
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			err = causeOf(ctx) // it was interrupted: the next incarnation shows the message again
		default:
			err = fmt.Errorf("zsock: proxy %s: capture: %w", p.proxy.Name(), err)
			p.refuse(p.captured, err)
		}
	}()
	return p.proxy.spec.Capture(ctx, p.from, m)
}

func (p *pump) copy(ctx context.Context, m Message) error {
	if !p.proxy.spec.CaptureDrop {
		return p.proxy.capture.Post(ctx, m)
	}
	err := p.proxy.capture.TryPost(m)
	if errors.Is(err, ErrWouldBlock) {
		p.uncopied.Add(1)
		return nil
	}
	return err
}

// give hands what is in hand to the other socket.
func (p *pump) give(ctx context.Context) error {
	switch {
	case p.from.typ == XPub && p.to.typ == XSub:
		return p.giveSubscriptions(ctx)
	case p.to.typ == Router && p.backlogs.limit.Messages > 0:
		return p.givePeers(ctx)
	}
	n, err := p.to.SendBatch(ctx, p.hand)
	p.gave(n)
	if concernsMessage(err) {
		p.refuse(0, err)
		return nil
	}
	return err
}

// concernsMessage tells an error of one message from one of the socket.
func concernsMessage(err error) bool {
	return errors.Is(err, ErrNoPeer) || errors.Is(err, ErrMultipart) || errors.Is(err, ErrTooLarge)
}

// gave books what was forwarded from the front of the hand.
func (p *pump) gave(n int) {
	p.book(p.hand[:n])
	clear(p.hand[:n])
	p.hand = p.hand[n:]
	p.captured -= n
	p.count()
}

func (p *pump) book(forwarded []Message) {
	size := 0
	for _, m := range forwarded {
		size += m.Size()
	}
	p.bytes.Add(uint64(size))
	p.forwarded.Add(uint64(len(forwarded)))
}

// count tells others what is in hand.
func (p *pump) count() {
	p.postponed.Store(int64(p.backlogs.messages))
	p.held.Store(int64(len(p.hand) + p.backlogs.messages))
}

// refuse makes a message in hand a dead letter.
func (p *pump) refuse(i int, reason error) {
	m := p.hand[i]
	p.hand = append(p.hand[:i], p.hand[i+1:]...)
	if i < p.captured {
		p.captured--
	}
	p.count()
	p.giveUp(m, reason)
}

func (p *pump) giveUp(m Message, reason error) {
	p.refused.Add(1)
	p.from.bury(m, reason)
}

func (p *pump) flow() Flow {
	return Flow{
		Received: p.received.Load(), Forwarded: p.forwarded.Load(), Bytes: p.bytes.Load(), Refused: p.refused.Load(),
		Dropped: p.dropped.Load(), InHand: int(p.held.Load()), Postponed: int(p.postponed.Load()), Uncopied: p.uncopied.Load(), Overlooked: p.overlooked.Load(), Restarts: max(1, p.starts.Load()) - 1,
	}
}

func (p *pump) details() []actor.Detail {
	f := p.flow()
	return []actor.Detail{
		{Key: "received", Value: f.Received}, {Key: "forwarded", Value: f.Forwarded}, {Key: "refused", Value: f.Refused},
		{Key: "inHand", Value: f.InHand}, {Key: "postponed", Value: f.Postponed}, {Key: "dropped", Value: f.Dropped},
	}
}
