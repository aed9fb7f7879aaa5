package reqrep

import (
	"fmt"
	"sync"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// life is what a server and a client have in common: a socket under a supervisor, an end, and its cause.
type life struct {
	all      *supervision.Supervisor
	socket   *zsock.Socket
	endpoint string

	mu    sync.Mutex
	ended bool
	cause error
	over  chan struct{} // closed by the first end
}

// end makes everything stop. It does not wait; the first cause is kept.
func (l *life) end(cause error) {
	l.mu.Lock()
	first := !l.ended
	if first {
		l.ended, l.cause = true, cause
		close(l.over)
	}
	l.mu.Unlock()
	if first {
		l.all.Handle().Stop(nil)
	}
}

// socketLost ends everything, once a read said that the socket is closed.
func (l *life) socketLost(ctx *actor.Context[struct{}]) error {
	select {
	case <-l.socket.Done():
		l.end(l.socket.Err())
	case <-ctx.Done():
	}
	return actor.ErrStop
}

func (l *life) closedError() error {
	if err := l.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrClosed, l.Name(), err)
	}
	return fmt.Errorf("%w: %s", ErrClosed, l.Name())
}

// Name is the name in the system's tree.
func (l *life) Name() string { return l.all.Handle().Name() }

// Endpoint is the endpoint as libzmq resolved it: the real port for port 0.
func (l *life) Endpoint() string { return l.endpoint }

// Socket is the socket beneath, to look at and to break in tests. Reading from it takes messages away.
func (l *life) Socket() *zsock.Socket { return l.socket }

// Done is closed when all is gone: after Close, with the system, or after a failure that supervision could not mend.
func (l *life) Done() <-chan struct{} { return l.all.Handle().Done() }

// Err is the failure that was the end, nil before it and after Close.
func (l *life) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}
