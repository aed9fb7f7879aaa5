package reqrep

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/actomq/actomq/zsock"
)

// pending is the table of calls that wait for an answer. Callers enter and leave, the reader settles.
type pending struct {
	mu    sync.Mutex
	last  uint64
	calls map[uint64]*call
	busy  chan struct{} // of capacity 1, told of each call; nil when nobody wants to know
}

// call is one entry of the table.
type call struct {
	answer chan zsock.Message // of capacity 1
	lost   chan struct{}      // of capacity 1: whatever carried the request is gone
	sent   time.Time          // just before libzmq got the latest try; zero before the first
}

// newPending begins at a random number, so that what a server says to an earlier client of the same name meets no call.
func newPending() *pending {
	return &pending{last: rand.Uint64(), calls: make(map[uint64]*call)}
}

// enter makes room for one answer.
func (p *pending) enter() (id uint64, c *call) {
	c = &call{answer: make(chan zsock.Message, 1), lost: make(chan struct{}, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.calls[p.last] = c
	if p.busy != nil {
		signal(p.busy)
	}
	return p.last, c
}

func (p *pending) leave(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, id)
}

// sending notes that a try is about to go out. What became of the one before does not matter any more.
func (p *pending) sending(c *call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.sent = time.Now()
	select {
	case <-c.lost:
	default:
	}
}

// settle hands a reply to its call and reports whether there was one.
func (p *pending) settle(id uint64, body zsock.Message) bool {
	p.mu.Lock()
	c := p.calls[id]
	delete(p.calls, id)
	p.mu.Unlock()
	if c == nil {
		return false
	}
	c.answer <- body
	return true
}

// lose tells the calls that were sent before.
func (p *pending) lose(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.sentBefore(before) {
			signal(c.lost)
		}
	}
}

// look reports whether there are calls, and among them some that were sent before.
func (p *pending) look(before time.Time) (some, lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		lost = lost || c.sentBefore(before)
	}
	return len(p.calls) > 0, lost
}

func (c *call) sentBefore(t time.Time) bool { return !c.sent.IsZero() && c.sent.Before(t) }

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
