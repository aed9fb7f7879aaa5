package zsock

import (
	"context"
	"strings"
	"sync"
	"time"
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
			return context.Cause(ctx)
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
	maxSubscriptionBytes = 64 << 20 // of all topics together
)

// subscribers counts the subscriptions that the peers of a Pub or XPub hold.
type subscribers struct {
	gauge
	topics map[string]int
	bytes  int
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
		if !known && (!subscribes || len(s.topics) >= maxSubscriptions || s.bytes+len(first) > maxSubscriptionBytes) {
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

func (s *subscribers) reset() { s.update(func() { s.topics, s.bytes = nil, 0 }) }

// matching counts the subscriptions that a message beginning with topic would meet. The lock is held.
func (s *subscribers) matching(topic string) (n int) {
	for subscription, count := range s.topics {
		if strings.HasPrefix(topic, subscription) {
			n += count
		}
	}
	return n
}

// inprocTable knows who is bound and connected to which inproc name, since libzmq's monitor is silent about inproc.
type inprocTable struct {
	mu    sync.Mutex
	names map[string]*inprocName
}

type inprocName struct {
	binder     *Socket
	bound      time.Time // since when there is that binder, or none
	connectors map[*Socket]*inprocConnects
}

type inprocConnects struct {
	times int
	since time.Time // of the first
}

func (t *inprocTable) name(name string) *inprocName {
	if t.names == nil {
		t.names = make(map[string]*inprocName)
	}
	n := t.names[name]
	if n == nil {
		n = &inprocName{connectors: make(map[*Socket]*inprocConnects), bound: time.Now()}
		t.names[name] = n
	}
	return n
}

// bind notes a binder. Sockets that were connected to the name before have lost their pipe with the earlier binder, and
// libzmq does not reconnect inproc: they are told to.
func (t *inprocTable) bind(name string, s *Socket, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.name(name)
	n.binder, n.bound = s, time.Now()
	t.recount(n)
	if again {
		for c := range n.connectors {
			c.reconnect(name)
		}
	}
}

func (t *inprocTable) unbind(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.name(name)
	binder := n.binder
	n.binder, n.bound = nil, time.Now()
	if binder != nil {
		binder.peers.setInproc(t.countOf(binder))
	}
	t.recount(n)
	t.prune(name)
}

func (t *inprocTable) connect(name string, s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.name(name)
	c := n.connectors[s]
	if c == nil {
		c = &inprocConnects{since: time.Now()}
		n.connectors[s] = c
	}
	c.times++
	t.recount(n)
}

func (t *inprocTable) disconnect(name string, s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.name(name)
	if c := n.connectors[s]; c != nil {
		if c.times--; c.times <= 0 {
			delete(n.connectors, s)
		}
	}
	s.peers.setInproc(t.countOf(s))
	t.recount(n)
	t.prune(name)
}

// leave forgets everything about s: its incarnation is over.
func (t *inprocTable) leave(s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, n := range t.names {
		if _, connected := n.connectors[s]; !connected && n.binder != s {
			continue
		}
		delete(n.connectors, s)
		if n.binder == s {
			n.binder, n.bound = nil, time.Now()
		}
		t.recount(n)
		t.prune(name)
	}
}

func (t *inprocTable) prune(name string) {
	if n := t.names[name]; n != nil && n.binder == nil && len(n.connectors) == 0 {
		delete(t.names, name)
	}
}

func (t *inprocTable) recount(n *inprocName) {
	if n.binder != nil {
		n.binder.peers.setInproc(t.countOf(n.binder))
	}
	for s := range n.connectors {
		s.peers.setInproc(t.countOf(s))
	}
}

// countOf is how many inproc peers s has. Sockets have few inproc names.
func (t *inprocTable) countOf(s *Socket) (count int) {
	for _, n := range t.names {
		if n.binder == s {
			for _, c := range n.connectors {
				count += c.times
			}
		} else if c := n.connectors[s]; c != nil && n.binder != nil {
			count += c.times
		}
	}
	return count
}

// peersOf gives the inproc peers of s, which have no address but the name.
func (t *inprocTable) peersOf(s *Socket) (list []Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, n := range t.names {
		for connector, c := range n.connectors {
			peer := Peer{Mode: Connected, Endpoint: "inproc://" + name, State: PeerConnecting, Since: n.bound}
			if n.bound.Before(c.since) {
				peer.Since = c.since
			}
			if n.binder != nil {
				peer.State, peer.Sessions = PeerReady, 1
			}
			switch s {
			case connector:
			case n.binder:
				peer.Mode = Bound
			default:
				continue
			}
			for range c.times {
				list = append(list, peer)
			}
		}
	}
	return list
}
