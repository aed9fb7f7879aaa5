package pubsub

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/actomq/actomq/zsock"
)

// ErrClosed says that the publisher or subscriber is closed or has ended; the reason is wrapped as well.
var ErrClosed = errors.New("pubsub: closed")

// Error says what failed, and where. All errors of this package are one, but those of a message that can't be read.
type Error struct {
	Op       string // such as "publish"
	Topic    string // of the value, or the topics that were asked for; empty where it is about none
	Endpoint string // what the socket was opened with, resolved; its name if that was nothing
	Err      error  // ErrClosed, the cause of a context, patterns.ErrCodec, patterns.ErrNil, or a *zsock.Error
}

func (e *Error) Error() string {
	text := "pubsub: " + e.Op
	if e.Topic != "" {
		text += " " + strconv.Quote(e.Topic)
	}
	if e.Endpoint != "" {
		text += " at " + e.Endpoint
	}
	return text + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// DecodeError says that a message could not be read. It was consumed; the next Recv goes on behind it.
type DecodeError struct {
	Topic    string // its first frame
	Endpoint string // as in Error
	Err      error  // patterns.ErrCodec, or zsock.ErrMultipart
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("pubsub: value of %q at %s: %v", e.Topic, e.Endpoint, e.Err)
}

// Unwrap gives the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// place is where a publisher or subscriber works, for its errors.
type place string

func (p place) failed(op string, err error, topics ...string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, zsock.ErrClosed) {
		err = fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return &Error{Op: op, Topic: strings.Join(topics, ", "), Endpoint: string(p), Err: err}
}
