package zsock

import (
	"context"
	"maps"
	"slices"
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

// inprocTable knows who is bound and connected to which inproc name, since libzmq's monitor is silent about inproc.
type inprocTable struct {
	mu    sync.Mutex
	names map[string]*inprocName
	of    map[*Socket]map[*inprocName]struct{} // the names that a socket is bound or connected to
}

type inprocName struct {
	name       string
	binder     *Socket
	bound      time.Time // since when there is that binder, or none
	connectors map[*Socket]*inprocConnects
	connects   int // of all connectors
}

type inprocConnects struct {
	times int
	since time.Time // of the first
}

func (t *inprocTable) enter(name string, s *Socket) *inprocName {
	if t.names == nil {
		t.names, t.of = make(map[string]*inprocName), make(map[*Socket]map[*inprocName]struct{})
	}
	n := t.names[name]
	if n == nil {
		n = &inprocName{name: name, connectors: make(map[*Socket]*inprocConnects), bound: time.Now()}
		t.names[name] = n
	}
	if t.of[s] == nil {
		t.of[s] = make(map[*inprocName]struct{})
	}
	t.of[s][n] = struct{}{}
	return n
}

// bind notes a binder. Sockets that were connected to the name before have lost their pipe with the earlier binder, and
// libzmq does not reconnect inproc: they are told to.
func (t *inprocTable) bind(name string, s *Socket, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.enter(name, s)
	n.binder, n.bound = s, time.Now()
	t.recount(s)
	for c := range n.connectors {
		t.recount(c)
		if again {
			c.reconnect(name)
		}
	}
}

func (t *inprocTable) isBound(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.names[name]
	return n != nil && n.binder != nil
}

func (t *inprocTable) unbind(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.names[name]; n != nil && n.binder != nil {
		t.release(n)
	}
}

// release takes the binder from its name.
func (t *inprocTable) release(n *inprocName) {
	binder := n.binder
	n.binder, n.bound = nil, time.Now()
	t.prune(n, binder)
	for c := range n.connectors {
		t.recount(c)
	}
}

func (t *inprocTable) connect(name string, s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.enter(name, s)
	c := n.connectors[s]
	if c == nil {
		c = &inprocConnects{since: time.Now()}
		n.connectors[s] = c
	}
	c.times++
	n.connects++
	t.recount(s)
	t.recount(n.binder)
}

func (t *inprocTable) disconnect(name string, s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.names[name]; n != nil && n.connectors[s] != nil {
		t.detach(n, s, 1)
	}
}

func (t *inprocTable) detach(n *inprocName, s *Socket, times int) {
	c := n.connectors[s]
	c.times -= times
	n.connects -= times
	if c.times == 0 {
		delete(n.connectors, s)
	}
	t.prune(n, s)
	t.recount(n.binder)
}

// leave forgets everything about s: its incarnation is over.
func (t *inprocTable) leave(s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := range t.of[s] {
		if c := n.connectors[s]; c != nil {
			t.detach(n, s, c.times)
		}
		if n.binder == s {
			t.release(n)
		}
	}
}

// prune drops what ties s to a name that it is not bound or connected to any more, and the name if nobody is.
func (t *inprocTable) prune(n *inprocName, s *Socket) {
	if n.binder != s && n.connectors[s] == nil {
		if delete(t.of[s], n); len(t.of[s]) == 0 {
			delete(t.of, s)
		}
	}
	if n.binder == nil && len(n.connectors) == 0 {
		delete(t.names, n.name)
	}
	t.recount(s)
}

// recount tells s how many inproc peers it has, and who they are as long as they are few.
func (t *inprocTable) recount(s *Socket) {
	if s == nil {
		return
	}
	count, near := 0, make([]*Socket, 0, mostNeighbours)
	for n := range t.of[s] {
		c := n.connectors[s]
		if n.binder == s {
			count += n.connects
			if len(n.connectors) <= mostNeighbours {
				near = slices.AppendSeq(near, maps.Keys(n.connectors))
			}
		} else if c != nil && n.binder != nil {
			count += c.times
			near = append(near, n.binder)
		}
	}
	if len(near) != count || count > mostNeighbours {
		near = nil
	}
	s.neighbours.Store(&near)
	s.peers.setInproc(count)
}

// mostNeighbours is how many peers a socket tells that it has sent something.
const mostNeighbours = 4

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
