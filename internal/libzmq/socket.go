//go:build cgo

package libzmq

// #include "burst.h"
import "C"

import (
	"errors"
	"unsafe"

	"github.com/pebbe/zmq4"
)

// Socket is a libzmq socket. It belongs to one goroutine at a time. After Close each method answers [ErrNotSocket] without touching C.
type Socket struct {
	raw    *zmq4.Socket // referenced for as long as handle is used; refers to its context itself
	handle unsafe.Pointer
	state  *C.amq_socket
	kind   SocketType
	in     incoming
	torn   *Burst // the burst whose front message this socket took a part of
}

func newSocket(raw *zmq4.Socket, t SocketType) (*Socket, error) {
	pointer, ok := handle(raw, "soc")
	if !ok {
		return nil, errors.Join(errHandle, raw.Close())
	}
	s := &Socket{raw: raw, handle: pointer, state: C.amq_open(pointer), kind: t}
	if s.state == nil {
		return nil, errors.Join(ENOMEM, raw.Close())
	}
	if s.in.properties.late = t == Router; s.in.properties.late {
		s.state.late = 1
	}
	kind, err := s.GetInt(OptType)
	if err == nil && SocketType(kind) != t {
		err = errHandle
	}
	if err == nil {
		err = s.SetInt(OptLinger, 0)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Bind accepts connections on an endpoint such as "tcp://127.0.0.1:*" (zmq_bind(3)). OptLastEndpoint then has the resolved one.
func (s *Socket) Bind(endpoint string) error { return s.with(endpoint, (*zmq4.Socket).Bind) }

// Unbind stops accepting on an endpoint, given as OptLastEndpoint told it; ENOENT when it is not bound (zmq_unbind(3)).
func (s *Socket) Unbind(endpoint string) error { return s.with(endpoint, (*zmq4.Socket).Unbind) }

// Connect connects to an endpoint, in the background and again and again (zmq_connect(3)).
func (s *Socket) Connect(endpoint string) error { return s.with(endpoint, (*zmq4.Socket).Connect) }

// Disconnect undoes Connect; ENOENT when it is not connected (zmq_disconnect(3)).
func (s *Socket) Disconnect(endpoint string) error {
	return s.with(endpoint, (*zmq4.Socket).Disconnect)
}

func (s *Socket) with(endpoint string, call func(*zmq4.Socket, string) error) error {
	if s.handle == nil {
		return ErrNotSocket
	}
	return wrap(call(s.raw, endpoint))
}

// Monitor makes libzmq report the events, a sum of Event..., to a PAIR socket that it binds at addr, an inproc endpoint; connect a PAIR socket there and
// read with [ParseEvent]. An empty addr stops it (zmq_socket_monitor(3)).
func (s *Socket) Monitor(addr string, events int) error {
	if s.handle == nil {
		return ErrNotSocket
	}
	return wrap(s.raw.Monitor(addr, zmq4.Event(events)))
}

// Close closes the socket: frames not yet delivered are gone, messages not yet sent stay with libzmq for the linger. Closing twice is fine.
func (s *Socket) Close() error {
	if s.handle == nil {
		return nil
	}
	if s.in.scratch != nil {
		scratches.Put(s.in.scratch)
	}
	C.amq_close(s.state)
	err := wrap(s.raw.Close())
	// What is left of s refers to nothing: keeping a closed socket costs nothing.
	*s = Socket{kind: s.kind}
	return err
}
