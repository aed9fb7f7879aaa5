package zsock

import (
	"context"
	"slices"
	"sync"
)

// entry is a message on its way to libzmq.
type entry struct {
	message  Message
	delivery *delivery // nil for a Post
}

// outbox holds what callers want sent until the owner takes all of it at once: the owner swaps a slice instead of receiving
// one by one, so a message costs its sender one short lock. It is bounded, and outlives incarnations.
type outbox struct {
	mu      sync.Mutex
	entries []entry
	limit   int
	closed  bool
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

// put adds a message, or all messages of d when it is a batch, which needs room for one.
func (out *outbox) put(ctx context.Context, m Message, d *delivery) error {
	if done, err := out.tryPut(m, d); done || err != nil {
		return err
	}
	for {
		select {
		case <-out.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		done, err := out.tryPut(m, d)
		if done || err != nil {
			out.signal() // the next one that waits
			return err
		}
	}
}

// tryPut reports whether there was room.
func (out *outbox) tryPut(m Message, d *delivery) (done bool, err error) {
	out.mu.Lock()
	if out.closed {
		out.mu.Unlock()
		return false, ErrClosed
	}
	if len(out.entries) >= out.limit {
		out.mu.Unlock()
		return false, nil
	}
	first := len(out.entries) == 0
	if d == nil || d.many == nil {
		out.entries = append(out.entries, entry{m, d})
	} else {
		out.entries = slices.Grow(out.entries, len(d.many))
		for _, m := range d.many {
			out.entries = append(out.entries, entry{m, d})
		}
	}
	out.mu.Unlock()
	if first {
		out.poke()
	}
	return true, nil
}

// take gives everything that is there and keeps spare for the next entries.
func (out *outbox) take(spare []entry) []entry {
	out.mu.Lock()
	taken := out.entries
	if len(taken) == 0 {
		out.mu.Unlock()
		return spare
	}
	out.entries = spare[:0]
	out.mu.Unlock()
	out.signal()
	return taken
}

// remove takes back what the owner has not taken yet.
func (out *outbox) remove(d *delivery) {
	out.mu.Lock()
	out.entries = slices.DeleteFunc(out.entries, func(e entry) bool { return e.delivery == d })
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

func (out *outbox) depth() int {
	out.mu.Lock()
	defer out.mu.Unlock()
	return len(out.entries)
}
