package pipeline

import "sync/atomic"

// queue is first in, first out. The zero value is empty.
type queue[E any] struct {
	items []E
	head  int
}

func (q *queue[E]) len() int { return len(q.items) - q.head }

func (q *queue[E]) push(items ...E) {
	if q.head > 0 && q.head >= len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, items...)
}

func (q *queue[E]) front() E { return q.items[q.head] }

func (q *queue[E]) pop() E {
	var none E
	e := q.items[q.head]
	q.items[q.head] = none
	q.head++
	return e
}

// keep drops what does not satisfy wanted.
func (q *queue[E]) keep(wanted func(E) bool) {
	kept := q.items[:0]
	for _, e := range q.items[q.head:] {
		if wanted(e) {
			kept = append(kept, e)
		}
	}
	clear(q.items[len(kept):])
	q.items, q.head = kept, 0
}

// bell wakes an actor by its token channel, which it learns when the actor starts. Ringing never waits, and rings that nobody
// has heard yet are one.
type bell struct {
	token atomic.Pointer[chan<- struct{}]
}

func (b *bell) hang(token chan<- struct{}) { b.token.Store(&token) }

func (b *bell) ring() {
	if token := b.token.Load(); token != nil {
		select {
		case *token <- struct{}{}:
		default:
		}
	}
}
