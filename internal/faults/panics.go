package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// trap is a callback of the user's that fails in every way that Go knows, one after the other, and then works.
type trap struct {
	name  string
	armed atomic.Bool
	calls atomic.Int64
}

// ways is how many ways there are.
const ways = 3

func (t *trap) spring() {
	if !t.armed.Load() {
		return
	}
	switch t.calls.Add(1) {
	case 1:
		panic(t.name)
	case 2:
		runtime.Goexit()
	case ways:
		panic(vicious{})
	}
}

// vicious is an error that fails whoever looks at it.
type vicious struct{}

func (vicious) Error() string   { panic("vicious") }
func (vicious) Is(error) bool   { panic("vicious") }
func (vicious) As(any) bool     { panic("vicious") }
func (vicious) Unwrap() []error { panic("vicious") }

// again has the callback called until it has failed in every way and worked afterwards.
func (t *trap) again(ctx context.Context, call func() error) error {
	t.armed.Store(true)
	for t.calls.Load() <= ways {
		if err := call(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("called %d times, and then no more: %w", t.calls.Load(), context.Cause(ctx))
		}
		runtime.Gosched()
	}
	return nil
}

// stage is where callbacks fail.
type stage struct {
	sys *zsock.System
	sup *supervision.Supervisor
}

// callback is one that fails: drive has it called until it has failed in every way, and sees that all goes on.
type callback struct {
	name  string
	drive func(ctx context.Context, st stage, t *trap) error
}

// panicEverywhere has every callback fail, beside a stream of messages that notices nothing.
func panicEverywhere(ctx context.Context, s *scene) (err error) {
	sys, push, pull, end, err := s.stream(ctx)
	if err != nil {
		return err
	}
	defer end(&err)
	sup, err := sys.Supervise(ctx, "fragile", supervision.Spec{Isolate: true, Intensity: 1_000_000,
		Backoff: supervision.Backoff{Min: time.Millisecond, Max: time.Millisecond}})
	if err != nil {
		return err
	}
	var all []callback
	for _, list := range [][]callback{actorCallbacks(), hookCallbacks(), socketCallbacks(), patternCallbacks()} {
		all = append(all, list...)
	}
	for _, c := range all {
		if err := s.postAll(ctx, push, s.load/len(all)); err != nil {
			return err
		}
		t := &trap{name: c.name}
		if err := c.drive(ctx, stage{sys, sup}, t); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if err := errors.Join(sys.Err(), ctx.Err()); err != nil {
			return fmt.Errorf("%s ended the system: %w", c.name, err)
		}
	}
	s.note("%d callbacks, each of which panicked, exited its goroutine, and panicked with an error that panics", len(all))
	if restarts := push.EventCount(zsock.EventRestarted) + pull.EventCount(zsock.EventRestarted); restarts > 0 {
		return fmt.Errorf("the sockets beside were restarted %d times", restarts)
	}
	return errors.Join(s.settled(ctx, push), balanced(ctx, sys))
}
