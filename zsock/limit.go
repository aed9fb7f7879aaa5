package zsock

import (
	"fmt"
	"math"

	"github.com/actomq/actomq/internal/libzmq"
)

// messageLimit bounds a whole message; 0 means no bound, and negative bytes what maxmsgsize suggests.
type messageLimit struct{ frames, bytes int }

const (
	defaultFrames = 64 << 10
	defaultBytes  = 256 << 20
	largestFrames = 4 // frames as large as maxmsgsize that fit into one message by default
)

// messageLimit is the one in force.
func (o *owner) messageLimit() messageLimit {
	l := o.limit
	if l.bytes < 0 {
		l.bytes = 0
		if largest := o.desired.largest; largest >= 0 && largest < math.MaxInt/largestFrames {
			l.bytes = max(defaultBytes, int(largest)*largestFrames)
		}
	}
	return l
}

// WithMessageLimit bounds a whole message, in frames and in bytes of all its frames together; 0 means no bound. The default is 65,536 frames and
// 256 MiB, or four times the option maxmsgsize if that is more. The option maxmsgsize bounds a single frame. To send more is ErrTooLarge. A received message that has more
// is dropped as it comes: it is counted in Stats.Unread, and is a dead letter whose reason is ErrTooLarge and whose message has no content,
// only the properties of the peer. A Rep answers it with an empty message, since it can receive nothing else before.
//
// The bound is about what this package keeps. libzmq keeps the frames of a message until the last one has come, in about 64 bytes
// and the content for each, and knows no bound for that: a peer that never ends its message takes memory until its connection
// ends. So whoever may connect must be somebody: see WithCurveServer.
func WithMessageLimit(frames, bytes int) SocketOption {
	return func(c *socketConfig) { c.limit = messageLimit{max(0, frames), max(0, bytes)} }
}

func (l messageLimit) check(m *Message) error {
	if l.frames > 0 && m.Len() > l.frames {
		return fmt.Errorf("%w: %d frames, at most %d are allowed (WithMessageLimit)", ErrTooLarge, m.Len(), l.frames)
	}
	if size := m.Size(); l.bytes > 0 && size > l.bytes {
		return fmt.Errorf("%w: %d bytes in all frames, at most %d are allowed (WithMessageLimit)", ErrTooLarge, size, l.bytes)
	}
	return nil
}

// overlong reports whether a frame of so many bytes is longer than the option maxmsgsize allows.
func (o *owner) overlong(size int) bool {
	return o.desired.largest >= 0 && int64(size) > o.desired.largest
}

// largestFrame is the size of the longest frame that goes over the wire: the first one of a Router or Stream names the peer.
func (o *owner) largestFrame(m *Message) (largest int) {
	if !o.namesPeers() {
		largest = len(m.first)
	}
	for _, frame := range m.rest {
		largest = max(largest, len(frame))
	}
	return largest
}

// giveUpLarge accounts for received messages that were above the limit.
func (o *owner) giveUpLarge() {
	if len(o.large) == 0 {
		return
	}
	limit := o.messageLimit()
	reason := fmt.Errorf("%w: received more than %d frames or %d bytes in one message (WithMessageLimit), or %d in one frame (option %s)", ErrTooLarge,
		limit.frames, limit.bytes, o.desired.largest, maxMsgSize)
	for _, m := range o.large {
		if o.typ == Pub { // what its peers send is not counted
			o.bury(m, reason)
		} else {
			o.giveUp(m, reason)
		}
		if o.typ == Rep {
			var nothing libzmq.Burst
			nothing.Append(nil, nil)
			_, _ = o.zmq.Send(&nothing)
		}
	}
	clear(o.large)
	o.large = o.large[:0]
}
