package zsock

import "slices"

// sendQueue is what the owner has taken over and libzmq has not taken yet, oldest first. It outlives
// incarnations. Popping does not copy, and an empty queue keeps no more memory than a burst needs.
type sendQueue struct {
	items []entry
	head  int
}

func (q *sendQueue) entries() []entry { return q.items[q.head:] }

func (q *sendQueue) push(e entry) {
	if q.head > 0 && len(q.items) == cap(q.items) && q.head >= len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, e)
}

func (q *sendQueue) pop(n int) {
	clear(q.items[q.head : q.head+n])
	q.head += n
	if q.head < len(q.items) {
		return
	}
	q.items, q.head = q.items[:0], 0
	if cap(q.items) > 4*burstMessages {
		q.items = nil
	}
}

// refill swaps an empty queue for what callers have put in the meantime.
func (q *sendQueue) refill(out *outbox) {
	if len(q.entries()) == 0 {
		q.items, q.head = out.take(q.items[:0]), 0
	}
}

func (q *sendQueue) filter(keep func(entry) bool) {
	kept := slices.DeleteFunc(q.entries(), func(e entry) bool { return !keep(e) })
	q.items = q.items[:q.head+len(kept)]
	if len(kept) == 0 {
		q.pop(0)
	}
}
