package libzmq

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Bits for the events argument of [Socket.Monitor], and the values of [Event.ID] (zmq_socket_monitor(3)).
const (
	EventConnected               = 0x0001 // value: descriptor
	EventConnectDelayed          = 0x0002
	EventConnectRetried          = 0x0004 // value: milliseconds until the next try
	EventListening               = 0x0008 // value: descriptor
	EventBindFailed              = 0x0010 // value: errno
	EventAccepted                = 0x0020 // value: descriptor
	EventAcceptFailed            = 0x0040 // value: errno
	EventClosed                  = 0x0080 // value: descriptor
	EventCloseFailed             = 0x0100 // value: errno
	EventDisconnected            = 0x0200 // value: descriptor
	EventMonitorStopped          = 0x0400
	EventHandshakeFailedNoDetail = 0x0800 // value: errno
	EventHandshakeSucceeded      = 0x1000
	EventHandshakeFailedProtocol = 0x2000 // value: one of ProtocolError...
	EventHandshakeFailedAuth     = 0x4000 // value: ZAP status 300, 400 or 500
	EventAll                     = 0xFFFF
)

// Values of EventHandshakeFailedProtocol (zmq.h, ZMQ_PROTOCOL_ERROR_...).
const (
	ProtocolErrorZMTPUnspecified                 = 0x10000000
	ProtocolErrorZMTPUnexpectedCommand           = 0x10000001
	ProtocolErrorZMTPInvalidSequence             = 0x10000002
	ProtocolErrorZMTPKeyExchange                 = 0x10000003
	ProtocolErrorZMTPMalformedCommandUnspecified = 0x10000011
	ProtocolErrorZMTPMalformedCommandMessage     = 0x10000012
	ProtocolErrorZMTPMalformedCommandHello       = 0x10000013
	ProtocolErrorZMTPMalformedCommandInitiate    = 0x10000014
	ProtocolErrorZMTPMalformedCommandError       = 0x10000015
	ProtocolErrorZMTPMalformedCommandReady       = 0x10000016
	ProtocolErrorZMTPMalformedCommandWelcome     = 0x10000017
	ProtocolErrorZMTPInvalidMetadata             = 0x10000018
	ProtocolErrorZMTPCryptographic               = 0x11000001
	ProtocolErrorZMTPMechanismMismatch           = 0x11000002
	ProtocolErrorZAPUnspecified                  = 0x20000000
	ProtocolErrorZAPMalformedReply               = 0x20000001
	ProtocolErrorZAPBadRequestID                 = 0x20000002
	ProtocolErrorZAPBadVersion                   = 0x20000003
	ProtocolErrorZAPInvalidStatusCode            = 0x20000004
	ProtocolErrorZAPInvalidMetadata              = 0x20000005
)

// Event is what the monitor of a socket reports (zmq_socket_monitor(3)).
type Event struct {
	ID       uint16 // one of Event...
	Value    uint32 // what it is depends on ID; descriptors are not ours to use
	Endpoint string // the endpoint that it happened on; empty for EventMonitorStopped
}

// ErrEvent is the error of a message that is no monitor event.
var ErrEvent = errors.New("libzmq: not a monitor event")

// ParseEvent reads the two frames that a monitor's PAIR socket yields: ID and value in six bytes of the machine's order, and the endpoint.
func ParseEvent(first []byte, rest [][]byte) (Event, error) {
	if len(first) != 6 || len(rest) != 1 {
		return Event{}, fmt.Errorf("%w: want a frame of 6 bytes and one more frame, got %d bytes and %d more", ErrEvent, len(first), len(rest))
	}
	return Event{
		ID:       binary.NativeEndian.Uint16(first),
		Value:    binary.NativeEndian.Uint32(first[2:]),
		Endpoint: string(rest[0]),
	}, nil
}
