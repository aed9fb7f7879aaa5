package zsock

import (
	"context"
	"sync"
)

// gauge is a state that the owner changes and any goroutine may wait on.
type gauge struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change; nil while nobody waits
}

// await returns once holds does, which is called with the lock held.
func (g *gauge) await(ctx context.Context, done <-chan struct{}, holds func() bool) error {
	for {
		g.mu.Lock()
		if holds() {
			g.mu.Unlock()
			return nil
		}
		if g.changed == nil {
			g.changed = make(chan struct{})
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-done:
			return ErrClosed
		case <-ctx.Done():
			return causeOf(ctx)
		}
	}
}

func (g *gauge) update(change func()) {
	g.mu.Lock()
	change()
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
	g.mu.Unlock()
}

// What peers can make us remember is bounded; libzmq itself knows no bound.
const (
	maxSubscriptions     = 1 << 20
	maxSubscriptionBytes = 64 << 20 // of all topics together, with a byte for each
)

// subscribers counts the subscriptions that the peers of a Pub or XPub hold.
type subscribers struct {
	gauge
	topics     map[string]int
	bytes      int
	overlooked uint64 // beyond the bounds
}

// note takes a subscription message (ZeroMQ RFC 29: a byte 1 or 0 and the topic) into account. Peers may send anything, and libzmq
// passes on that one unsubscribes from what nobody has subscribed to.
func (s *subscribers) note(m Message) {
	first, rest := m.parts()
	if len(rest) > 0 || len(first) == 0 || first[0] > 1 {
		return
	}
	subscribes := first[0] == 1
	s.update(func() {
		count, known := s.topics[string(first[1:])]
		if !known && !subscribes {
			return
		}
		if !known && (len(s.topics) >= maxSubscriptions || s.bytes+len(first) > maxSubscriptionBytes) {
			s.overlooked++
			return
		}
		topic := string(first[1:])
		switch {
		case !known:
			if s.topics == nil {
				s.topics = make(map[string]int)
			}
			s.topics[topic] = 1
			s.bytes += len(first)
		case subscribes:
			s.topics[topic]++
		case count > 1:
			s.topics[topic]--
		default:
			delete(s.topics, topic)
			s.bytes -= len(first)
		}
	})
}

func (s *subscribers) beyond() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overlooked
}

func (s *subscribers) reset() { s.update(func() { s.topics, s.bytes = nil, 0 }) }

// matching counts the subscriptions that a message beginning with topic would meet. The lock is held.
func (s *subscribers) matching(topic string) (n int) {
	for length := range len(topic) + 1 { // the peers decide how many subscriptions there are
		n += s.topics[topic[:length]]
	}
	return n
}
