package zsock

import (
	"context"
	"sync"
	"time"
)

// implicit is the system of programs that make none.
var implicit struct {
	mu  sync.Mutex
	sys *System // nil while nobody uses it
}

// lease counts who uses an implicit system: its sockets, and whoever holds it. The lock is implicit.mu.
type lease struct {
	users int
	over  chan struct{} // closed when the system is gone; nil while it has users
}

// Open opens a socket in a system that scripts and small programs need not make: it comes with its first socket and ends with its
// last, when Close of that one returns. Services make their own with NewSystem, which has options, errors and a deadline
// for its end. Sockets that are open at the same time share the system, so inproc endpoints connect them. The errors are those of
// NewSystem and System.Open.
func Open(t Type, opts ...SocketOption) (*Socket, error) {
	sys, release, err := Default()
	if err != nil {
		return nil, err
	}
	defer release()
	return sys.openAt(caller(1), t, opts)
}

// Default gives the system of Open, and keeps it until release is called, which may happen more than once. The last one to release it, or to
// close a socket of it, waits for its end.
func Default() (sys *System, release func(), err error) {
	implicit.mu.Lock()
	defer implicit.mu.Unlock()
	if implicit.sys == nil || implicit.sys.closing() {
		if sys, err = NewSystem(); err != nil {
			return nil, nil, err
		}
		sys.lease = &lease{}
		implicit.sys = sys
	}
	sys = implicit.sys
	sys.lease.users++
	return sys, sync.OnceFunc(func() {
		sys.leave()
		sys.awaitEnd()
	}), nil
}

// join counts a user of an implicit system.
func (s *System) join() {
	if s.lease == nil {
		return
	}
	implicit.mu.Lock()
	defer implicit.mu.Unlock()
	s.lease.users++
}

// leave ends an implicit system with its last user.
func (s *System) leave() {
	if s.lease == nil {
		return
	}
	implicit.mu.Lock()
	defer implicit.mu.Unlock()
	if s.lease.users--; s.lease.users > 0 {
		return
	}
	if implicit.sys == s {
		implicit.sys = nil
	}
	over := make(chan struct{})
	s.lease.over = over
	go func() { // whoever was the last waits for it, in awaitEnd
		defer close(over)
		ctx, cancel := context.WithTimeout(context.Background(), implicitPatience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			s.logger.Error("the default system did not end", "error", err)
		}
	}()
}

// implicitPatience is more than the end of a system without users takes.
const implicitPatience = 10 * time.Second

// awaitEnd waits until an implicit system without users is gone.
func (s *System) awaitEnd() {
	if s.lease == nil {
		return
	}
	implicit.mu.Lock()
	over := s.lease.over
	implicit.mu.Unlock()
	if over != nil {
		<-over
	}
}
