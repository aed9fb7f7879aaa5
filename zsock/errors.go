package zsock

import (
	"errors"
	"strings"
)

// errorPrefix begins every error text of this package, once.
const errorPrefix = "zsock: "

// What can go wrong, to be checked with errors.Is. Most of them reach the caller
// inside an *Error that tells the operation, the socket and the endpoint.
var (
	// ErrClosed: the socket or its system is closed, or closes before it could answer.
	ErrClosed = errors.New("zsock: closed")
	// ErrRestarted: the socket's actor failed and came back before it answered.
	// Whether the operation took place is not known.
	ErrRestarted = errors.New("zsock: socket restarted before it answered")
	// ErrWouldBlock: a Try method would have had to wait.
	ErrWouldBlock = errors.New("zsock: would have to wait")

	// ErrEndpoint: the text is no endpoint. The message names the wrong part.
	ErrEndpoint = errors.New("zsock: bad endpoint")
	// ErrDenied: the endpoint policy refused. The error is a *DeniedError.
	ErrDenied = errors.New("zsock: denied by endpoint policy")
	// ErrTransport: the libzmq that the program runs with was built without the transport.
	ErrTransport = errors.New("zsock: transport is not in this libzmq")
	// ErrAddressInUse: something else is bound to the endpoint.
	ErrAddressInUse = errors.New("zsock: address already in use")

	// ErrMultipart: the message has another number of frames than asked for.
	ErrMultipart = errors.New("zsock: wrong number of frames")
	// ErrText: the frame is not valid UTF-8.
	ErrText = errors.New("zsock: frame is not valid UTF-8")
	// ErrFrame: the frame does not hold a value of the type that was asked for.
	ErrFrame = errors.New("zsock: frame does not hold such a value")
	// ErrEnvelope: the message has no envelope: no routing id in front, or no empty
	// frame that ends the routing ids.
	ErrEnvelope = errors.New("zsock: message has no envelope")
	// ErrNoPeer: no peer has the identity that the message is addressed to.
	ErrNoPeer = errors.New("zsock: no such peer")
	// ErrState: the operation is not this socket's turn, for example a second
	// reply to one request.
	ErrState = errors.New("zsock: not possible in the current state of the socket")
	// ErrType: the socket's type has no such operation, or is no socket type.
	ErrType = errors.New("zsock: not possible on this socket type")

	// ErrTooLarge: a frame is larger than the option maxmsgsize allows: libzmq would drop
	// the connection, and the messages behind this one with it. Or the message has more frames or bytes
	// than WithMessageLimit allows: in a dead letter, of a message that came and was not taken.
	ErrTooLarge = errors.New("zsock: message too large")
	// ErrNoEndpoint: the socket is not bound or connected to the endpoint.
	ErrNoEndpoint = errors.New("zsock: no such endpoint on this socket")
	// ErrNoSubscription: the socket has no such subscription.
	ErrNoSubscription = errors.New("zsock: no such subscription")

	// ErrKey: the text is no CURVE key, or two keys do not belong together.
	ErrKey = errors.New("zsock: bad key")
	// ErrKeyFile: the file can't be trusted to hold a key, or is no certificate.
	ErrKeyFile = errors.New("zsock: bad key file")
	// ErrSecurity: the socket would be less secure than it is told to be, or than it was.
	ErrSecurity = errors.New("zsock: security")

	// ErrUnknownOption: no socket option has this name.
	ErrUnknownOption = errors.New("zsock: unknown option")
	// ErrOptionDirection: the option cannot be read, cannot be written, or is
	// reserved to the library.
	ErrOptionDirection = errors.New("zsock: option does not allow this")
	// ErrOptionValue: the value has the right type, and libzmq does not accept it.
	ErrOptionValue = errors.New("zsock: value not accepted for the option")
	// ErrOptionLate: the option can be set before the first bind or connect only.
	ErrOptionLate = errors.New("zsock: too late for the option")
	// ErrOptionType: the value has the wrong Go type for the option.
	ErrOptionType = errors.New("zsock: wrong type of option value")
)

// Error tells which operation failed, on what, why, and what to do about it.
// errors.Is and errors.As look through it. Fields that do not apply are empty.
type Error struct {
	// Op is the operation as a verb: "bind", "send", "set".
	Op string
	// Socket is the name of the socket.
	Socket string
	// Endpoint is the endpoint concerned, as given to libzmq.
	Endpoint string
	// Option is the name of the socket option concerned.
	Option string
	// Err is the cause.
	Err error
	// Hint says what to do.
	Hint string
	// Done are the endpoints of the same call that came before the one that failed, as they
	// were given. They stay bound or connected; those behind it were not tried.
	Done []string
}

// Error gives one line, such as
// "zsock: bind tcp://127.0.0.1:5555 on hello: address already in use; stop the other program".
func (e *Error) Error() string {
	var words []string
	for _, word := range []string{e.Op, e.Option, e.Endpoint} {
		if word != "" {
			words = append(words, word)
		}
	}
	if e.Socket != "" {
		words = append(words, "on "+e.Socket)
	}
	text := strings.Join(words, " ")
	if e.Err != nil {
		if text != "" {
			text += ": "
		}
		text += strings.TrimPrefix(e.Err.Error(), errorPrefix)
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	if len(e.Done) > 0 {
		text += "; done before it: " + strings.Join(e.Done, ", ")
	}
	return errorPrefix + text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error {
	return e.Err
}
