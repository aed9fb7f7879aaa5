package zsock

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
)

// Monitor watches the connections of a socket: every event goes to every monitor of the socket, in order. Any number may watch
// at a time, from any goroutine; they cost libzmq nothing, since the socket's actor watches anyway. A monitor goes on through
// restarts of the socket, which it sees as EventRestarted, and ends with Close, with its context, or with the socket.
//
// It is fed from a bounded buffer. One that reads too slowly never holds up the socket: it loses the oldest events, which Dropped
// counts and Event.Seq shows.
//
// libzmq reports nothing about inproc; Socket.Peers and Socket.WaitConnected know inproc all the same.
type Monitor struct {
	socket *Socket
	events chan Event
	wanted uint32 // a bit for each EventKind

	dropped  atomic.Uint64
	released func() bool // the end of the context no longer matters

	mu     sync.Mutex // events is sent to and closed under it
	seq    uint64
	closed bool
	err    error
}

// MonitorOption configures a Monitor.
type MonitorOption func(*Monitor)

// WithEventBuffer sets how many events wait for a slow reader before the oldest are dropped; the default is 256, the least is 1.
func WithEventBuffer(events int) MonitorOption {
	return func(m *Monitor) { m.events = make(chan Event, max(1, events)) }
}

// WithEventKinds has the monitor see these kinds only; the default is all.
func WithEventKinds(kinds ...EventKind) MonitorOption {
	return func(m *Monitor) {
		m.wanted = 0
		for _, k := range kinds {
			if k.valid() {
				m.wanted |= 1 << k
			}
		}
	}
}

// Monitor begins to watch the socket's connections: what happens from now on is seen. For what is already there ask Peers
// afterwards. ctx bounds the life of the monitor, as Close does; the call itself never waits. Errors: ErrClosed, or the cause of
// a context that is over.
func (s *Socket) Monitor(ctx context.Context, opts ...MonitorOption) (*Monitor, error) {
	if ctx.Err() != nil {
		return nil, &Error{Op: "monitor", Socket: s.name, Err: causeOf(ctx)}
	}
	m := &Monitor{socket: s, wanted: 1<<eventKinds - 1}
	for _, opt := range opts {
		opt(m)
	}
	if m.events == nil {
		m.events = make(chan Event, 256)
	}
	if !s.watchers.add(m) {
		return nil, &Error{Op: "monitor", Socket: s.name, Err: ErrClosed}
	}
	released := context.AfterFunc(ctx, func() { m.end(causeOf(ctx)) })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.released = released
	if m.closed {
		released()
	}
	return m, nil
}

// Events is the channel of events. It closes when the monitor ends; what was in it can still be read.
func (m *Monitor) Events() <-chan Event { return m.events }

// All ranges over the events. It ends with ctx, with the monitor or with the socket; unless the program itself closed one of
// these two, the last pair has the error. Several readers of one monitor share its events.
func (m *Monitor) All(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			select {
			case e, open := <-m.events:
				if !open {
					if err := m.Err(); err != nil {
						yield(Event{}, err)
					}
					return
				}
				if !yield(e, nil) {
					return
				}
			case <-ctx.Done():
				yield(Event{}, &Error{Op: "monitor", Socket: m.socket.name, Err: causeOf(ctx)})
				return
			}
		}
	}
}

// Dropped is how many events the monitor has lost because nobody read them in time.
func (m *Monitor) Dropped() uint64 { return m.dropped.Load() }

// Err is why the monitor ended: the cause of its context, or the failure of a socket that was given up. It is nil while it
// watches, after Close, and after the close of the socket.
func (m *Monitor) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Close ends the monitor. Calling it again does nothing; the error is always nil.
func (m *Monitor) Close() error {
	m.end(nil)
	return nil
}

func (m *Monitor) end(err error) {
	m.socket.watchers.remove(m)
	m.finish(err)
}

// finish closes the channel; whoever ends the monitor first says why.
func (m *Monitor) finish(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	if err != nil {
		m.err = &Error{Op: "monitor", Socket: m.socket.name, Err: err}
	}
	close(m.events)
	if m.released != nil {
		m.released()
	}
}

// offer puts an event into the buffer. It never waits: the lock is held for moments only, and while it is held nobody else adds
// to the buffer.
func (m *Monitor) offer(e Event) {
	if m.wanted&(1<<e.Kind) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.seq++
	e.Seq = m.seq
	for {
		select {
		case m.events <- e:
			return
		default:
		}
		select {
		case <-m.events:
			m.dropped.Add(1)
		default: // a reader was faster
		}
	}
}

// watchers are the monitors of a socket, and the counts of its events. They outlive incarnations.
type watchers struct {
	counts [eventKinds]atomic.Uint64

	mu   sync.Mutex
	list []*Monitor // replaced, not changed: publish reads it without the lock
	over bool
}

// EventCount is how many events of a kind the socket has seen since it was opened, with or without a monitor.
func (s *Socket) EventCount(kind EventKind) uint64 {
	if !kind.valid() {
		return 0
	}
	return s.watchers.counts[kind].Load()
}

func (w *watchers) add(m *Monitor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	w.list = append(w.list[:len(w.list):len(w.list)], m)
	return true
}

func (w *watchers) remove(m *Monitor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var rest []*Monitor
	for _, other := range w.list {
		if other != m {
			rest = append(rest, other)
		}
	}
	w.list = rest
}

func (w *watchers) publish(e Event) {
	w.counts[e.Kind].Add(1)
	w.mu.Lock()
	list := w.list
	w.mu.Unlock()
	for _, m := range list {
		m.offer(e)
	}
}

// close ends all monitors: the socket is over.
func (w *watchers) close(err error) {
	w.mu.Lock()
	list := w.list
	w.list, w.over = nil, true
	w.mu.Unlock()
	for _, m := range list {
		m.finish(err)
	}
}
