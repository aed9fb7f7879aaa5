package reactor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// ErrClosed says that the reactor or the watch is closed.
var ErrClosed = errors.New("reactor: closed")

// Reactor watches descriptors on one goroutine. Its methods are safe for concurrent use.
type Reactor struct {
	backend backend
	wakeups atomic.Uint64

	mu      sync.Mutex
	watches map[uint64]*Watch
	serial  uint64
	closed  bool
	failure error // why the loop ended, if it was not closed

	done chan struct{}
}

// backend looks at descriptors. Each is known by an id that is never used twice, so that an event of a descriptor which is
// gone can't be taken for one of its number's next owner. add, arm and remove may be called while run runs.
type backend interface {
	// add makes a descriptor known, disarmed.
	add(fd int, id uint64) error
	// arm has wait report the descriptor once, as soon as it is readable, also when it is already.
	arm(fd int, id uint64) error
	// remove returns once the descriptor is in no poll set any more.
	remove(fd int, id uint64) error
	// run waits for events, calls woke whenever it wakes, and ready for each event. It returns errClosing after interrupt, or
	// an error that it can't go on after.
	run(woke func(), ready func(id uint64)) error
	// interrupt ends run.
	interrupt()
	// close frees what the backend holds, after run has returned.
	close() error
}

var errClosing = errors.New("reactor: closing")

// Backend is a way of looking at descriptors. All behave the same; doc.go compares them.
type Backend int

// The backends.
const (
	Best      Backend = iota // the fastest one of the platform
	PollTable                // zmq_poll over a table of all armed descriptors; everywhere
	EpollPoll                // Linux: zmq_poll over one epoll descriptor, blocking a thread
	EpollPark                // Linux: one epoll descriptor parked in Go's netpoller, then zmq_poll without waiting
)

func (b Backend) String() string {
	switch b {
	case Best:
		return "best"
	case PollTable:
		return "poll table"
	case EpollPoll:
		return "epoll under zmq_poll"
	case EpollPark:
		return "epoll parked"
	}
	return fmt.Sprintf("Backend(%d)", int(b))
}

// Option configures a Reactor.
type Option func(*options)

type options struct{ backend Backend }

// WithBackend chooses the backend; the default is Best.
func WithBackend(b Backend) Option { return func(o *options) { o.backend = b } }

// New starts a reactor. It must be closed.
func New(opts ...Option) (*Reactor, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	b, err := newBackend(o.backend)
	if err != nil {
		return nil, fmt.Errorf("reactor: backend %v: %w", o.backend, err)
	}
	r := &Reactor{backend: b, watches: make(map[uint64]*Watch), done: make(chan struct{})}
	go r.loop()
	return r, nil
}

func (r *Reactor) loop() {
	defer close(r.done)
	r.fail(r.backend.run(func() { r.wakeups.Add(1) }, r.signal))
}

// fail wakes every owner, so that each finds out by its next Arm.
func (r *Reactor) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !errors.Is(err, errClosing) {
		r.failure = err
	}
	for _, w := range r.watches {
		w.signal()
	}
}

// signal sends the token of a watch. It holds the lock, so that no token comes once Watch.Close has returned.
func (r *Reactor) signal(id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.watches[id]; w != nil {
		w.signal()
	}
}

// Wakeups is how often the loop has woken. It stands still while no armed descriptor becomes readable.
func (r *Reactor) Wakeups() uint64 { return r.wakeups.Load() }

// Close stops the loop and waits for it as long as ctx allows. No token comes afterwards; all methods answer ErrClosed.
// Descriptors that are watched stay open: they belong to their owners. Calling it again waits again.
func (r *Reactor) Close(ctx context.Context) error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	for _, w := range r.watches {
		w.armed.Store(false)
	}
	clear(r.watches)
	r.mu.Unlock()
	if first {
		r.backend.interrupt()
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return fmt.Errorf("reactor: close: %w", context.Cause(ctx))
	}
	return r.backend.close()
}

// Watch is one descriptor that the reactor knows.
type Watch struct {
	reactor *Reactor
	fd      int
	id      uint64
	token   chan<- struct{}
	armed   atomic.Bool // asked for, and not reported yet: a token is certain to come
	fired   atomic.Bool // reported, and nobody has asked Fired since
}

// Watch makes a descriptor known. Tokens go to token, which should have a capacity of 1 and may serve several watches: a
// token says "look", and one that finds the channel full is not sent, since there is one to be read already.
//
// The descriptor must stay open until the watch is closed.
func (r *Reactor) Watch(fd int, token chan<- struct{}) (*Watch, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, ErrClosed
	}
	r.serial++
	w := &Watch{reactor: r, fd: fd, id: r.serial, token: token}
	r.watches[w.id] = w
	r.mu.Unlock()
	if err := r.backend.add(fd, w.id); err != nil {
		r.mu.Lock()
		delete(r.watches, w.id)
		r.mu.Unlock()
		return nil, fmt.Errorf("reactor: watch descriptor %d: %w", fd, err)
	}
	return w, nil
}

// Arm asks for one token as soon as the descriptor is readable, at once if it is already. Arming an armed watch changes
// nothing and costs next to nothing. It never waits.
func (w *Watch) Arm() error {
	if w.armed.Load() {
		return nil
	}
	r := w.reactor
	r.mu.Lock()
	known, failure := r.watches[w.id] == w, r.failure
	r.mu.Unlock()
	if !known {
		return ErrClosed
	}
	if failure != nil {
		return fmt.Errorf("reactor: the loop has failed: %w", failure)
	}
	if w.armed.Swap(true) {
		return nil
	}
	if err := r.backend.arm(w.fd, w.id); err != nil {
		w.armed.Store(false)
		return fmt.Errorf("reactor: arm descriptor %d: %w", w.fd, err)
	}
	return nil
}

// Close forgets the descriptor. Once it has returned no token of this watch comes any more and the descriptor is in no poll
// set, so it may be closed and its number used again at once. Calling it again does nothing.
func (w *Watch) Close() error {
	r := w.reactor
	r.mu.Lock()
	known := r.watches[w.id] == w
	delete(r.watches, w.id)
	w.armed.Store(false)
	r.mu.Unlock()
	if !known {
		return nil
	}
	if err := r.backend.remove(w.fd, w.id); err != nil {
		return fmt.Errorf("reactor: forget descriptor %d: %w", w.fd, err)
	}
	return nil
}

// Fired tells whether this watch has reported its descriptor since the last call. It is for owners whose channel serves several
// purposes: ask after a token was read.
func (w *Watch) Fired() bool { return w.fired.Load() && w.fired.Swap(false) }

func (w *Watch) signal() {
	w.fired.Store(true)
	w.armed.Store(false) // before the token, so that an owner who has read it can arm again
	select {
	case w.token <- struct{}{}:
	default:
	}
}
