package zsock

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

// Event is something that happened to the connections of a socket, as libzmq reports it (zmq_socket_monitor(3)) or, where that
// says nothing, as the socket's actor did it. Fields that do not apply are zero.
type Event struct {
	Seq  uint64    // counts from 1 what the monitor was offered: a jump tells how many events it dropped
	Time time.Time // when the socket's actor read it
	Kind EventKind
	// Endpoint is the endpoint of this socket that it happened on: the one connected to, or the local address of a listener or of a
	// connection that came by it. It is empty for EventRestarted.
	Endpoint string
	// Remote is the address of the peer, such as "192.0.2.7:49152". It is known for tcp only, and empty when the connection was
	// over too soon to ask, or when several connections of one endpoint were in their handshake and libzmq does not tell which
	// of them it means.
	Remote string
	// Retry is when the next attempt follows: of EventConnectRetried and EventBindSuspended.
	Retry time.Duration
	// Err is why: a ProtocolError, an AuthError, ErrHandshakeTimeout, ErrHandshakeCut or an error number of the system, see
	// the kinds.
	Err error
}

// EventKind says what happened. The names are libzmq's, without ZMQ_EVENT_; its three kinds of failed handshakes are one here,
// told apart by Event.Err.
type EventKind int

// The kinds of events.
const (
	EventConnectDelayed     EventKind = iota + 1 // a connect is under way
	EventConnectRetried                          // a connect failed or its connection ended; the next try follows after Retry
	EventConnected                               // the connection of a connect stands; the handshake begins
	EventListening                               // a bind takes connections
	EventBindFailed                              // a bind failed; Err is the error number
	EventAccepted                                // a connection came by a bind; the handshake begins
	EventAcceptFailed                            // a connection could not be accepted; Err is the error number
	EventClosed                                  // the descriptor of a listener, or of a connect that did not come about, was closed
	EventCloseFailed                             // such a descriptor could not be closed; Err is the error number
	EventDisconnected                            // a connection ended; Err is ErrHandshakeCut when that was in the handshake, without any reason given
	EventHandshakeSucceeded                      // messages can pass
	EventHandshakeFailed                         // the peer will not be one; Err says why, EventDisconnected follows
	EventRestarted                               // the socket begins anew, its connections are gone; Err is what it failed of
	EventBindSuspended                           // a listener that can't accept, or not be bound again, as Err tells, is closed; the next try is after Retry
	eventKinds
)

var eventWords = [eventKinds]string{
	EventConnectDelayed: "connect delayed", EventConnectRetried: "connect retried", EventConnected: "connected",
	EventListening: "listening", EventBindFailed: "bind failed",
	EventAccepted: "accepted", EventAcceptFailed: "accept failed",
	EventClosed: "closed", EventCloseFailed: "close failed", EventDisconnected: "disconnected",
	EventHandshakeSucceeded: "handshake succeeded", EventHandshakeFailed: "handshake failed",
	EventRestarted: "restarted", EventBindSuspended: "bind suspended",
}

func (k EventKind) valid() bool { return k > 0 && k < eventKinds }

// String gives the kind in words: "handshake failed".
func (k EventKind) String() string {
	if !k.valid() {
		return fmt.Sprintf("EventKind(%d)", int(k))
	}
	return eventWords[k]
}

// MarshalText implements encoding.TextMarshaler.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// String shows the event in one line, without its time.
func (e Event) String() string {
	words := []string{e.Kind.String()}
	if e.Endpoint != "" {
		words = append(words, e.Endpoint)
	}
	if e.Remote != "" {
		words = append(words, "from "+e.Remote)
	}
	if e.Retry > 0 {
		words = append(words, "again in "+e.Retry.String())
	}
	text := strings.Join(words, " ")
	if e.Err != nil {
		text += ": " + strings.TrimPrefix(e.Err.Error(), errorPrefix)
	}
	return text
}

// decode puts an event of libzmq into this package's words. ok is false for those that say nothing about connections.
func decode(raw libzmq.Event, now time.Time) (e Event, ok bool) {
	e = Event{Time: now, Endpoint: unmapped(raw.Endpoint)}
	switch raw.ID {
	case libzmq.EventConnected:
		e.Kind = EventConnected
	case libzmq.EventConnectDelayed:
		e.Kind = EventConnectDelayed
	case libzmq.EventConnectRetried:
		e.Kind, e.Retry = EventConnectRetried, time.Duration(raw.Value)*time.Millisecond
	case libzmq.EventListening:
		e.Kind = EventListening
	case libzmq.EventBindFailed:
		e.Kind, e.Err = EventBindFailed, libzmq.Errno(raw.Value)
	case libzmq.EventAccepted:
		e.Kind = EventAccepted
	case libzmq.EventAcceptFailed:
		e.Kind, e.Err = EventAcceptFailed, libzmq.Errno(raw.Value)
	case libzmq.EventClosed:
		e.Kind = EventClosed
	case libzmq.EventCloseFailed:
		e.Kind, e.Err = EventCloseFailed, libzmq.Errno(raw.Value)
	case libzmq.EventDisconnected:
		e.Kind = EventDisconnected
	case libzmq.EventHandshakeSucceeded:
		e.Kind = EventHandshakeSucceeded
	case libzmq.EventHandshakeFailedNoDetail:
		e.Kind, e.Err = EventHandshakeFailed, handshakeError(libzmq.Errno(raw.Value))
	case libzmq.EventHandshakeFailedProtocol:
		e.Kind, e.Err = EventHandshakeFailed, ProtocolError(raw.Value)
	case libzmq.EventHandshakeFailedAuth:
		e.Kind, e.Err = EventHandshakeFailed, AuthError(raw.Value)
	default:
		return Event{}, false
	}
	return e, true
}

// handshakeError reads the error number that was the last one when libzmq gave a handshake up. That a read found nothing is no
// failure: what ended the handshake then is its timer.
func handshakeError(number libzmq.Errno) error {
	switch {
	case number == libzmq.EAGAIN:
		return ErrHandshakeTimeout
	case number == 0:
		return ErrHandshakeCut
	}
	return number
}

// The failures of a handshake that have no number.
var (
	// ErrHandshakeTimeout: the peer had not ended its handshake within the option handshake_ivl. It is silent, slow, or does not
	// speak ZMTP.
	ErrHandshakeTimeout = errors.New("zsock: the peer did not end its handshake within handshake_ivl")
	// ErrHandshakeCut: the connection ended in the handshake and libzmq does not say why: a peer whose socket type does not fit, a
	// greeting that makes no sense, a frame above maxmsgsize.
	ErrHandshakeCut = errors.New("zsock: the handshake was cut short: a socket type that does not fit, or bytes that make no sense")
	// ErrNoAnswer: a connect came to nothing, and libzmq does not say why: refused, unreachable, or not answered within
	// connect_timeout.
	ErrNoAnswer = errors.New("zsock: nobody answers there, or the connection is refused")
)

// unmapped writes an IPv4 address that libzmq shows as an IPv6 one as what it is.
func unmapped(endpoint string) string {
	rest, ok := strings.CutPrefix(endpoint, "tcp://[::ffff:")
	if !ok {
		return endpoint
	}
	host, port, ok := strings.Cut(rest, "]:")
	if !ok {
		return endpoint
	}
	return "tcp://" + host + ":" + port
}
