package pipeline

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the run is closed or has ended; a failure that ended it is wrapped as well.
	ErrClosed = errors.New("pipeline: closed")
	// ErrFailed says that Work returned an error for the task each time. The text is the worker's.
	ErrFailed = errors.New("pipeline: work failed")
	// ErrPanicked says that Work panicked at the last try.
	ErrPanicked = errors.New("pipeline: work panicked")
	// ErrLost says that the task was in hand each of the many times that its worker vanished, so that it may be what ends them.
	ErrLost = errors.New("pipeline: its workers vanished")
	// ErrCodec says that the task or its result could not be encoded or decoded.
	ErrCodec = errors.New("pipeline: codec")
	// ErrTooLarge says that an encoded task has more bytes than Topology.MaxTask.
	ErrTooLarge = errors.New("pipeline: task too large")
	// ErrSequence says that the sequence of tasks panicked or ended its goroutine. What it had given until then has its results.
	ErrSequence = errors.New("pipeline: the sequence of tasks failed")
	// ErrNoWorkers says that the supervisor gave up the last worker of the run.
	ErrNoWorkers = errors.New("pipeline: no worker is left")
)

// TaskError says why a task has no result. The other tasks go on.
type TaskError struct {
	Number int    // of the task within its Process
	Tries  int    // that ended with an error or a panic
	Worker string // that tried last
	Err    error  // ErrFailed, ErrPanicked, ErrLost, ErrCodec or ErrTooLarge, with what the worker said
}

func (e *TaskError) Error() string {
	text := fmt.Sprintf("pipeline: task %d", e.Number)
	if e.Tries > 0 {
		text += fmt.Sprintf(", %d tries", e.Tries)
	}
	if e.Worker != "" {
		text += ", last on " + e.Worker
	}
	return text + ": " + e.Err.Error()
}

func (e *TaskError) Unwrap() error { return e.Err }

// DeadTask is the message of the dead letter that every task becomes which is given up, beside the *TaskError that its loop gets: the
// letter's Reason is the Err of that. Who keeps Body can hand the task in again.
type DeadTask struct {
	Number int    // of the task within its Process
	Tries  int    // that ended with an error or a panic
	Worker string // that tried last
	Body   []byte // the task as the codec encoded it
}

// failureOf names a failure that a worker reported.
func failureOf(o outcome) error {
	if o.status == statusPanicked {
		return fmt.Errorf("%w: %s", ErrPanicked, o.body)
	}
	return fmt.Errorf("%w: %s", ErrFailed, o.body)
}
