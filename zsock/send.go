package zsock

import (
	"context"
	"fmt"
	"runtime"
)

// Send hands m to libzmq and returns when libzmq has taken it (nil) or refused it. It waits while libzmq takes nothing, which
// is when there is no peer or the high-water mark is full, as long as ctx allows; a Send that returns ctx's error was not
// sent. What happens on the wire is at most once.
//
// A Pub drops m for subscribers that are gone or, unless the option xpub_nodrop is set, slow.
func (s *Socket) Send(ctx context.Context, m Message) error {
	_, err := s.deliver(ctx, newDelivery(m, nil))
	return err
}

// SendBatch is Send for many messages at once, in order, nothing between them. It returns how many libzmq took; the error
// says what stopped the next one.
func (s *Socket) SendBatch(ctx context.Context, messages []Message) (n int, err error) {
	if len(messages) == 0 {
		return 0, nil
	}
	return s.deliver(ctx, newDelivery(Message{}, messages))
}

// TrySend is Send that does not wait for libzmq: if it would take nothing at the moment, the error is ErrWouldBlock. So it is
// when messages that were sent before still wait.
func (s *Socket) TrySend(m Message) error {
	if s.closed.Load() {
		return &Error{Op: "send", Socket: s.name, Err: ErrClosed}
	}
	d := newDelivery(m, nil)
	d.trial = true
	s.trials.Add(1)
	defer s.trials.Add(-1)
	if _, err := s.outbox.tryPut(m, d); err != nil {
		return s.outcome("send", err)
	}
	_, err := s.await(*s.alive.Load(), d, ErrWouldBlock)
	return err
}

// trySendBatch is SendBatch that stops, with ErrWouldBlock, at the first message that libzmq does not take at the moment. While the
// socket restarts it waits.
func (s *Socket) trySendBatch(ctx context.Context, messages []Message) (n int, err error) {
	if len(messages) == 0 {
		return 0, nil
	}
	d := newDelivery(Message{}, messages)
	d.trial = true
	s.trials.Add(1)
	defer s.trials.Add(-1)
	if _, err := s.outbox.tryPut(Message{}, d); err != nil {
		return 0, s.outcome("send", err)
	}
	n, err = s.settled(ctx, d, nil)
	s.accepted.Add(uint64(n)) // the others may come again
	return n, s.outcome("send", err)
}

// Post puts a copy of m in the socket's outbox and returns; it waits while the outbox is full. libzmq gets posted messages in their
// order. One that it refuses is a dead letter with the reason, as is one that the socket still holds when it closes.
func (s *Socket) Post(ctx context.Context, m Message) error {
	if s.closed.Load() {
		return &Error{Op: "post", Socket: s.name, Err: ErrClosed}
	}
	if err := s.outbox.put(ctx, m, nil); err != nil {
		return s.outcome("post", err)
	}
	s.accepted.Add(1)
	return nil
}

// TryPost is Post that never waits: a full outbox is ErrWouldBlock.
func (s *Socket) TryPost(m Message) error {
	if s.closed.Load() {
		return &Error{Op: "post", Socket: s.name, Err: ErrClosed}
	}
	done, err := s.outbox.tryPut(detach(m), nil)
	if err == nil && !done {
		err = ErrWouldBlock
	}
	if err != nil {
		return s.outcome("post", err)
	}
	s.accepted.Add(1)
	return nil
}

func (s *Socket) deliver(ctx context.Context, d *delivery) (n int, err error) {
	if s.closed.Load() {
		return 0, &Error{Op: "send", Socket: s.name, Err: ErrClosed}
	}
	if !s.typ.canSend() {
		return 0, &Error{Op: "send", Socket: s.name, Err: fmt.Errorf("%w: %v can't send", ErrType, s.typ)}
	}
	if err := s.outbox.put(ctx, d.one, d); err != nil {
		return 0, s.outcome("send", err)
	}
	return s.await(ctx, d, nil)
}

// await waits for the outcome of a delivery that the outbox took. instead replaces ctx's cause.
func (s *Socket) await(ctx context.Context, d *delivery, instead error) (n int, err error) {
	total := max(1, len(d.many))
	s.accepted.Add(uint64(total))
	if n, err = s.settled(ctx, d, instead); err != nil {
		s.refused.Add(uint64(total - n))
	}
	return n, s.outcome("send", err)
}

func (s *Socket) settled(ctx context.Context, d *delivery, instead error) (n int, err error) {
	select {
	case err = <-d.answer:
	case <-ctx.Done():
		if instead == nil {
			instead = causeOf(ctx)
		}
		err = d.abandon(instead)
		s.outbox.remove(d)
		s.poked() // if the owner has it already, it lets go of it
	case <-s.ref.Done():
		err = d.abandon(ErrClosed)
	}
	return int(d.taken.Load()), err
}

// abandon settles a delivery whose caller goes away: either libzmq has it, or it never will. The owner holds the state at
// committing only for the length of one call into libzmq.
func (d *delivery) abandon(cause error) error {
	for {
		if d.state.CompareAndSwap(waiting, cancelled) {
			return cause
		}
		if d.state.Load() == settled {
			return <-d.answer
		}
		runtime.Gosched()
	}
}
