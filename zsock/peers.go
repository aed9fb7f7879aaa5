package zsock

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// peers counts connections whose handshake is done.
type peers struct {
	gauge
	wire   map[string]*link // by endpoint, from the monitor
	inproc int              // from the system's table of inproc names

	rejected atomic.Uint64 // handshakes that failed, over all incarnations
}

// link is what is known about the connections of one endpoint. libzmq tells the descriptor of a connection when it opens and
// when it closes, but not when its handshake ends, and of some handshakes that fail it tells nothing but the close. So a
// handshake that is done is taken for that of the newest connection that waits for one.
type link struct {
	open    int   // connections of the transport
	ready   int   // of those, with the handshake done
	bad     int   // of those, with the handshake failed, to be closed by libzmq
	waiting []int // descriptors of those that are neither ready nor known to be bad, oldest first
}

func (l *link) opened(fd int) {
	l.open++
	l.waiting = append(l.waiting, fd)
}

func (l *link) shook() {
	l.ready++
	if n := len(l.waiting); n > 0 {
		l.waiting = l.waiting[:n-1]
	}
}

func (l *link) closed(fd int) {
	l.open--
	i := slices.Index(l.waiting, fd)
	switch {
	case i >= 0:
		l.waiting = slices.Delete(l.waiting, i, i+1)
		l.bad = max(0, l.bad-1)
	case l.bad > 0: // it was taken for one that is ready: that one still waits in its place
		l.bad--
		l.waiting = l.waiting[:max(0, len(l.waiting)-1)]
	default:
		l.ready--
	}
}

func (p *peers) total() int {
	n := p.inproc
	for _, l := range p.wire {
		n += l.ready
	}
	return n
}

func (p *peers) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total()
}

func (p *peers) change(endpoint string, change func(*link)) {
	p.update(func() {
		if p.wire == nil {
			p.wire = make(map[string]*link)
		}
		l := p.wire[endpoint]
		if l == nil {
			l = &link{}
			p.wire[endpoint] = l
		}
		change(l)
		l.open = max(0, l.open)
		l.ready = min(max(0, l.ready), l.open)
		l.bad = min(max(0, l.bad), l.open-l.ready)
		if l.open == 0 {
			delete(p.wire, endpoint)
		}
	})
}

func (p *peers) forget(endpoint string) { p.update(func() { delete(p.wire, endpoint) }) }
func (p *peers) reset()                 { p.update(func() { p.wire, p.inproc = nil, 0 }) }
func (p *peers) setInproc(n int)        { p.update(func() { p.inproc = n }) }

// maxSubscriptions bounds what peers can make us remember; libzmq itself knows no bound.
const maxSubscriptions = 1 << 20

// subscribers counts the subscriptions that the peers of a Pub or XPub hold.
type subscribers struct {
	gauge
	topics map[string]int
}

// note takes a subscription message (ZeroMQ RFC 29: a byte 1 or 0 and the topic) into account.
func (s *subscribers) note(m Message) {
	first, rest := m.parts()
	if len(rest) > 0 || len(first) == 0 || first[0] > 1 {
		return
	}
	topic := string(first[1:])
	s.update(func() {
		if first[0] == 1 {
			if s.topics == nil {
				s.topics = make(map[string]int)
			}
			if _, known := s.topics[topic]; known || len(s.topics) < maxSubscriptions {
				s.topics[topic]++
			}
		} else if s.topics[topic]--; s.topics[topic] <= 0 {
			delete(s.topics, topic)
		}
	})
}

func (s *subscribers) reset() { s.update(func() { s.topics = nil }) }

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
	connectors map[*Socket]int
}

func (t *inprocTable) name(name string) *inprocName {
	if t.names == nil {
		t.names = make(map[string]*inprocName)
	}
	n := t.names[name]
	if n == nil {
		n = &inprocName{connectors: make(map[*Socket]int)}
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
	n.binder = s
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
	n.binder = nil
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
	n.connectors[s]++
	t.recount(n)
}

func (t *inprocTable) disconnect(name string, s *Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.name(name)
	if n.connectors[s]--; n.connectors[s] <= 0 {
		delete(n.connectors, s)
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
			n.binder = nil
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
			for _, times := range n.connectors {
				count += times
			}
		} else if n.binder != nil {
			count += n.connectors[s]
		}
	}
	return count
}
