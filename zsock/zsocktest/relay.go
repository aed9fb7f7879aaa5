package zsocktest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// Relay stands between two peers and passes what they send over tcp on, both ways, until it is told otherwise. Peers
// connect to it instead of to the endpoint behind it.
type Relay struct {
	listener net.Listener
	target   string
	group    sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	state   relayState
	open    map[net.Conn]struct{}
	passed  uint64
}

type relayState int

const (
	passing relayState = iota
	holding
	cut
	closed
)

// NewRelay starts a relay in front of a tcp endpoint, which may be that of a socket of another system or process. It ends
// with the test.
func NewRelay(t testing.TB, endpoint string) *Relay {
	t.Helper()
	r, err := StartRelay(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// StartRelay is NewRelay for programs that are not tests. The relay has to be closed.
func StartRelay(endpoint string) (*Relay, error) {
	e, err := zsock.ParseEndpoint(endpoint)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{listener: listener, target: strings.TrimPrefix(e.String(), "tcp://"), open: make(map[net.Conn]struct{})}
	r.changed = sync.NewCond(&r.mu)
	r.group.Go(r.accept)
	return r, nil
}

// Endpoint is where to connect to.
func (r *Relay) Endpoint() string { return "tcp://" + r.listener.Addr().String() }

// Hold keeps all connections open, and takes new ones, but passes nothing on: what a peer sees whose cable is pulled out, or
// whose other end is stopped. Bytes that are on their way wait.
func (r *Relay) Hold() { r.become(holding) }

// Cut ends all connections, and new ones as soon as they come, as if the other peer were gone.
func (r *Relay) Cut() { r.become(cut) }

// Pass passes bytes on again, those that waited first.
func (r *Relay) Pass() { r.become(passing) }

// Drop ends the connections that there are, so that peers connect anew; with those that Hold held, the bytes that waited
// are lost.
func (r *Relay) Drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop()
}

// Passed is how many bytes went through, both ways.
func (r *Relay) Passed() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.passed
}

// Close ends the relay and its connections, and waits for its goroutines. Calling it again does nothing.
func (r *Relay) Close() {
	r.become(closed)
	_ = r.listener.Close()
	r.group.Wait()
}

func (r *Relay) become(state relayState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == closed {
		return
	}
	r.state = state
	if state == cut || state == closed {
		r.drop()
	}
	r.changed.Broadcast()
}

func (r *Relay) drop() {
	for c := range r.open {
		_ = c.Close()
	}
	clear(r.open)
	r.changed.Broadcast()
}

func (r *Relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", r.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		r.mu.Lock()
		if r.state == cut || r.state == closed {
			_, _ = near.Close(), far.Close()
		} else {
			r.open[near], r.open[far] = struct{}{}, struct{}{}
			r.group.Go(func() { r.copy(near, far) })
			r.group.Go(func() { r.copy(far, near) })
		}
		r.mu.Unlock()
	}
}

// copy passes bytes on until one end is gone, which then ends the other one, too.
func (r *Relay) copy(to, from net.Conn) {
	defer func() {
		_, _ = to.Close(), from.Close()
		r.mu.Lock()
		delete(r.open, to)
		delete(r.open, from)
		r.changed.Broadcast()
		r.mu.Unlock()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !r.admit(from, n) {
			return
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

// admit waits while the relay holds, and reports whether the connection still counts.
func (r *Relay) admit(c net.Conn, n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if _, counts := r.open[c]; !counts {
			return false
		}
		if r.state != holding {
			r.passed += uint64(n)
			return true
		}
		r.changed.Wait()
	}
}
