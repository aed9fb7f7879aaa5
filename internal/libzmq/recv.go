//go:build cgo

package libzmq

// #cgo nocallback amq_recv
// #cgo noescape amq_recv
// #include "burst.h"
import "C"

import (
	"bytes"
	"unsafe"
)

// Recv receives up to max whole messages without waiting, and calls deliver for each in order. Up to 256 of them cross in one call of C.
//
// deliver gets memory that is its own from then on. The frames of a message share one exact allocation, except for frames above 8 KiB, which
// have their own; so keeping a message keeps nothing else alive. An empty frame is empty and never nil; rest is nil for a message of one frame.
//
// Of a message above the limit of [Socket.Limit] deliver gets a nil first, in its place in the order.
//
// n counts the delivered messages. n < max without an error means that libzmq has no more now; for REQ and REP that includes being out of
// turn (EFSM). Messages that came before an error are delivered first. Errors: ErrTerminated, ErrNotSocket, another Errno such as ENOTSUP.
//
// When deliver panics, the message in its hands is lost and no other: the next Recv goes on with the one behind it. deliver may close the socket;
// Recv then ends with ErrNotSocket.
func (s *Socket) Recv(max int, deliver func(first []byte, rest [][]byte)) (n int, err error) {
	defer s.in.settle()
	drained := false
	for n < max {
		if first, rest, ok := s.in.message(); ok {
			n++
			deliver(first, rest)
			continue
		}
		if s.handle == nil {
			return n, ErrNotSocket
		}
		if drained {
			return n, err
		}
		if err = s.cross(min(max-n, maxBurst)); err != nil {
			drained = true
			if err == ErrAgain || err == EFSM {
				err = nil
			}
		}
	}
	return n, nil
}

// Limit bounds the messages that Recv delivers, in frames and in bytes of all frames together; 0 means no bound, as on a new socket. Recv
// passes over what is above as it comes, so that it never takes more memory than that and one frame. libzmq itself has no such bound: it
// keeps the frames of a message until the last has come.
func (s *Socket) Limit(frames, bytes int) { s.in.limit = limit{frames, bytes} }

// cross fills the scratch with the next burst. An error comes beside the messages that came before it.
func (s *Socket) cross(max int) error {
	room := s.in.scratch
	if room == nil {
		room = scratches.Get().(*scratch)
	}
	size, entries := scratchBytes, scratchTable
	if n := s.in.narrow; n != (narrow{}) {
		size, entries = n.bytes, n.entries
	}
	var exact []byte
	copied := C.int(0)
	if n := len(s.in.waits); n > min(directFrame, size) {
		exact = bytes.Clone(s.in.waits)[:n:n] // which does not clear the memory first, unlike make
		copied = 1
	}
	var out C.amq_received
	C.amq_recv(s.state, copied, (*C.uint8_t)(&room.buffer[0]), C.size_t(size),
		(*C.uint64_t)(&room.table[0]), C.uint32_t(entries), C.uint32_t(max),
		(*C.uint8_t)(unsafe.SliceData(s.in.properties.block)), C.size_t(len(s.in.properties.block)), &out)
	s.in.properties.at = 0
	s.in.holds, s.in.waits = out.holds != 0, unsafe.Slice((*byte)(out.data), int(out.held))
	s.in.fill(room, exact, int(out.frames))
	return wrapNumber(C.int(out.error))
}
