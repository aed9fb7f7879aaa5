package zsock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// ForeignContext is a hold on the libzmq context of a system.
type ForeignContext struct {
	sys     *System
	user    string
	at      string // file and line of UnsafeContext
	pointer unsafe.Pointer
	release func()
}

// UnsafeContext lends the system's libzmq context to foreign code, which can open sockets of its own in it and so speak with the system's over
// inproc. user names the code in errors. Nothing of this package guards those sockets: they tolerate one goroutine at a time, and misuse
// ends the process.
//
// The context lives at least until Release, and the system's Close waits for that as long as its context allows, then names the user. While it
// waits, libzmq answers every call on the foreign sockets with ETERM, upon which they have to be closed. After Close has begun,
// the error is ErrClosed.
func (s *System) UnsafeContext(user string) (*ForeignContext, error) {
	at := caller(1)
	c := &ForeignContext{sys: s, user: user, at: at}
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return nil, &Error{Op: "lend the context to " + user, Err: ErrClosed}
	}
	c.pointer = s.zmq.Pointer()
	if s.lent == nil {
		s.lent = make(map[*ForeignContext]struct{})
	}
	s.lent[c] = struct{}{}
	s.mu.Unlock()
	s.join()
	s.logger.Warn("the libzmq context is in foreign hands", "user", user, "at", at)
	c.release = sync.OnceFunc(func() {
		s.mu.Lock()
		delete(s.lent, c)
		if s.returned != nil {
			close(s.returned)
			s.returned = nil
		}
		s.mu.Unlock()
		s.leave()
		s.awaitEnd()
	})
	return c, nil
}

// Pointer is what zmq_ctx_new gave, for zmq_socket; don't end it. It is not valid any more after Release.
func (c *ForeignContext) Pointer() unsafe.Pointer { return c.pointer }

// Release gives the context back, once all foreign sockets in it are closed. Calling it again does nothing.
func (c *ForeignContext) Release() { c.release() }

// awaitLent waits until all holds on the context are released.
func (s *System) awaitLent(ctx context.Context) error {
	for {
		s.mu.Lock()
		if len(s.lent) == 0 {
			s.mu.Unlock()
			return nil
		}
		if s.returned == nil {
			s.returned = make(chan struct{})
		}
		returned := s.returned
		var users []string
		for c := range s.lent {
			users = append(users, fmt.Sprintf("%s (since %s)", cmp.Or(c.user, "somebody"), c.at))
		}
		s.mu.Unlock()
		select {
		case <-returned:
		case <-ctx.Done():
			slices.Sort(users)
			return fmt.Errorf("%w: %s: call Release of UnsafeContext there: %w", errLent, strings.Join(users, ", "), causeOf(ctx))
		}
	}
}

var errLent = errors.New("the libzmq context is still held by foreign code")
