package actor

import (
	"slices"
	"sync"
	"sync/atomic"

	proto "github.com/asynkron/protoactor-go/actor"
)

const (
	stateStarting int32 = iota
	stateRunning
	stateFailed
	stateRestarting
	stateStopping
	stateStopped
	stateEnded
	stateHalted
)

var stateNames = [...]string{"starting", "running", "failed", "restarting", "stopping", "stopped", "ended", "halted"}

// node is an actor's place in the tree, and what can be seen of it from any goroutine.
type node struct {
	sys    *System
	parent *node // nil for the root
	name   string
	path   string
	kind   string

	pid  atomic.Pointer[proto.PID]
	done chan struct{} // closed when nothing of the actor runs any more
	gone atomic.Bool   // protoactor let go of it

	over chan struct{} // closed when nobody need wait for the actor any more: it is done, or was left behind
	once sync.Once     // of closing over

	asked    atomic.Bool // to stop
	born     atomic.Bool // its first Start succeeded
	finished bool        // under the system's lock: done is closed

	state    atomic.Int32
	number   atomic.Uint64 // of the incarnation, counted from 1
	received atomic.Uint64
	restarts atomic.Uint64
	note     atomic.Pointer[string] // what it is doing, set by whoever supervises it

	mu          sync.Mutex
	kids        []kid // in order of start
	cause       error
	causeSet    bool
	failureText string
}

type kid struct {
	id string // protoactor's
	Handle
	look   func() Snapshot
	number func() uint64 // of the incarnation
	node   *node
}

// Name implements Handle.
func (n *node) Name() string { return n.name }

// Path implements Handle.
func (n *node) Path() string { return n.path }

// Done implements Handle.
func (n *node) Done() <-chan struct{} { return n.done }

// PID implements Handle.
func (n *node) PID() *proto.PID { return n.pid.Load() }

// Err implements Handle.
func (n *node) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cause
}

// giveUp ends all waiting for the actor.
func (n *node) giveUp() { n.once.Do(func() { close(n.over) }) }

func (n *node) incarnation() uint64 { return n.number.Load() }

// setCause keeps the first reason to end.
func (n *node) setCause(err error) {
	err = SafeError(err) // of anybody who stops the actor
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.causeSet {
		n.cause, n.causeSet = err, true
	}
}

func (n *node) noteFailure(err error) {
	n.state.Store(stateFailed)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failureText = err.Error()
}

// visit shows n and everything below it, parents first.
func (n *node) visit(see func(*node)) {
	see(n)
	for _, k := range n.children() {
		k.node.visit(see)
	}
}

func (n *node) has(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.kids, func(k kid) bool { return k.Name() == name })
}

func (n *node) add(k kid) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kids = append(n.kids, k)
}

func (n *node) forget(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kids = slices.DeleteFunc(n.kids, func(k kid) bool { return k.id == id })
}

func (n *node) child(id string) (kid, bool) { return n.find(func(k kid) bool { return k.id == id }) }

func (n *node) find(wanted func(kid) bool) (kid, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, k := range n.kids {
		if wanted(k) {
			return k, true
		}
	}
	return kid{}, false
}

func (n *node) children() []kid { return n.childrenFrom(0) }

func (n *node) childrenFrom(i int) []kid {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.kids[i:])
}

func (n *node) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.kids)
}
