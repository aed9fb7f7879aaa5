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
	if d == nil {
		m = detach(m)
	}
	done, err := o.outbox.tryPut(m, d)
	if err == nil && !done {
		err = ErrWouldBlock
	}
	if err != nil {
		o.refuse(entry{m, d}, &Error{Op: "send", Socket: o.name, Err: err})
	}
}

// sendable checks what libzmq would drop in silence, or answer by dropping the connection and the good messages behind it
// with it. A STREAM even loses all messages that follow one of another shape.
func (o *owner) sendable(m *Message) error {
	switch {
	case !o.typ.canSend():
		return fmt.Errorf("%w: %v can't send", ErrType, o.typ)
	case o.typ == Router && len(m.rest) == 0:
		return fmt.Errorf("%w: a Router sends the peer's routing id and then at least one frame", ErrMultipart)
	case o.typ == Stream && len(m.rest) != 1:
		return fmt.Errorf("%w: a Stream sends the peer's routing id and one frame, not %d frames", ErrMultipart, m.Len())
	}
	if err := o.messageLimit().check(m); err != nil {
		return err
	}
	if size := o.largestFrame(m); o.overlong(size) {
		return fmt.Errorf("%w: a frame of %d bytes, at most %d are allowed (option %s)", ErrTooLarge, size, o.desired.largest, maxMsgSize)
	}
	return nil
}

// flushSends hands queued messages to libzmq until it takes no more or none is left.
func (o *owner) flushSends() error {
	defer func() { o.pending.Store(int64(o.queue.left)) }()
	for {
		o.encode()
		if o.burst.Len() == 0 {
			o.blocked = false
			return nil
		}
		if !o.commit() {
			continue // somebody cancelled in the meantime: encode again without them
		}
		if o.dropsWhenFull() { // libzmq itself listens to its threads once in a millisecond only
			if _, err := o.look(); err != nil {
				o.release()
				return err
			}
		}
		// What libzmq notices before it takes a request can't be the reply.
		o.crossed = o.crossed || o.typ != Req
		taken, err := o.zmq.Send(&o.burst)
		if taken > 0 {
			o.futile = false
			o.hint()
		}
		o.accountTaken(taken)
		switch {
		case err == nil:
		case errors.Is(err, libzmq.ErrAgain):
			o.release()
			if o.trials.Load() > 0 && o.refuseTrials() {
				continue // what is behind them may be for another peer
			}
			o.blocked = true
			return nil
		case errors.Is(err, libzmq.ErrTerminated), errors.Is(err, libzmq.ErrNotSocket):
			o.release()
			return o.broken(err)
		default:
			o.release()
			o.rejectFront(o.fault("send", "", "", err))
		}
	}
}

// claim takes the caller's right to cancel, and reports whether it was there. From then on until release the messages may be
// read: a caller whose call is over may write into them.
func (d *delivery) claim() bool {
	return d == nil || d.state.CompareAndSwap(waiting, committing) || d.state.Load() == committing
}

// encode fills the burst from the queue, and the queue from the outbox.
func (o *owner) encode() {
	for o.burstHasRoom() {
		if o.queue.encoded == 0 {
			o.queue.refill(o.outbox)
		}
		e := o.queue.next()
		if e == nil {
			return
		}
		err := ErrClosed // nobody is left to hear it
		if e.delivery.claim() {
			err = o.encodeEntry(e)
		}
		if err == nil {
			continue
		}
		if o.burst.Len() > 0 {
			return // send what is before it first
		}
		e.delivery.release()
		o.refuseFront(err)
	}
}

func (o *owner) burstHasRoom() bool {
	return o.burst.Len() < burstMessages && o.burst.Bytes() < burstBytes
}

// encodeEntry puts what is left of an entry into the burst, as far as there is room.
func (o *owner) encodeEntry(e *entry) error {
	d := e.delivery
	if d == nil || d.many == nil {
		if err := o.sendable(&e.message); err != nil {
			return err
		}
		o.burst.Append(e.message.parts())
		o.queue.encoded++
		return nil
	}
	for d.encoded < len(d.many) {
		if !o.burstHasRoom() {
			return nil
		}
		m := &d.many[d.encoded]
		if err := o.sendable(m); err != nil {
			return err
		}
		o.burst.Append(m.parts())
		d.encoded++
	}
	o.queue.encoded++
	return nil
}

// unencode forgets the burst; its messages are still in the queue.
func (o *owner) unencode() {
	o.release()
	o.burst.Reset()
	o.queue.unencode()
}

// commit takes the right to cancel, of those that were encoded before too, for the time of the crossing, so that each caller
// learns the truth: sent or not sent.
func (o *owner) commit() bool {
	for e := range o.queue.inBurst() {
		if !e.delivery.claim() {
			o.unencode()
			o.queue.filter(func(e entry) bool { return e.delivery == nil || e.delivery.state.Load() != cancelled })
			return false
		}
	}
	return true
}

// release gives the right to cancel back for what libzmq did not take.
func (o *owner) release() {
	for e := range o.queue.inBurst() {
		e.delivery.release()
	}
}

func (d *delivery) release() {
	if d != nil {
		d.state.CompareAndSwap(committing, waiting)
	}
}

func (o *owner) accountTaken(taken int) {
	if taken == 0 {
		return
	}
	if o.typ == Req {
		o.dropStaleReplies()
	}
	o.sent.Add(uint64(taken))
	o.queue.left -= taken
	for taken > 0 {
		d := o.queue.front().delivery
		switch {
		case d == nil:
			taken--
		case d.many == nil:
			taken--
			d.taken.Store(1)
			d.settle(nil)
		default:
			before := int(d.taken.Load())
			n := min(taken, d.encoded-before)
			taken -= n
			d.taken.Store(int64(before + n))
			if before+n < len(d.many) {
				d.release()
				continue
			}
			d.settle(nil)
		}
		o.queue.popFront()
	}
}

// rejectFront answers for the message at the front of the burst, which libzmq refuses. The rest of its batch goes with it: the
// caller knows how many went before.
func (o *owner) rejectFront(err error) {
	if front := o.queue.front(); front.delivery != nil && front.delivery.many != nil {
		o.unencode()
	} else {
		o.burst.Drop()
	}
	o.refuseFront(err)
}

func (o *owner) refuseFront(err error) {
	o.queue.left -= o.queue.front().messages()
	o.refuse(*o.queue.front(), err)
	o.queue.popFront()
}

// refuseTrials answers those who do not want to wait for libzmq, and reports whether one of them was at the front. If not, all
// of them are behind somebody who waits.
func (o *owner) refuseTrials() (front bool) {
	err := &Error{Op: "send", Socket: o.name, Err: ErrWouldBlock}
	if d := o.queue.front().delivery; d != nil && d.trial {
		o.rejectFront(err)
		return true
	}
	keep := func(e entry) bool {
		trial := e.delivery != nil && e.delivery.trial
		if trial {
			o.refuse(e, err)
		}
		return !trial
	}
	o.unencode()
	o.queue.filter(keep)
	o.outbox.filter(keep)
	return false
}

// dropStaleReplies forgets replies that nobody fetched before the next request went out: taking one of them for the answer
// to the new request would shift all answers by one.
func (o *owner) dropStaleReplies() {
	for _, m := range o.inbox.clear() {
		o.giveUp(m, errStaleReply)
	}
}

var errStaleReply = errors.New("zsock: reply to an earlier request that nobody waits for any more")
