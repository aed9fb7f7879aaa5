package reqrep

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the client or the server is closed or has ended; a failure that ended it is wrapped as well.
	ErrClosed = errors.New("reqrep: closed")
	// ErrNotSent says that the request never left: libzmq took it at no time, so no server has seen it. The reason is wrapped.
	ErrNotSent = errors.New("reqrep: not sent")
	// ErrNoAnswer says that the request was sent and no answer came. Whether it was handled is not known. The reason is wrapped.
	ErrNoAnswer = errors.New("reqrep: no answer")
	// ErrLost says that the connection that carried the request is gone, or the socket had to restart. It comes with ErrNoAnswer.
	ErrLost = errors.New("reqrep: connection lost")
	// ErrReply says that the peer answered with frames that are no reply, see the package documentation.
	ErrReply = errors.New("reqrep: malformed reply")
	// ErrUnread is the reason of a dead letter: a reply for a caller that lets so many lie that there is no room for more.
	ErrUnread = errors.New("reqrep: the caller does not read its replies")
	// ErrGone is the reason of a dead letter: a reply for a caller that is not connected any more.
	ErrGone = errors.New("reqrep: the caller is gone")
	// ErrOption says that an option does not fit.
	ErrOption = errors.New("reqrep: bad option")
)

// The codes of a RemoteError that a Server sends by itself. Handlers may use codes of their own.
const (
	CodeHandler = "error"   // the handler returned an error, whose text it is
	CodePanic   = "panic"   // the handler panicked; how is told to the server's events and log only
	CodeRequest = "decode"  // the server could not read the request: the codec refused it, or it is not one frame
	CodeReply   = "encode"  // the codec could not write the answer, or it is larger than a message may be
	CodeClosing = "closing" // the server closed before the handler was done
)

// RemoteError is the server's refusal of one request. A handler that returns one chooses the code that the caller sees.
type RemoteError struct {
	Code string // what kind of failure, for programs
	Text string // what happened, for people; at most 4 KiB arrive
}

// Error gives code and text.
func (e *RemoteError) Error() string {
	return fmt.Sprintf("reqrep: the server answered %s: %s", e.Code, e.Text)
}
