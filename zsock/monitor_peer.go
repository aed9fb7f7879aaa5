package zsock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Peer is one connection of a socket, or one that should be: every connect has an entry for as long as it is wanted, and
// everything that came by a bind has one for as long as its connection lives.
type Peer struct {
	Mode     Mode      // Connected: this socket connects to it; Bound: it came by a bind
	Endpoint string    // of this socket, as in Event.Endpoint
	Remote   string    // the peer's address over tcp, as in Event.Remote
	State    PeerState // as of the last event
	Since    time.Time // when it came into that state
	Err      error     // the last failure, nil again once it is ready
	Sessions uint64    // how often it has become ready since it was connected to, or came
}

// PeerState says how far a connection is.
type PeerState int

// The states of a peer. One that came by a bind is handshaking, ready or refused, and then gone.
const (
	PeerConnecting   PeerState = iota + 1 // nothing is there yet
	PeerHandshaking                       // the transport's connection stands, ZMTP's handshake is not over
	PeerReady                             // messages can pass
	PeerRefused                           // the handshake failed as told by Err; it is tried again after a while
	PeerDisconnected                      // the connection ended
	PeerRetrying                          // libzmq waits to try again
	peerStates
)

var peerWords = [peerStates]string{
	PeerConnecting: "connecting", PeerHandshaking: "handshaking", PeerReady: "ready",
	PeerRefused: "refused", PeerDisconnected: "disconnected", PeerRetrying: "retrying",
}

// String gives the state in a word: "ready".
func (s PeerState) String() string {
	if s <= 0 || s >= peerStates {
		return fmt.Sprintf("PeerState(%d)", int(s))
	}
	return peerWords[s]
}

// MarshalText implements encoding.TextMarshaler.
func (s PeerState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String shows the peer in one line, without its times.
func (p Peer) String() string {
	text := fmt.Sprintf("%v %s", p.State, p.Endpoint)
	if p.Remote != "" && "tcp://"+p.Remote != p.Endpoint {
		text += " from " + p.Remote
	}
	if p.Err != nil {
		text += ": " + strings.TrimPrefix(p.Err.Error(), errorPrefix)
	}
	return text
}

// Peers gives the state of every peer, those that the socket connects to first, ordered by endpoint and address. It follows from
// the events that monitors see, and is never behind them: what a monitor has shown is in it. It does not wait and does
// not ask libzmq.
func (s *Socket) Peers() []Peer {
	list := append(s.sys.inproc.peersOf(s), s.peers.list()...)
	slices.SortFunc(list, func(a, b Peer) int {
		return cmp.Or(-cmp.Compare(a.Mode, b.Mode), cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(a.Remote, b.Remote), a.Since.Compare(b.Since))
	})
	return list
}

// ReadyPeers is the number of peers whose handshake is done: what WaitConnected waits for.
func (s *Socket) ReadyPeers() int { return s.peers.count() }

// link is one connection, or one that is wanted.
type link struct {
	Peer
	at    *station
	fd    uint32
	open  bool   // a connection of the transport stands
	born  uint64 // its place in the order of connections
	rival uint64 // ready, unless one of those in their handshake that is no younger than this is; 0 when there was none
}

func (l *link) become(s PeerState, now time.Time) {
	if l.State != s {
		l.State, l.Since = s, now
	}
}

// station is what is known about one endpoint. libzmq names the descriptor of a connection when it opens and when it ends, but
// not when its handshake succeeds or fails, so with several handshakes at a time the newest is taken for the one that
// succeeded, and the end of the others tells whether that was right.
type station struct {
	name    string
	wanted  []*link // connects, as often as they were made
	shaking []*link // connections in their handshake, oldest first
	ready   int
	early   int   // handshakes whose beginning is still to be reported
	failure error // of a handshake; the end of its connection follows
	refused *link // whose failure it is, if that is certain
}

func (st *station) shook(l *link) {
	if i := slices.Index(st.shaking, l); i >= 0 {
		st.shaking = slices.Delete(st.shaking, i, i+1)
	}
}

// rival is the connection in its handshake that l could have been mistaken for.
func (st *station) rival(l *link) *link {
	for _, other := range slices.Backward(st.shaking) {
		if other.born <= l.rival {
			return other
		}
	}
	return nil
}
