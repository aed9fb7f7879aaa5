package libzmq

import (
	"errors"
	"syscall"
)

// Errno is an error number of libzmq: one of the system, or one of the library's own above 156384712 (zmq.h, "0MQ errors").
// It is compared by value, so errors.Is(err, libzmq.EADDRINUSE) and errors.Is(err, syscall.EADDRINUSE) both work.
type Errno int

// Error numbers of the system that libzmq's manual pages name.
const (
	EADDRINUSE      = Errno(syscall.EADDRINUSE)      // the address is bound already
	EADDRNOTAVAIL   = Errno(syscall.EADDRNOTAVAIL)   // the address is not of this machine
	EAFNOSUPPORT    = Errno(syscall.EAFNOSUPPORT)    // the address family is not supported
	EAGAIN          = Errno(syscall.EAGAIN)          // it would have to wait
	ECONNABORTED    = Errno(syscall.ECONNABORTED)    // connection aborted
	ECONNREFUSED    = Errno(syscall.ECONNREFUSED)    // nobody listens; for inproc before libzmq 4: not bound yet
	ECONNRESET      = Errno(syscall.ECONNRESET)      // the peer reset the connection
	EFAULT          = Errno(syscall.EFAULT)          // not a context
	EHOSTUNREACH    = Errno(syscall.EHOSTUNREACH)    // ROUTER with ROUTER_MANDATORY, STREAM: no such peer
	EINPROGRESS     = Errno(syscall.EINPROGRESS)     // connection in progress
	EINTR           = Errno(syscall.EINTR)           // a signal came; retried here, never returned
	EINVAL          = Errno(syscall.EINVAL)          // unknown option, bad value or bad endpoint
	EMFILE          = Errno(syscall.EMFILE)          // no descriptor, or no socket of the context's MaxSockets, is left
	EMSGSIZE        = Errno(syscall.EMSGSIZE)        // the message is too long
	ENETDOWN        = Errno(syscall.ENETDOWN)        // the network is down
	ENETRESET       = Errno(syscall.ENETRESET)       // the network dropped the connection
	ENETUNREACH     = Errno(syscall.ENETUNREACH)     // no route to the network
	ENOBUFS         = Errno(syscall.ENOBUFS)         // no buffer space
	ENODEV          = Errno(syscall.ENODEV)          // no such network interface
	ENOENT          = Errno(syscall.ENOENT)          // the endpoint was not bound, or not connected, by this socket
	ENOMEM          = Errno(syscall.ENOMEM)          // out of memory
	ENOTCONN        = Errno(syscall.ENOTCONN)        // not connected
	ENOTSOCK        = Errno(syscall.ENOTSOCK)        // not a socket, or a closed one
	ENOTSUP         = Errno(syscall.ENOTSUP)         // the socket's type can't do that
	EPROTONOSUPPORT = Errno(syscall.EPROTONOSUPPORT) // the transport is not compiled in
	ETIMEDOUT       = Errno(syscall.ETIMEDOUT)       // timed out
)

const nativeBase = 156384712 // ZMQ_HAUSNUMERO

// Error numbers of libzmq's own.
const (
	EFSM           = Errno(nativeBase + 51) // not legal in the socket's state: REQ or REP out of turn
	ENOCOMPATPROTO = Errno(nativeBase + 52) // the transport does not fit the socket's type
	ETERM          = Errno(nativeBase + 53) // the context is shut down
	EMTHREAD       = Errno(nativeBase + 54) // no I/O thread is available
)

// The errors that steer an owner's loop, under the name of their meaning.
const (
	ErrAgain      = EAGAIN   // libzmq takes nothing more now: keep the rest and wait for ZMQ_POLLOUT
	ErrTerminated = ETERM    // the context is shut down: close the socket
	ErrNotSocket  = ENOTSOCK // the socket is closed
)

// ErrTorn is the answer of a socket whose last message was given up in the middle, by [Burst.Drop] or by sending another burst:
// whatever it sent next would become the tail of that message. Close the socket; libzmq then forgets the half message.
var ErrTorn = errors.New("libzmq: a message was given up in the middle: close this socket and open another")

// Error says in words what the number means, with its symbol.
func (e Errno) Error() string {
	switch e {
	case EFSM:
		return "libzmq: not possible in the current state of the socket (EFSM)"
	case ENOCOMPATPROTO:
		return "libzmq: the transport does not fit the socket type (ENOCOMPATPROTO)"
	case ETERM:
		return "libzmq: the context is shut down (ETERM)"
	case EMTHREAD:
		return "libzmq: no I/O thread is available (EMTHREAD)"
	case ENOTSOCK:
		return "libzmq: the socket is closed (ENOTSOCK)"
	case EMFILE:
		return "libzmq: too many open descriptors, or the context's limit of sockets is reached (EMFILE)"
	}
	return "libzmq: " + syscall.Errno(e).Error()
}

// Is lets the system's error numbers match too.
func (e Errno) Is(target error) bool {
	number, ok := target.(syscall.Errno)
	return ok && Errno(number) == e
}
