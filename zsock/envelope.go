package zsock

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// RoutingID is the name by which a Router or a Stream knows a peer: what the peer chose with WithIdentity, 1 to 255 bytes, or
// five bytes that libzmq made up for the connection, the first of them zero. It is a string so that it can be the key of a map.
type RoutingID string

// String gives the id as text if that is what it is, and otherwise in hexadecimal, such as "0x0080000041".
func (id RoutingID) String() string {
	if id == "" || !utf8.ValidString(string(id)) || strings.ContainsFunc(string(id), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "0x" + hex.EncodeToString([]byte(id))
	}
	return string(id)
}

// To addresses m to the peer of a Router that has the id: the id is the first frame of the result, and the Router takes it off.
// If there is no such peer, the send fails with ErrNoPeer, unless the option router_mandatory is off. To a Req or
// Rep, which expect an empty frame before the body, send m.Wrap().To(id) or use an Envelope.
func (m Message) To(id RoutingID) Message {
	return m.Prepend([]byte(id))
}

// SplitID takes a message that a Router received apart: the routing id of the peer that sent it, and what that peer sent. It
// undoes To. The error is ErrEnvelope if m has one frame only, as no message of a Router has.
//
// It copies the id, at the price of one small allocation; PopFront does the same without.
func (m Message) SplitID() (id RoutingID, body Message, err error) {
	front, body, ok := m.PopFront()
	if !ok {
		return "", Message{}, fmt.Errorf("%w: want a routing id and a body, got 1 frame", ErrEnvelope)
	}
	return RoutingID(front), body, nil
}

// Envelope is the way back to whoever asked: the routing ids that a request collected, one at each Router that it passed, the
// nearest peer first. The zero value is the envelope between a Dealer and a Rep next to each other: no ids, the empty delimiter
// alone (ZeroMQ RFC 28). Envelopes are values: no method changes the one that it is called on, and all may be
// used by any number of goroutines.
//
// A Req with the option req_correlate, which is on by default here, adds a frame of four bytes as the last id: the number of the
// request, which has to come back with the answer like the ids.
type Envelope struct {
	hops [][]byte
}

// NewEnvelope makes an envelope of routing ids, the nearest peer first. No id may be empty, or it would end the envelope: the error is
// ErrEnvelope then.
func NewEnvelope(hops ...RoutingID) (Envelope, error) {
	var e Envelope
	for i, id := range hops {
		if id == "" {
			return Envelope{}, fmt.Errorf("%w: routing id %d of %d is empty", ErrEnvelope, i+1, len(hops))
		}
		e.hops = append(e.hops, []byte(id))
	}
	return e, nil
}

// Depth is the number of routing ids.
func (e Envelope) Depth() int {
	return len(e.hops)
}

// Hops gives the routing ids in a new slice, the nearest peer first.
func (e Envelope) Hops() []RoutingID {
	ids := make([]RoutingID, len(e.hops))
	for i, hop := range e.hops {
		ids[i] = RoutingID(hop)
	}
	return ids
}

// Next gives the nearest peer and the envelope that it will see, which is what a Router does when it sends. Without any id, ok is false.
func (e Envelope) Next() (id RoutingID, rest Envelope, ok bool) {
	if len(e.hops) == 0 {
		return "", Envelope{}, false
	}
	return RoutingID(e.hops[0]), Envelope{e.hops[1:]}, true
}

// Equal reports whether both envelopes lead the same way.
func (e Envelope) Equal(other Envelope) bool {
	return slices.Equal(e.Hops(), other.Hops())
}

// String gives the routing ids, the nearest peer first, such as "broker > client 7".
func (e Envelope) String() string {
	texts := make([]string, len(e.hops))
	for i, id := range e.Hops() {
		texts[i] = id.String()
	}
	return strings.Join(texts, " > ")
}

// PushEnvelope puts m in the envelope: the routing ids, an empty delimiter, then m. A message in an envelope may be put in
// another one, to any depth; the last one pushed is the first to be popped.
func (m Message) PushEnvelope(e Envelope) Message {
	return m.Wrap(e.hops...)
}

// PopEnvelope takes the outermost envelope off: the frames before the first empty one are the routing ids, those behind it
// the body. It undoes PushEnvelope, and it is what a server does with a request that came through Routers, so as to send the
// answer with PushEnvelope the same way. The error is ErrEnvelope if there is no empty frame with a body behind it, and tells how
// many frames there were.
//
// The envelope refers to the frames of m.
func (m Message) PopEnvelope() (Envelope, Message, error) {
	route, body := m.Unwrap()
	if route == nil {
		return Envelope{}, Message{}, fmt.Errorf("%w: none of its %d frames is an empty delimiter with a body behind it", ErrEnvelope, m.Len())
	}
	return Envelope{route}, body, nil
}
