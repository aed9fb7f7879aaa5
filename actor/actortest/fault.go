package actortest

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/actomq/actomq/actor"
)

// Fault is what goes wrong instead of a call. It may return an error, panic, exit its goroutine, or wait; nil is no fault.
type Fault func() error

// Error is the fault of a handler that returns err.
func Error(err error) Fault { return func() error { return err } }

// Panic is the fault of a handler that panics.
func Panic(value any) Fault { return func() error { panic(value) } }

// Exit is the fault of a handler that calls runtime.Goexit.
func Exit() Fault { return func() error { runtime.Goexit(); return nil } }

// Stall is the fault of a handler that does not return and heeds no context.
type Stall struct {
	reached, released chan struct{}
	reach, release    sync.Once
}

// NewStall makes a stall. It must be released, or its actor never ends.
func NewStall() *Stall { return &Stall{reached: make(chan struct{}), released: make(chan struct{})} }

// Fault waits until Release, and then is no fault any more.
func (s *Stall) Fault() error {
	s.reach.Do(func() { close(s.reached) })
	<-s.released
	return nil
}

// Reached is closed when an actor stalls.
func (s *Stall) Reached() <-chan struct{} { return s.reached }

// Release lets everybody who stalls go on. It may be called again.
func (s *Stall) Release() { s.release.Do(func() { close(s.released) }) }

// Point is a call of a behaviour, where a fault can be.
type Point int

// The points. A fault in Stop can't be an error, which is dropped.
const (
	Start Point = iota
	Receive
	Flush
	Ready
	Stop
	ChildFailed
	ChildStopped
)

func (p Point) String() string {
	if p < Start || p > ChildStopped {
		return fmt.Sprintf("Point(%d)", int(p))
	}
	return [...]string{"Start", "Receive", "Flush", "Ready", "Stop", "ChildFailed", "ChildStopped"}[p]
}

// Injector says which faults are due. One injector may serve several actors.
type Injector struct {
	mu     sync.Mutex
	next   map[Point][]Fault
	always map[Point]Fault
	poison []poison
}

type poison struct {
	match func(m any) bool
	fault Fault
}

// NewInjector makes an injector without faults.
func NewInjector() *Injector {
	return &Injector{next: make(map[Point][]Fault), always: make(map[Point]Fault)}
}

// Next has the fault happen once, the next time that an actor comes to the point. Several wait for their turns; a nil fault lets
// one call pass.
func (i *Injector) Next(at Point, faults ...Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.next[at] = append(i.next[at], faults...)
}

// Always has the fault happen every time, beside those of Next, until it is replaced; nil removes it.
func (i *Injector) Always(at Point, f Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.always[at] = f
}

// Poison has the fault happen with every message that matches.
func (i *Injector) Poison(match func(m any) bool, f Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.poison = append(i.poison, poison{match, f})
}

func (i *Injector) due(at Point, m any) Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	if queue := i.next[at]; len(queue) > 0 {
		i.next[at] = queue[1:]
		return queue[0]
	}
	if at == Receive {
		for _, p := range i.poison {
			if p.match(m) {
				return p.fault
			}
		}
	}
	return i.always[at]
}

// strike has the fault happen that is due, if there is one.
func (i *Injector) strike(at Point, m any) error {
	if f := i.due(at, m); f != nil {
		return f()
	}
	return nil
}

// Inject puts faults around the behaviours that produce makes. The result is to be given to actor.Spawn or supervision.Actor.
func Inject[M any](i *Injector, produce func() actor.Behavior[M]) func() actor.Behavior[M] {
	return func() actor.Behavior[M] { return &faulty[M]{i, produce()} }
}
