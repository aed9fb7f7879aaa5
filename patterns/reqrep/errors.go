package reqrep

import (
	"errors"
	"fmt"

	"github.com/actomq/actomq/zsock"
)

// ErrClosed says that the client is closed, or closed before the answer came.
var ErrClosed = errors.New("reqrep: closed")

// The codes of a RemoteError.
const (
	CodeHandler = "error"  // the handler returned an error
	CodePanic   = "panic"  // the handler panicked; the text does not tell more, the server's log does
	CodeRequest = "decode" // the server could not read the request
	CodeReply   = "encode" // the server could not write the handler's answer
)

// RemoteError is the answer of a server that could not give the one that was asked for.
type RemoteError struct {
	Code string
	Text string
}

func (e *RemoteError) Error() string {
	return fmt.Sprintf("reqrep: the server answered %s: %s", e.Code, e.Text)
}

// body is the message behind the empty delimiter.
func (e *RemoteError) body() zsock.Message { return zsock.Text("", e.Code, e.Text) }

// asRemoteError reads an error off the frames behind the delimiter.
func asRemoteError(body zsock.Message) *RemoteError {
	if body.Len() == 3 && len(body.Frame(0)) == 0 {
		return &RemoteError{Code: string(body.Frame(1)), Text: string(body.Frame(2))}
	}
	return nil
}
