package actor

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var (
	// ErrStop, returned by a behaviour, ends its actor normally: nothing failed, and nobody restarts it unless it is permanent.
	ErrStop = errors.New("actor: stop")
	// ErrStopped says that the actor is gone or on its way out, and did not handle the message.
	ErrStopped = errors.New("actor: stopped")
	// ErrMailboxFull says that a Try call found no room in the mailbox.
	ErrMailboxFull = errors.New("actor: mailbox full")
	// ErrRestarted says that the actor failed or was restarted before it answered.
	ErrRestarted = errors.New("actor: restarted before it answered")
	// ErrInterrupted is the cause of an incarnation's context once its stop or restart has been asked for.
	ErrInterrupted = errors.New("actor: interrupted by a stop or restart")
	// ErrGoexit is the failure of a handler that called runtime.Goexit, as testing.T.FailNow does.
	ErrGoexit = errors.New("actor: handler called runtime.Goexit")
	// ErrNameTaken says that the parent already has a child of that name.
	ErrNameTaken = errors.New("actor: name is taken")
	// ErrClosed says that the system is closed or closing.
	ErrClosed = errors.New("actor: system closed")
	// ErrWrongType is the reason of a dead letter whose message is not of the actor's type.
	ErrWrongType = errors.New("actor: message is not of the type that the actor takes")
	// ErrCausedFailure is the reason of a dead letter whose handling made the actor fail.
	ErrCausedFailure = errors.New("actor: handling the message failed")
)

// PanicError is the failure of a handler that panicked.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // the stack at the panic, as runtime/debug.Stack prints it
}

func newPanicError(value any) *PanicError { return &PanicError{Value: value, Stack: debug.Stack()} }

func (e *PanicError) Error() string {
	text := fmt.Sprintf("%T, whose text failed", e.Value)
	switch value := e.Value.(type) {
	case error:
		text = SafeError(value).Error()
	case string:
		text = value
	default:
		_ = Guard(func() { text = fmt.Sprint(value) })
	}
	return "actor: panic: " + text
}

// Unwrap gives the panic's value when it was an error, see SafeError.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return SafeError(err)
}

// OverstayError says which actors had not stopped when a deadline passed.
type OverstayError struct {
	Paths []string // of the actors that still ran, in tree order
	Err   error    // why the waiting ended
}

func (e *OverstayError) Error() string {
	if len(e.Paths) == 0 {
		return fmt.Sprintf("actor: there was no time for all actors to stop: %v", e.Err)
	}
	return fmt.Sprintf("actor: %d actor(s) did not stop in time: %v: %v", len(e.Paths), e.Paths, e.Err)
}

func (e *OverstayError) Unwrap() error { return e.Err }

// errAbandoned is why the waiting for an actor that its parent abandoned has ended.
var errAbandoned = errors.New("its parent waits no longer")
