package zsock

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// inprocTable knows who is bound and connected to which inproc name, since libzmq's monitor is silent about inproc. What libzmq is
// asked for changes together with the table, so that nobody sees the one without the other.
//
// libzmq keeps a connect that finds no binder for the one to come, but does not reconnect: with a binder its connects are lost.
// The next binder of the name has their sockets connect again.
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
	connects   int // of all connectors, without the lost ones
}

type inprocConnects struct {
	times int
	since time.Time // of the first
	lost  bool      // the binder that they were connected to is gone
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

// bind has libzmq bind s to a name, and those who were connected to it before connect again.
func (t *inprocTable) bind(name string, s *Socket, bind func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := bind(); err != nil {
		return err
	}
	n := t.enter(name, s)
	n.binder, n.bound = s, time.Now()
	t.recount(s)
	for socket, c := range n.connectors {
		t.recount(socket)
		if c.lost {
			socket.reconnect(name)
		}
	}
	return nil
}

// reconnect has libzmq connect s again to a name, if its connects are lost and there is a binder.
func (t *inprocTable) reconnect(name string, s *Socket, connect func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.names[name]
	if n == nil || n.binder == nil || n.connectors[s] == nil || !n.connectors[s].lost {
		return nil
	}
	if err := connect(); err != nil {
		return err
	}
	c := n.connectors[s]
	c.lost, c.since = false, time.Now()
	n.connects += c.times
	t.recount(s)
	t.recount(n.binder)
	return nil
}

func (t *inprocTable) isBound(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.names[name]
	return n != nil && n.binder != nil
}

func (t *inprocTable) unbind(name string, unbind func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := unbind(); err != nil {
		return err
	}
	if n := t.names[name]; n != nil && n.binder != nil {
		t.release(n)
	}
	return nil
}

// release takes the binder from its name.
func (t *inprocTable) release(n *inprocName) {
	binder := n.binder
	n.binder, n.bound, n.connects = nil, time.Now(), 0
	for _, c := range n.connectors {
		c.lost = true
	}
	t.prune(n, binder)
	for socket := range n.connectors {
		t.recount(socket)
	}
}

func (t *inprocTable) connect(name string, s *Socket, connect func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := connect(); err != nil {
		return err
	}
	n := t.enter(name, s)
	c := n.connectors[s]
	if c == nil {
		c = &inprocConnects{since: time.Now()}
		n.connectors[s] = c
	}
	c.times++
	if !c.lost { // else it waits for the others
		n.connects++
	}
	t.recount(s)
	t.recount(n.binder)
	return nil
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
	if !c.lost {
		n.connects -= times
	}
	if c.times == 0 {
		delete(n.connectors, s)
	}
	t.prune(n, s)
	t.recount(n.binder)
}

// leave forgets everything about s, whose incarnation is over, and has libzmq unbind it: a socket that is closed keeps its names for a while,
// and whoever connected to one then would be connected to nobody.
func (t *inprocTable) leave(s *Socket, unbind func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	unbind()
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
		} else if c != nil && n.binder != nil && !c.lost {
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
			if n.binder != nil && !c.lost {
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
