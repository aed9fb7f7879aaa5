package actor

import (
	"bytes"
	"runtime"
)

// WithWaits has hook told when a handler begins to wait for an actor, by their paths: in Tell for room in a full mailbox, or
// in Ask for an answer. What hook returns is called when the wait is over. Both run on the goroutine of the actor that
// waits, and must not wait themselves. It is for tests, and what package actortest finds cycles with; without it nothing is
// kept.
func WithWaits(hook func(from, to string) (over func())) SystemOption {
	return func(o *systemOptions) { o.waits = hook }
}

// runs notes that the actor of that path runs on this goroutine, until over is called.
func (s *System) runs(path string) (over func()) {
	if s.options.waits == nil {
		return nothing
	}
	id := goroutine()
	s.runners.Store(id, path)
	return func() { s.runners.Delete(id) }
}

// waits tells that whoever runs on this goroutine waits for the actor of that path, until over is called.
func (s *System) waits(to string) (over func()) {
	if s.options.waits == nil {
		return nothing
	}
	from, ok := s.runners.Load(goroutine())
	if !ok {
		return nothing
	}
	return s.options.waits(from.(string), to)
}

func nothing() {}

// goroutine tells apart the goroutines that run: a stack begins with "goroutine 7 [running]".
func goroutine() string {
	var stack [32]byte
	return string(bytes.Fields(stack[:runtime.Stack(stack[:], false)])[1])
}
