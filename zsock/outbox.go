package zsock

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// entry is a message on its way to libzmq, or a batch of them.
type entry struct {
	message  Message   // unless the delivery is a batch
	delivery *delivery // nil for a Post
}

// messages is how many libzmq has not taken.
func (e *entry) messages() int {
	if e.delivery == nil || e.delivery.many == nil {
		return 1
	}
	return len(e.delivery.many) - int(e.delivery.taken.Load())
}

// outbox holds what callers want sent until the owner takes all of it at once: the owner swaps a slice instead of receiving
// one by one, so a message costs its sender one short lock. It is bounded, and outlives incarnations.
type outbox struct {
	mu      sync.Mutex
	entries []entry
	arena   arena // of the posted messages
	limit   int
	closed  bool
	filled  atomic.Bool   // there are entries
	room    chan struct{} // capacity 1: there may be room, or the outbox was closed
	poke    func()        // wakes the owner
}

func newOutbox(limit int, poke func()) *outbox {
	return &outbox{limit: limit, room: make(chan struct{}, 1), poke: poke}
}

func (out *outbox) signal() {
	select {
	case out.room <- struct{}{}:
	default:
	}
}

// put adds a message, or d when it is a batch, which counts as one. Without a delivery, it is a copy: nobody waits until the
// message is sent.
func (out *outbox) put(ctx context.Context, m Message, d *delivery) error {
	if d == nil {
		m = detach(m)
	}
	if done, err := out.tryPut(m, d); done || err != nil {
		return err
	}
	for {
		select {
		case <-out.room:
		case <-ctx.Done():
			return causeOf(ctx)
		}
		done, err := out.tryPut(m, d)
		if done || err != nil {
			out.signal() // the next one that waits
			return err
		}
	}
}

// tryPut reports whether there was room, which there always is for a trial: each has a caller, and the owner answers it at
// once. It refers to large frames: detach them before.
func (out *outbox) tryPut(m Message, d *delivery) (done bool, err error) {
	out.mu.Lock()
	if out.closed {
		out.mu.Unlock()
		return false, ErrClosed
	}
	trial := d != nil && d.trial
	if len(out.entries) >= out.limit && !trial {
		out.mu.Unlock()
		return false, nil
	}
	first := len(out.entries) == 0
	if d == nil {
		m = out.arena.copy(m)
	}
	out.entries = append(out.entries, entry{m, d})
	out.filled.Store(true)
	out.mu.Unlock()
	if first || trial { // an owner that waits for libzmq leaves the others where they are
		out.poke()
	}
	return true, nil
}

// take gives everything that is there, with the memory of it, and keeps spare and empty for what comes next.
func (out *outbox) take(spare []entry, empty arena) ([]entry, arena) {
	out.mu.Lock()
	out.filled.Store(false)
	spare, out.entries = out.entries, spare
	empty, out.arena = out.arena, empty
	out.mu.Unlock()
	out.signal()
	return spare, empty
}

// remove takes back what the owner has not taken yet.
func (out *outbox) remove(d *delivery) {
	out.filter(func(e entry) bool { return e.delivery != d })
}

// filter keeps some entries only.
func (out *outbox) filter(keep func(entry) bool) {
	out.mu.Lock()
	out.entries = slices.DeleteFunc(out.entries, func(e entry) bool { return !keep(e) })
	out.mu.Unlock()
	out.signal()
}

// close lets nothing in any more and gives what is there.
func (out *outbox) close() []entry {
	out.mu.Lock()
	out.closed = true
	left := out.entries
	out.entries = nil
	out.mu.Unlock()
	out.signal()
	return left
}

// depth is the number of messages in it.
func (out *outbox) depth() (messages int) {
	out.mu.Lock()
	defer out.mu.Unlock()
	for i := range out.entries {
		messages += out.entries[i].messages()
	}
	return messages
}
