package zsock

import (
	"time"

	"github.com/actomq/actomq/actor"
)

// revival is what the owner does for a connect that libzmq has given up: after a handshake that failed, a frame that was too
// large, and whatever else it takes for a wrong protocol, it does not try again, and says nothing. So a connection that
// ended, and of which libzmq has not said that it tries again, is undone and connected to anew.
type revival struct {
	pause    time.Duration // before the next one
	sessions uint64        // handshakes that had succeeded before the last one
	due      bool          // a look is under way
}

// revive looks whether libzmq has given a connect up. It looks twice, for the news of a retry may be on its way.
type revive struct {
	endpoint string
	again    bool
}

func (revive) isCommand() {}

// The pauses before a connect that was given up is made anew, doubled each time.
const (
	shortestRevival = 500 * time.Millisecond
	longestRevival  = 10 * time.Second
	secondLook      = 100 * time.Millisecond
)

// suspect is told of a connect whose connection ended.
func (o *owner) suspect(ctx *actor.Context[Command], endpoint string) {
	if again, ok := o.desired.get("reconnect_ivl").(time.Duration); ok && again < 0 {
		return // nobody wants it
	}
	name, sessions, wanted := o.peers.connectAt(endpoint)
	if !wanted {
		return
	}
	r := o.revivals[name]
	switch {
	case r == nil:
		r = &revival{pause: shortestRevival}
		if o.revivals == nil {
			o.revivals = make(map[string]*revival)
		}
		o.revivals[name] = r
	case r.due:
		return
	case sessions > r.sessions:
		r.pause = shortestRevival
	}
	r.due, r.sessions = true, sessions
	ctx.After(r.pause, revive{endpoint: name})
}

func (o *owner) revive(ctx *actor.Context[Command], m revive) error {
	r := o.revivals[m.endpoint]
	if r == nil {
		return nil
	}
	switch {
	case !o.peers.givenUp(m.endpoint):
		r.due = false
		return nil
	case !m.again:
		ctx.After(secondLook, revive{m.endpoint, true})
		return nil
	}
	r.due = false
	r.pause = min(2*r.pause, longestRevival)
	undone := false
	for i := range o.desired.connects {
		p := &o.desired.connects[i]
		if p.request != m.endpoint {
			continue
		}
		if !undone { // one call undoes all of that name
			undone = true
			_ = o.zmq.Disconnect(p.handle)
		}
		if err := o.namePeer(p); err != nil {
			return err
		}
		if err := o.zmq.Connect(p.request); err != nil {
			return o.fault("connect", p.request, "", err)
		}
		o.peerNamed(p)
	}
	o.peers.connecting(m.endpoint, time.Now())
	return nil
}

// connectAt finds the connect that an endpoint of an event belongs to, and how often it was ready.
func (p *peers) connectAt(endpoint string) (name string, sessions uint64, wanted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.stations[endpoint]
	if st == nil || len(st.wanted) == 0 {
		return "", 0, false
	}
	for _, l := range st.wanted {
		sessions += l.Sessions
	}
	return st.name, sessions, true
}

// givenUp reports whether nothing stands of any connect to an endpoint, and libzmq has not said that it tries again.
func (p *peers) givenUp(endpoint string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.stations[endpoint]
	if st == nil || len(st.wanted) == 0 {
		return false
	}
	for _, l := range st.wanted {
		if l.open || l.State != PeerRefused && l.State != PeerDisconnected {
			return false
		}
	}
	return true
}

// connecting notes that all connects to an endpoint were made anew. What failed before is known until they are ready.
func (p *peers) connecting(endpoint string, now time.Time) {
	p.update(func() {
		if st := p.stations[endpoint]; st != nil {
			for _, l := range st.wanted {
				l.become(PeerConnecting, now)
			}
		}
	})
}
