package supervision

import "errors"

var (
	// ErrGaveUp is the failure of a supervisor, or with Isolate the end of a child, that was restarted too often.
	ErrGaveUp = errors.New("supervision: gave up: too many failures")
	// ErrOverstayed says that an actor did not stop in its time and was left behind. It still runs; see actor.Overstayed.
	ErrOverstayed = errors.New("supervision: did not stop in time, and was left behind")
	// ErrSpec says that a Spec and its children do not go together.
	ErrSpec = errors.New("supervision: invalid spec")
	// ErrTooMany says that a supervisor has as many children as its Spec allows.
	ErrTooMany = errors.New("supervision: too many children")
	// ErrNoChild says that a supervisor has no child of that name, or none of that type.
	ErrNoChild = errors.New("supervision: no such child")
)
