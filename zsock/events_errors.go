package zsock

import (
	"fmt"

	"github.com/actomq/actomq/internal/libzmq"
)

// ProtocolError is the reason of a failed handshake that libzmq knows: the peer broke the protocol, or the ZAP handler did. The
// numbers and names are those of zmq.h, ZMQ_PROTOCOL_ERROR_...
type ProtocolError uint32

// The protocol errors. Those that begin with ProtocolErrorZMTP are the peer's, those with ProtocolErrorZAP the own ZAP handler's.
const (
	ProtocolErrorZMTPUnspecified       ProtocolError = libzmq.ProtocolErrorZMTPUnspecified
	ProtocolErrorZMTPUnexpectedCommand ProtocolError = libzmq.ProtocolErrorZMTPUnexpectedCommand
	ProtocolErrorZMTPInvalidSequence   ProtocolError = libzmq.ProtocolErrorZMTPInvalidSequence
	ProtocolErrorZMTPKeyExchange       ProtocolError = libzmq.ProtocolErrorZMTPKeyExchange
	ProtocolErrorZMTPMalformedCommand  ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandUnspecified
	ProtocolErrorZMTPMalformedMessage  ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandMessage
	ProtocolErrorZMTPMalformedHello    ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandHello
	ProtocolErrorZMTPMalformedInitiate ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandInitiate
	ProtocolErrorZMTPMalformedError    ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandError
	ProtocolErrorZMTPMalformedReady    ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandReady
	ProtocolErrorZMTPMalformedWelcome  ProtocolError = libzmq.ProtocolErrorZMTPMalformedCommandWelcome
	ProtocolErrorZMTPInvalidMetadata   ProtocolError = libzmq.ProtocolErrorZMTPInvalidMetadata
	ProtocolErrorZMTPCryptographic     ProtocolError = libzmq.ProtocolErrorZMTPCryptographic
	ProtocolErrorZMTPMechanismMismatch ProtocolError = libzmq.ProtocolErrorZMTPMechanismMismatch
	ProtocolErrorZAPUnspecified        ProtocolError = libzmq.ProtocolErrorZAPUnspecified
	ProtocolErrorZAPMalformedReply     ProtocolError = libzmq.ProtocolErrorZAPMalformedReply
	ProtocolErrorZAPBadRequestID       ProtocolError = libzmq.ProtocolErrorZAPBadRequestID
	ProtocolErrorZAPBadVersion         ProtocolError = libzmq.ProtocolErrorZAPBadVersion
	ProtocolErrorZAPInvalidStatusCode  ProtocolError = libzmq.ProtocolErrorZAPInvalidStatusCode
	ProtocolErrorZAPInvalidMetadata    ProtocolError = libzmq.ProtocolErrorZAPInvalidMetadata
)

var protocolWords = map[ProtocolError]string{
	ProtocolErrorZMTPUnspecified:       "ZMTP: unspecified error",
	ProtocolErrorZMTPUnexpectedCommand: "ZMTP: unexpected command",
	ProtocolErrorZMTPInvalidSequence:   "ZMTP: invalid sequence of commands",
	ProtocolErrorZMTPKeyExchange:       "ZMTP: key exchange failed",
	ProtocolErrorZMTPMalformedCommand:  "ZMTP: malformed command",
	ProtocolErrorZMTPMalformedMessage:  "ZMTP: malformed MESSAGE command",
	ProtocolErrorZMTPMalformedHello:    "ZMTP: malformed HELLO command",
	ProtocolErrorZMTPMalformedInitiate: "ZMTP: malformed INITIATE command",
	ProtocolErrorZMTPMalformedError:    "ZMTP: malformed ERROR command",
	ProtocolErrorZMTPMalformedReady:    "ZMTP: malformed READY command",
	ProtocolErrorZMTPMalformedWelcome:  "ZMTP: malformed WELCOME command",
	ProtocolErrorZMTPInvalidMetadata:   "ZMTP: invalid metadata",
	ProtocolErrorZMTPCryptographic:     "ZMTP: cryptographic error, as with a wrong server key",
	ProtocolErrorZMTPMechanismMismatch: "ZMTP: security mechanism mismatch: one side uses CURVE or PLAIN and the other does not",
	ProtocolErrorZAPUnspecified:        "ZAP: unspecified error",
	ProtocolErrorZAPMalformedReply:     "ZAP: malformed reply of the handler",
	ProtocolErrorZAPBadRequestID:       "ZAP: reply of the handler with a wrong request id",
	ProtocolErrorZAPBadVersion:         "ZAP: reply of the handler with a wrong version",
	ProtocolErrorZAPInvalidStatusCode:  "ZAP: reply of the handler with an invalid status code",
	ProtocolErrorZAPInvalidMetadata:    "ZAP: reply of the handler with invalid metadata",
}

// Error says it in words.
func (e ProtocolError) Error() string {
	if words, ok := protocolWords[e]; ok {
		return errorPrefix + words
	}
	return fmt.Sprintf("%sprotocol error %#x", errorPrefix, uint32(e))
}

// ZAP tells an error of the own ZAP handler from one of the peer.
func (e ProtocolError) ZAP() bool { return e&ProtocolErrorZAPUnspecified != 0 }

// AuthError is the status code with which the ZAP handler refused a peer (ZeroMQ RFC 27): 300, 400 or 500. A client that was
// told sees the same.
type AuthError int

// The status codes of ZAP that refuse.
const (
	AuthTemporary AuthError = 300 // not now; try later
	AuthRefused   AuthError = 400 // not this peer
	AuthInternal  AuthError = 500 // the handler failed, or there is none
)

// Error says it in words.
func (e AuthError) Error() string {
	switch e {
	case AuthTemporary:
		return errorPrefix + "authentication: temporary error (ZAP status 300)"
	case AuthRefused:
		return errorPrefix + "authentication: refused (ZAP status 400)"
	case AuthInternal:
		return errorPrefix + "authentication: the handler failed, or there is none (ZAP status 500)"
	}
	return fmt.Sprintf("%sauthentication: ZAP status %d", errorPrefix, int(e))
}
