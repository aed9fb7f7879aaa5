package zsock

import (
	"iter"
	"slices"
)

// sendQueue is what the owner has taken over and libzmq has not taken yet, oldest first. It outlives
// incarnations. Popping does not copy, and an empty queue keeps no more memory than a burst needs.
//
// What is in the owner's burst is at the front: entries that are there entirely, then perhaps a batch of which a part is.
type sendQueue struct {
	items   []entry
	arena   arena // of the posted messages among them
	head    int
	encoded int // entries that are in the burst entirely
	left    int // messages that libzmq has not taken
}

func (q *sendQueue) entries() []entry { return q.items[q.head:] }

// front is the oldest entry; there must be one.
func (q *sendQueue) front() *entry { return &q.items[q.head] }

// next is the first entry that is not in the burst entirely, or nil. It is valid until the queue changes.
func (q *sendQueue) next() *entry {
	if i := q.head + q.encoded; i < len(q.items) {
		return &q.items[i]
	}
	return nil
}

// inBurst ranges over the entries of which anything is in the burst.
func (q *sendQueue) inBurst() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for i := range q.encoded {
			if !yield(&q.items[q.head+i]) {
				return
			}
		}
		if e := q.next(); e != nil && e.delivery.partial() {
			yield(e)
		}
	}
}

// unencode is told that the burst was emptied.
func (q *sendQueue) unencode() {
	for e := range q.inBurst() {
		if d := e.delivery; d != nil {
			d.encoded = int(d.taken.Load())
		}
	}
	q.encoded = 0
}

func (q *sendQueue) push(e entry) {
	if q.head > 0 && len(q.items) == cap(q.items) && q.head >= len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, e)
	q.left += e.messages()
}

// popFront forgets the oldest entry, which has to be counted off before. With the last one goes the memory of all.
func (q *sendQueue) popFront() {
	q.items[q.head] = entry{}
	q.head++
	q.encoded = max(0, q.encoded-1)
	q.reset()
}

// reset starts over at the beginning of the memory once the queue is empty.
func (q *sendQueue) reset() {
	if q.head < len(q.items) {
		return
	}
	q.items, q.head = q.items[:0], 0
	q.arena.reset()
	if cap(q.items) > 4*burstMessages {
		q.items = nil
	}
}

// refill swaps an empty queue for what callers have put in the meantime.
func (q *sendQueue) refill(out *outbox) {
	if len(q.entries()) == 0 && out.filled.Load() {
		q.head = 0
		q.items, q.arena = out.take(q.items[:0], q.arena)
		q.left = 0
		for i := range q.items {
			q.left += q.items[i].messages()
		}
	}
}

// filter must not be called while anything is in the burst.
func (q *sendQueue) filter(keep func(entry) bool) {
	kept := slices.DeleteFunc(q.entries(), func(e entry) bool {
		if keep(e) {
			return false
		}
		q.left -= e.messages()
		return true
	})
	q.items = q.items[:q.head+len(kept)]
	q.reset()
}
