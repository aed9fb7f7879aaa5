package zsock

import (
	"strings"
	"sync/atomic"
	"time"
)

// peers follows the connections of a socket by its events. The owner changes it, anybody may look.
type peers struct {
	gauge
	inproc   int // ready ones, from the system's table of inproc names
	ready    int // ready ones of all stations
	stations map[string]*station
	links    map[uint32]*link // the open ones, by descriptor
	born     uint64           // connections so far
	threads  bool             // libzmq has several threads, which report side by side

	rejected atomic.Uint64 // handshakes that failed, over all incarnations
}

func (p *peers) total() int { return p.inproc + p.ready }

func (p *peers) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total()
}

func (p *peers) reset() {
	p.update(func() { p.inproc, p.ready, p.stations, p.links = 0, 0, nil, nil })
}

func (p *peers) setInproc(n int) { p.update(func() { p.inproc = n }) }

func (p *peers) list() []Peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Peer
	for name, st := range p.stations {
		if name != st.name {
			continue // another name of it
		}
		for _, l := range st.wanted {
			list = append(list, l.Peer)
		}
	}
	for _, l := range p.links {
		if l.Mode == Bound {
			list = append(list, l.Peer)
		}
	}
	return list
}

func (p *peers) station(endpoint string) *station {
	st := p.stations[endpoint]
	if st == nil {
		if p.stations == nil {
			p.stations, p.links = make(map[string]*station), make(map[uint32]*link)
		}
		st = &station{name: endpoint}
		p.stations[endpoint] = st
	}
	return st
}

// expect notes a connect.
func (p *peers) expect(endpoint string, now time.Time) {
	p.update(func() {
		st := p.station(endpoint)
		st.wanted = append(st.wanted, &link{at: st, Peer: Peer{Mode: Connected, Endpoint: endpoint, State: PeerConnecting, Since: now}})
	})
}

// forget ends everything of an endpoint that is not bound or connected any more, which libzmq does in silence: it gives the events.
func (p *peers) forget(mode Mode, endpoint string, now time.Time) (ended []Event) {
	p.update(func() {
		for fd, l := range p.links {
			if l.Mode == mode && (l.Endpoint == endpoint || mode == Bound && behind(endpoint, l.Endpoint)) {
				ended = append(ended, Event{Time: now, Kind: EventDisconnected, Endpoint: l.Endpoint, Remote: l.Remote})
				p.drop(fd)
			}
		}
		for name, st := range p.stations {
			if mode == Connected && name == endpoint {
				st.wanted = nil
			}
			if name == endpoint || mode == Bound && behind(endpoint, name) {
				st.failure, st.refused, st.early = nil, nil, 0
				p.tidy(name)
			}
		}
	})
	return ended
}

// behind reports whether connections of the local address came by a listener on a wildcard: the port tells.
func behind(listener, local string) bool {
	for _, any := range []string{"tcp://0.0.0.0:", "tcp://[::]:"} {
		if port, ok := strings.CutPrefix(listener, any); ok {
			return strings.HasPrefix(local, "tcp://") && strings.HasSuffix(local, ":"+port)
		}
	}
	return false
}

// tidy lets go of a station that nothing is known about.
func (p *peers) tidy(endpoint string) {
	st := p.stations[endpoint]
	if st == nil || len(st.wanted) > 0 || len(st.shaking) > 0 || st.ready > 0 || st.failure != nil || st.early > 0 {
		return
	}
	for name, other := range p.stations { // other names of a host are the same station
		if other == st {
			delete(p.stations, name)
		}
	}
}

// drop takes an open link out of the books.
func (p *peers) drop(fd uint32) {
	l := p.links[fd]
	if l == nil {
		return
	}
	delete(p.links, fd)
	l.open = false
	l.at.shook(l)
	if l.State == PeerReady {
		l.at.ready--
		p.ready--
	}
}

// follow takes an event into account and adds what libzmq does not say. fd is the descriptor of those events that have one. The
// lock is held.
func (p *peers) follow(e *Event, fd uint32) {
	switch e.Kind {
	case EventConnectDelayed, EventConnectRetried, EventConnected:
		st := p.dialled(e.Endpoint)
		if st == nil {
			return // it was disconnected in the meantime
		}
		p.followConnect(st, e, fd)
	case EventClosed:
		p.followClosed(e)
	case EventAccepted:
		st := p.station(e.Endpoint)
		p.opened(&link{at: st, Peer: Peer{Mode: Bound, Endpoint: e.Endpoint}}, e, fd)
	case EventHandshakeSucceeded, EventHandshakeFailed:
		if e.Kind == EventHandshakeFailed {
			p.rejected.Add(1)
		}
		if st := p.stations[e.Endpoint]; st != nil || p.threads {
			p.followHandshake(p.station(e.Endpoint), e)
		}
	case EventDisconnected:
		p.followEnd(e, fd)
		p.tidy(e.Endpoint)
	}
}

// dialled finds the connect that an event belongs to. libzmq reports the name of a host as it was given until it has resolved it
// once, and then the address, so the port has to do.
func (p *peers) dialled(endpoint string) *station {
	if st := p.stations[endpoint]; st != nil && len(st.wanted) > 0 {
		return st
	}
	colon := strings.LastIndexByte(endpoint, ':')
	if colon < 0 || !strings.HasPrefix(endpoint, "tcp://") {
		return nil
	}
	for name, st := range p.stations {
		if len(st.wanted) > 0 && strings.HasSuffix(name, endpoint[colon:]) && st.idle() != nil && !numeric(name) {
			p.stations[endpoint] = st
			return st
		}
	}
	return nil
}

// numeric reports whether a rendered endpoint names its host by a number, so that it has no other name.
func numeric(endpoint string) bool {
	e, err := ParseEndpoint(endpoint)
	if err != nil {
		return false
	}
	_, ok := e.Addr()
	return ok && !strings.Contains(endpoint, ";")
}

// idle is the first connect without a connection.
func (st *station) idle() *link {
	for _, l := range st.wanted {
		if !l.open {
			return l
		}
	}
	return nil
}

func (p *peers) followConnect(st *station, e *Event, fd uint32) {
	l := st.idle()
	switch e.Kind {
	case EventConnected:
		if l == nil { // the one before was undone by a Disconnect
			l = st.wanted[0]
			p.drop(l.fd)
		}
		p.opened(l, e, fd)
	case EventConnectDelayed:
		if l != nil {
			l.become(PeerConnecting, e.Time)
		}
	case EventConnectRetried:
		if l != nil {
			l.become(PeerRetrying, e.Time)
		}
	}
}

// followClosed: the descriptor of a connect that did not come about was closed, or that of a listener. What the listener had
// accepted until it was unbound, and was not reported before, has ended with it.
func (p *peers) followClosed(e *Event) {
	if st := p.stations[e.Endpoint]; st != nil && len(st.wanted) > 0 {
		if l := st.idle(); l != nil {
			l.Err, e.Err = ErrNoAnswer, ErrNoAnswer
		}
		return
	}
	for fd, l := range p.links {
		if l.Mode == Bound && (l.Endpoint == e.Endpoint || behind(e.Endpoint, l.Endpoint)) {
			p.drop(fd)
		}
	}
	p.tidy(e.Endpoint)
}

func (p *peers) opened(l *link, e *Event, fd uint32) {
	p.drop(fd) // libzmq has closed it without a word
	p.born++
	l.fd, l.open, l.Remote, l.born, l.rival = fd, true, e.Remote, p.born, 0
	p.links[fd] = l
	l.become(PeerHandshaking, e.Time)
	l.at.shaking = append(l.at.shaking, l)
	if l.at.early > 0 {
		l.at.early--
		p.shake(l.at, l, e.Time)
	}
}

func (p *peers) shake(st *station, l *link, now time.Time) {
	if st.refused == l {
		st.refused = nil
	}
	if len(st.shaking) > 1 {
		l.rival = p.born
	}
	st.shook(l)
	l.become(PeerReady, now)
	l.Err = nil
	l.Sessions++
	st.ready++
	p.ready++
}

func (p *peers) followHandshake(st *station, e *Event) {
	n := len(st.shaking)
	if e.Kind == EventHandshakeFailed {
		st.failure, st.refused = e.Err, nil
		if n == 1 {
			st.refused = st.shaking[0]
			st.refused.Err, e.Remote = e.Err, st.refused.Remote
			st.refused.become(PeerRefused, e.Time)
		}
		return
	}
	if n == 0 {
		if p.threads {
			st.early++
		}
		return
	}
	l := st.shaking[n-1]
	if n == 1 {
		e.Remote = l.Remote
	}
	p.shake(st, l, e.Time)
}

// followEnd: a connection ended. If a handshake of its endpoint failed just before, it was this one's.
func (p *peers) followEnd(e *Event, fd uint32) {
	l := p.links[fd]
	if l == nil || l.Endpoint != e.Endpoint && l.at != p.stations[e.Endpoint] {
		return
	}
	st, failure := l.at, l.at.failure
	st.failure = nil
	if other := st.refused; other != nil && other != l {
		other.become(PeerHandshaking, e.Time) // the failure was not its own
		other.Err = nil
	}
	st.refused = nil
	shaking := l.State != PeerReady
	if failure != nil && !shaking {
		if right := st.rival(l); right != nil { // it was taken for that one
			p.swap(st, l, right, e.Time)
			shaking = true
		}
	}
	if shaking && failure == nil {
		failure = ErrHandshakeCut
		e.Err = failure
	}
	e.Remote = l.Remote
	p.drop(fd)
	if failure != nil {
		l.Err = failure
	}
	if shaking && failure != ErrHandshakeCut {
		l.become(PeerRefused, e.Time)
		return
	}
	l.become(PeerDisconnected, e.Time)
}

// swap makes ready what was taken for one in its handshake, and the other way round.
func (p *peers) swap(st *station, wrong, right *link, now time.Time) {
	p.drop(wrong.fd)
	wrong.open = true
	p.links[wrong.fd] = wrong
	wrong.become(PeerHandshaking, now)
	p.shake(st, right, now)
}
