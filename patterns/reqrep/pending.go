package reqrep

import (
	"math/rand/v2"
	"sync"

	"github.com/actomq/actomq/zsock"
)

// pending is the table of calls that wait for an answer. Callers enter and leave, the reader settles.
type pending struct {
	mu    sync.Mutex
	last  uint64
	calls map[uint64]chan<- zsock.Message
}

// newPending begins at a random number, so that what a server says to an earlier client of the same name meets no call.
func newPending() *pending {
	return &pending{last: rand.Uint64(), calls: make(map[uint64]chan<- zsock.Message)}
}

// enter makes room for one answer.
func (p *pending) enter() (id uint64, answer <-chan zsock.Message) {
	ch := make(chan zsock.Message, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.calls[p.last] = ch
	return p.last, ch
}

func (p *pending) leave(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, id)
}

// settle hands a reply to its call and reports whether there was one.
func (p *pending) settle(id uint64, body zsock.Message) bool {
	p.mu.Lock()
	ch := p.calls[id]
	delete(p.calls, id)
	p.mu.Unlock()
	if ch == nil {
		return false
	}
	ch <- body
	return true
}
