package actor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// endTimeout is how long a system that failed may take to end. Supervisors below have as long for two children that hang.
	endTimeout = 10 * time.Second
	// tellTimeout is how long hooks may keep Done from closing after that.
	tellTimeout = time.Second
)

func (s *System) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.empty:
		return false
	default:
	}
	s.running++
	return true
}

func (s *System) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	if s.running == 0 {
		s.engine.Shutdown()
		if s.late != nil {
			s.late.Stop()
		}
		close(s.empty)
		s.finish()
	}
}

// enterHelper and leaveHelper count a goroutine that works for the actor of that path.
func (s *System) enterHelper(path string) bool {
	if !s.enter() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.helpers[path]++
	return true
}

func (s *System) leaveHelper(path string) {
	s.mu.Lock()
	if s.helpers[path]--; s.helpers[path] == 0 {
		delete(s.helpers, path)
	}
	s.mu.Unlock()
	s.leave()
}

// end starts the end of the whole tree; the first cause is kept.
func (s *System) end(cause error) {
	s.mu.Lock()
	first := !s.ending
	if first {
		s.ending, s.cause = true, cause
		if cause != nil {
			s.late = time.AfterFunc(endTimeout, s.giveUp)
		}
	}
	s.mu.Unlock()
	if !first {
		return
	}
	if cause == nil {
		s.cancel(ErrClosed)
	} else {
		s.cancel(fmt.Errorf("%w: %w", ErrClosed, cause))
	}
	s.root.Stop(cause)
}

// giveUp lets go of all that a system which failed still waits for. What hooks do about it may take its time, but not all.
func (s *System) giveUp() {
	if !s.enterHelper("/") {
		return
	}
	told := make(chan struct{})
	go func() {
		defer s.leaveHelper("/")
		defer close(told)
		for _, k := range s.root.children() {
			s.root.abandon(k, endTimeout)
		}
	}()
	select {
	case <-told:
	case <-time.After(tellTimeout):
	}
	s.finish()
}

func (s *System) finish() { s.over.Do(func() { close(s.done) }) }

// Done is closed when every actor is gone and every goroutine of the system has ended. After a failure ended the system, it is
// closed some 10 seconds later at the latest: actors that have not returned by then are reported as Overstayed, as by
// Context.Abandon, and left behind. Context tells of the end when it begins.
func (s *System) Done() <-chan struct{} { return s.done }

// Err is the failure that ended the system, nil while it runs and after Close.
func (s *System) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// Close stops all actors and waits until they are gone or ctx ends; then the error is an *OverstayError that names those
// still there, also after Done. It may be called again, and from several goroutines. It returns the failure that had ended the
// system, if any.
func (s *System) Close(ctx context.Context) error {
	s.end(nil)
	select {
	case <-s.empty:
		return s.Err()
	case <-ctx.Done():
	}
	select {
	case <-s.empty:
		return s.Err()
	default:
	}
	return errors.Join(&OverstayError{Paths: s.overstaying("/"), Err: causeOf(ctx)}, s.Err())
}
