//go:build cgo

package libzmq

// #cgo nocallback amq_send
// #cgo noescape amq_send
// #cgo nocallback amq_send_one
// #cgo noescape amq_send_one
// #include "burst.h"
import "C"

import "unsafe"

// Send hands the messages of b to libzmq, in order and without waiting, for as long as it takes them. Small messages cross together, a frame of
// 32 KiB or more crosses alone. taken counts the whole messages that are gone from b.
//
// err is nil when all are taken. With ErrAgain the rest stays encoded in b: call again when ZMQ_POLLOUT shows. With
// any other Errno, such as EHOSTUNREACH or EFSM, it concerns the message at the front: Drop it, or call again later. ErrTerminated, ErrNotSocket and
// ErrTorn concern the socket.
//
// A message can stop in its middle when its peer goes just then. PUSH, DEALER and PAIR have then forgotten its first frames
// (lb.cpp, pair.cpp), so it starts over, whole, for another peer; every other type goes on at the frame that it stopped at, as libzmq wants it. A burst that
// comes to another socket, after its own was closed, starts the half-sent message over as well. A message that libzmq has taken may still be
// lost with its peer: libzmq does not tell.
//
// One hole is libzmq's own, up to 4.3.5 at least: a PUSH or DEALER socket with three or more peers, one of which goes between two frames of a message to another,
// may send the rest to a third (lb_t::pipe_terminated resets the current peer). One-frame messages are safe from that.
func (s *Socket) Send(b *Burst) (taken int, err error) {
	if s.handle == nil {
		return 0, ErrNotSocket
	}
	if s.torn != nil && (s.torn != b || b.half != s) {
		return 0, ErrTorn
	}
	if b.half != s {
		b.rewind()
	}
	for b.messages > 0 {
		n, err := s.run(b, len(b.mem.table)-b.next.frame)
		taken += n
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// run sends up to so many frames in one crossing and books what was taken.
func (s *Socket) run(b *Burst, frames int) (taken int, err error) {
	m := b.mem
	table := m.table[b.next.frame:]
	begin := C.int(1)
	if b.next != b.front {
		begin = 0
	}
	var out C.amq_sent
	if table[0]&apartFlag != 0 {
		frame := m.large[b.next.large]
		out.error = C.int32_t(C.amq_send_one(s.handle, unsafe.Pointer(&frame[0]), C.size_t(len(frame)), C.int(table[0]&moreFlag), begin))
		if out.error == 0 {
			out.frames = 1
		}
	} else {
		// Past its last byte the buffer has none to point to, but an empty frame may lie there.
		buffer := unsafe.SliceData(m.buffer[b.next.offset:])
		C.amq_send(s.handle, (*C.uint8_t)(buffer), (*C.uint64_t)(&table[0]), C.uint32_t(frames), begin, &out)
	}
	taken = b.advance(int(out.frames))
	s.torn = nil
	if b.next != b.front {
		s.torn, b.half = b, s
		if Errno(out.error) == ErrAgain {
			s.startOver(b)
		}
	}
	return taken, wrapNumber(C.int(out.error))
}

// startOver makes the message at the front whole again where the socket has forgotten its first frames.
func (s *Socket) startOver(b *Burst) {
	switch s.kind {
	case Push, Dealer:
		if b.mem.table[b.next.frame]&moreFlag != 0 && dropsRest() {
			// The socket now drops frames until one without "more": give it that one, so that the message itself is not dropped.
			C.amq_send_one(s.handle, nil, 0, 0, 0)
		}
	case Pair:
	default:
		return
	}
	s.torn = nil
	b.rewind()
}

// dropsRest tells whether this libzmq drops the rest of a message whose peer went in its middle: since 4.3.1.
func dropsRest() bool {
	_, minor, patch, _ := Version()
	return minor > 3 || patch >= 1
}
