package zsock

import (
	"errors"
	"fmt"

	"github.com/actomq/actomq/internal/libzmq"
)

const (
	burstMessages = 256
	burstBytes    = 64 << 10
)

// accept takes a command that another actor sent. There is no caller to make wait, so a full queue refuses.
func (o *owner) accept(m Message, d *delivery) {
	o.accepted.Add(1)
	done, err := o.outbox.tryPut(m, d)
	if err == nil && !done {
		err = ErrWouldBlock
	}
	if err != nil {
		o.refuse(entry{m, d}, &Error{Op: "send", Socket: o.name, Err: err})
	}
}

// trySend sends at once or refuses.
func (o *owner) trySend(d *delivery) error {
	if err := o.flushSends(); err != nil {
		d.settle(err)
		return err
	}
	if !o.blocked {
		o.queue.push(entry{d.one, d})
		if err := o.flushSends(); err != nil {
			d.settle(err)
			return err
		}
		if d.state.Load() == settled {
			return nil
		}
		o.forget(d)
		o.blocked = len(o.queue.entries()) > 0
	}
	d.settle(&Error{Op: "send", Socket: o.name, Err: ErrWouldBlock})
	return nil
}

// sendable checks what libzmq would answer by dropping the connection, and the good messages behind it with it.
func (o *owner) sendable(e entry) error {
	if !o.typ.canSend() {
		return fmt.Errorf("%w: %v can't send", ErrType, o.typ)
	}
	limit := o.desired.largest
	if limit < 0 {
		return nil
	}
	first, rest := e.message.parts()
	largest := len(first)
	for _, frame := range rest {
		largest = max(largest, len(frame))
	}
	if int64(largest) > limit {
		return fmt.Errorf("%w: a frame of %d bytes, at most %d are allowed (option maxmsgsize)", ErrTooLarge, largest, limit)
	}
	return nil
}

// flushSends hands queued messages to libzmq until it takes no more or none is left.
func (o *owner) flushSends() error {
	for {
		o.encode()
		if o.encoded == 0 {
			o.blocked = false
			return nil
		}
		if !o.commit() {
			continue // somebody cancelled in the meantime: encode again without them
		}
		taken, err := o.zmq.Send(&o.burst)
		o.accountTaken(taken)
		switch {
		case err == nil:
		case errors.Is(err, libzmq.ErrAgain):
			o.release()
			o.blocked = true
			return nil
		case errors.Is(err, libzmq.ErrTerminated), errors.Is(err, libzmq.ErrNotSocket):
			o.release()
			return o.broken(err)
		default:
			o.burst.Drop()
			front := o.queue.entries()[0]
			o.queue.pop(1)
			o.encoded--
			o.release()
			o.reject(front, o.fault("send", "", "", err))
		}
	}
}

// claim takes the caller's right to cancel, and reports whether it was there. From then on until release the message may be
// read: a caller whose call is over may write into it.
func (d *delivery) claim() bool {
	return d == nil || d.state.CompareAndSwap(waiting, committing) || d.state.Load() == committing
}

// encode fills the burst from the queue, and the queue from the outbox.
func (o *owner) encode() {
	for o.burst.Len() < burstMessages && o.burst.Bytes() < burstBytes {
		if o.encoded == 0 {
			o.queue.refill(o.outbox)
		}
		waiting := o.queue.entries()
		if o.encoded == len(waiting) {
			return
		}
		e := waiting[o.encoded]
		err := o.sendable(e)
		if err == nil && !e.delivery.claim() {
			err = ErrClosed // nobody is left to hear it
		}
		if err != nil && o.encoded > 0 {
			return // send what is before it first
		}
		if err != nil {
			o.queue.pop(1)
			o.reject(e, err)
			continue
		}
		o.burst.Append(e.message.parts())
		o.encoded++
	}
}

// unencode forgets the burst; its messages are still in the queue.
func (o *owner) unencode() {
	o.release()
	o.burst.Reset()
	o.encoded = 0
}

// commit takes the right to cancel, of those that were encoded before too, for the time of the crossing, so that each caller
// learns the truth: sent or not sent.
func (o *owner) commit() bool {
	var last *delivery
	for i := range o.encoded {
		d := o.queue.entries()[i].delivery
		if d == nil || d == last {
			continue
		}
		last = d
		if d.claim() {
			continue
		}
		o.unencode()
		o.dropCancelled()
		return false
	}
	return true
}

// release gives the right to cancel back for what libzmq did not take.
func (o *owner) release() {
	var last *delivery
	for i := range o.encoded {
		if d := o.queue.entries()[i].delivery; d != nil && d != last {
			d.state.CompareAndSwap(committing, waiting)
			last = d
		}
	}
}

func (o *owner) dropCancelled() {
	o.queue.filter(func(e entry) bool { return e.delivery == nil || e.delivery.state.Load() != cancelled })
}

func (o *owner) accountTaken(taken int) {
	if taken == 0 {
		return
	}
	if o.typ == Req {
		o.dropStaleReplies()
	}
	o.sent.Add(uint64(taken))
	front := o.queue.entries()[:taken]
	for i, e := range front {
		d := e.delivery
		if d == nil {
			continue
		}
		d.taken.Add(1)
		if d.left--; d.left == 0 {
			d.settle(nil)
		} else if i+1 == taken {
			d.state.CompareAndSwap(committing, waiting)
		}
	}
	o.queue.pop(taken)
	o.encoded -= taken
}

// reject answers for a message that is in no queue any more; the rest of its batch goes with it.
func (o *owner) reject(e entry, err error) {
	o.refuse(e, err)
	if e.delivery != nil && e.delivery.many != nil {
		o.forget(e.delivery)
	}
}

// forget drops the rest of a batch of which one message was refused: the caller knows how many went before it.
func (o *owner) forget(d *delivery) {
	o.unencode()
	o.queue.filter(func(e entry) bool { return e.delivery != d })
}

// dropStaleReplies forgets replies that nobody fetched before the next request went out: taking one of them for the answer
// to the new request would shift all answers by one.
func (o *owner) dropStaleReplies() {
	for _, m := range o.inbox.clear() {
		o.bury(m, errStaleReply)
	}
}

var errStaleReply = errors.New("zsock: reply to an earlier request that nobody waits for any more")
