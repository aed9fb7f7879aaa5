package zsock

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/actomq/actomq/internal/libzmq"
)

// Message is one whole ZeroMQ message: one or more frames. ZeroMQ hands a
// message over entirely or not at all, so there is no API for single frames and
// no "send more" flag.
//
// Message is a small value: copy it freely. The zero value is a message of one
// empty frame, and a message never has fewer than one. A message of one frame
// needs no slice of frames.
//
// A Message refers to its frames and does not copy them. Whoever builds a
// message from byte slices must not change them until the send that carries it
// was answered; frames of a received message belong to the receiver. No method
// changes the message it is called on, so a message that nobody writes into may
// be read from any number of goroutines.
type Message struct {
	first []byte
	rest  [][]byte
	from  *libzmq.Properties // of whom it was received, where the socket asks; nil otherwise
}

// Text makes a message of one frame for each string, as UTF-8 bytes. The text is
// copied. Text() is a message of one empty frame.
func Text(frames ...string) Message {
	if len(frames) == 0 {
		return Message{}
	}
	m := Message{first: []byte(frames[0])}
	if len(frames) > 1 {
		m.rest = make([][]byte, len(frames)-1)
		for i, frame := range frames[1:] {
			m.rest[i] = []byte(frame)
		}
	}
	return m
}

// Bytes makes a message of the given frames. Nothing is copied but the list of
// frames: the message refers to the bytes, which must stay unchanged until
// the send that carries the message was answered. Bytes() is a message of one
// empty frame.
func Bytes(frames ...[]byte) Message {
	switch len(frames) {
	case 0:
		return Message{}
	case 1:
		return Message{first: frames[0]}
	default:
		return Message{first: frames[0], rest: concat(frames[1:])}
	}
}

// newMessage takes both parameters over as they are.
func newMessage(first []byte, rest [][]byte) Message {
	return Message{first: first, rest: rest}
}

// parts gives the frames as they are stored. rest may be shared with other
// messages: read it only.
func (m Message) parts() (first []byte, rest [][]byte) {
	return m.first, m.rest
}

// Len is the number of frames, at least 1.
func (m Message) Len() int {
	return 1 + len(m.rest)
}

// Size is the number of bytes in all frames, without what the wire adds.
func (m Message) Size() int {
	size := len(m.first)
	for _, frame := range m.rest {
		size += len(frame)
	}
	return size
}

// weight is the memory of all frames: a great many empty ones are no small thing.
func (m Message) weight() int { return m.Size() + len(m.rest)*frameWeight }

const frameWeight = 24 // of a slice

// Frame gives frame i, counted from 0. It is nil when the message has no such
// frame, and never nil when it has.
func (m Message) Frame(i int) []byte {
	switch {
	case i == 0:
		return exact(m.first)
	case i > 0 && i <= len(m.rest):
		return exact(m.rest[i-1])
	default:
		return nil
	}
}

// Frames gives all frames in a new slice, which the caller may change. The bytes
// are those of the message.
func (m Message) Frames() [][]byte {
	frames := make([][]byte, 0, m.Len())
	for _, frame := range m.All() {
		frames = append(frames, frame)
	}
	return frames
}

// All ranges over the frames with their index, as slices.All does.
func (m Message) All() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for i := range m.Len() {
			if !yield(i, m.Frame(i)) {
				return
			}
		}
	}
}

// String gives the first frame as text. It does not check the encoding:
// Socket.RecvString does. Frames beyond the first are not shown.
func (m Message) String() string {
	return string(m.first)
}

// Match gives the frames if there are exactly n of them, and otherwise an error
// that is ErrMultipart and tells both counts.
//
//	frames, err := m.Match(3)
//	if err != nil {
//		return err
//	}
//	key, unit, value := frames[0], frames[1], frames[2]
func (m Message) Match(n int) ([][]byte, error) {
	if m.Len() != n {
		return nil, fmt.Errorf("%w: want %d, got %d", ErrMultipart, n, m.Len())
	}
	return m.Frames(), nil
}

// clone copies everything.
func (m Message) clone() Message {
	c := Message{first: bytes.Clone(m.first), from: m.from}
	if len(m.rest) > 0 {
		c.rest = make([][]byte, len(m.rest))
		for i, frame := range m.rest {
			c.rest[i] = bytes.Clone(frame)
		}
	}
	return c
}

// Equal reports whether both messages have the same frames. An empty frame
// equals a nil one.
func (m Message) Equal(other Message) bool {
	if m.Len() != other.Len() || !bytes.Equal(m.first, other.first) {
		return false
	}
	for i, frame := range m.rest {
		if !bytes.Equal(frame, other.rest[i]) {
			return false
		}
	}
	return true
}

// With gives a message that has the given frames after those of m. m stays as it
// is, and two messages made from the same m do not disturb each other.
func (m Message) With(frames ...[]byte) Message {
	if len(frames) == 0 {
		return m
	}
	return Message{first: m.first, rest: concat(m.rest, frames), from: m.from}
}

// Prepend gives a message that has the given frames before those of m. On a
// ROUTER, m.Prepend(id) addresses m to the peer with that identity.
func (m Message) Prepend(frames ...[]byte) Message {
	if len(frames) == 0 {
		return m
	}
	return Message{first: frames[0], rest: concat(frames[1:], [][]byte{m.first}, m.rest), from: m.from}
}

// PopFront takes the first frame off and gives it with the message that remains.
// It undoes Prepend of one frame: on a ROUTER the front is the identity of the
// peer. If m has one frame only, nothing could remain: ok is false, front is that
// frame, and rest is the zero message.
func (m Message) PopFront() (front []byte, rest Message, ok bool) {
	if len(m.rest) == 0 {
		return m.Frame(0), Message{}, false
	}
	return m.Frame(0), Message{first: m.rest[0], rest: m.rest[1:], from: m.from}, true
}

// Wrap puts m in an envelope as REQ and REP understand it: the frames of the
// route, an empty delimiter, then m. Without a route it adds the delimiter
// alone, which is how a DEALER speaks with a REP (ZeroMQ RFC 28).
func (m Message) Wrap(route ...[]byte) Message {
	if len(route) == 0 {
		return m.Prepend([]byte{})
	}
	return Message{first: route[0], rest: concat(route[1:], [][]byte{{}, m.first}, m.rest), from: m.from}
}

// Unwrap splits m at its first empty frame: the frames before it are the route
// back to the sender, those after it the body. It undoes Wrap. The route is
// empty but not nil when the delimiter comes first. If there is no delimiter with
// a body behind it, the route is nil and the body is m.
//
// A route that holds an empty frame cannot be told from a delimiter; identities
// that libzmq assigns are never empty (zmq_setsockopt, ZMQ_ROUTING_ID).
func (m Message) Unwrap() (route [][]byte, body Message) {
	for i := range m.rest {
		if len(m.Frame(i)) == 0 {
			route = make([][]byte, i)
			for j := range route {
				route[j] = m.Frame(j)
			}
			return route, Message{first: m.rest[i], rest: m.rest[i+1:], from: m.from}
		}
	}
	return nil, m
}

// concat makes one new list of frames; slices.Concat would leave spare capacity.
func concat(lists ...[][]byte) [][]byte {
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	if n == 0 {
		return nil
	}
	joined := make([][]byte, 0, n)
	for _, list := range lists {
		joined = append(joined, list...)
	}
	return joined
}

// exact hides spare capacity: frames of one received message may lie side by side
// in one allocation, and an append to one must not run into the next. The result
// is never nil.
func exact(frame []byte) []byte {
	if frame == nil {
		return []byte{}
	}
	return frame[:len(frame):len(frame)]
}
