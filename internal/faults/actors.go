package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns/pipeline"
	"github.com/actomq/actomq/supervision"
)

// poisonMessage puts a task among others that panics whoever does it.
func poisonMessage(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	poison := s.random.IntN(s.load)
	run, err := pipeline.Topology[int, int]{Workers: 4, Work: func(_ context.Context, n int) (int, error) {
		if n == poison {
			panic("poison")
		}
		return n, nil
	}}.Run(sys)
	if err != nil {
		return err
	}
	tasks := func(yield func(int) bool) {
		for range s.load {
			id, _ := s.ledger.next()
			s.ledger.note(id, accepted)
			if !yield(id) {
				return
			}
		}
	}
	poisoned := 0
	for r, err := range run.Process(ctx, tasks) {
		if err == nil {
			s.ledger.note(r.Value, delivered)
			continue
		}
		if task, ok := errors.AsType[*pipeline.TaskError](err); !ok {
			return err
		} else {
			s.note("given up: %v", firstLine(task))
		}
		poisoned++
		s.ledger.note(poison, dead)
	}
	if poisoned != 1 {
		return fmt.Errorf("%d tasks were given up", poisoned)
	}
	if stats := run.Stats(); stats.Completed != uint64(s.load-1) || stats.GaveUp != 1 || stats.Failures != 3 || stats.Open != 0 {
		return fmt.Errorf("the run counts %+v", stats)
	}
	return nil
}

func firstLine(err error) string {
	text := err.Error()
	for i, r := range text {
		if r == '\n' {
			return text[:i]
		}
	}
	return text
}

// restartStorm has an actor fail in every start, beside a stream of messages. Its supervisor answers all the while.
func restartStorm(ctx context.Context, s *scene) (err error) {
	sys, push, _, end, err := s.stream(ctx)
	if err != nil {
		return err
	}
	defer end(&err)
	const intensity, backoff = 50, 10 * time.Millisecond
	sup, err := sys.Supervise(ctx, "storm", supervision.Spec{Intensity: intensity, Isolate: true,
		Backoff: supervision.Backoff{Min: backoff, Factor: 1, Jitter: -1}})
	if err != nil {
		return err
	}
	var starts atomic.Int64
	ref, err := supervision.Spawn(ctx, sup, "fails", supervision.Permanent, func() actor.Behavior[string] {
		return &hopeless{&starts}
	})
	if err != nil {
		return err
	}
	begin, before := time.Now(), processorTime()
	if err := ref.Tell(ctx, "fail"); err != nil {
		return err
	}
	answers := 0
	for over := false; !over; {
		if _, err := sup.Child(ctx, "fails"); err == nil {
			answers++
		} else if !errors.Is(err, supervision.ErrNoChild) {
			return fmt.Errorf("the supervisor does not answer during the storm: %w", err)
		}
		select {
		case <-ref.Done():
			over = true
		case <-time.After(backoff / 2):
		case <-ctx.Done():
			return errors.New("nobody gave up")
		}
	}
	took, used := time.Since(begin), processorTime()-before
	s.note("given up after %d starts in %v, of which %.1f%% of a processor's time; the supervisor answered %d times",
		starts.Load(), took.Round(time.Millisecond), 100*float64(used)/float64(took), answers)
	switch {
	case starts.Load() != intensity+1:
		return fmt.Errorf("%d starts, want %d", starts.Load(), intensity+1)
	case took < intensity*backoff:
		return fmt.Errorf("%d restarts in %v: that is no backoff of %v", intensity, took, backoff)
	case used > took/2:
		return fmt.Errorf("the storm took %v of a processor in %v", used, took)
	case answers < intensity/2:
		return fmt.Errorf("the supervisor answered %d times only", answers)
	}
	if err := s.postAll(ctx, push, s.load); err != nil {
		return err
	}
	return errors.Join(s.settled(ctx, push), balanced(ctx, sys))
}

// hopeless starts once and never again.
type hopeless struct{ starts *atomic.Int64 }

func (f *hopeless) Start(*actor.Context[string]) error {
	if f.starts.Add(1) > 1 {
		return errors.New("no start today")
	}
	return nil
}

func (f *hopeless) Receive(*actor.Context[string], string) error { return errors.New("fails") }

func processorTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// mutualFill has two actors wait for room in each other's mailbox, and stops them.
func mutualFill(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	sup, err := sys.Supervise(ctx, "mutual", supervision.Spec{})
	if err != nil {
		return err
	}
	refs := make([]actor.Ref[int], 2)
	blocked := make(chan int, 100)
	for i := range refs {
		refs[i], err = supervision.Spawn(ctx, sup, fmt.Sprint("side", i), supervision.Permanent, func() actor.Behavior[int] {
			return actor.Func[int](func(c *actor.Context[int], n int) error {
				s.ledger.note(n, delivered)
				for range 3 {
					if s.tell(refs[1-i].TryTell) != nil {
						select {
						case blocked <- i:
						default: // it was told before
						}
						return s.tell(func(n int) error { return refs[1-i].Tell(c, n) })
					}
				}
				return nil
			})
		}, actor.WithMailbox(1))
		if err != nil {
			return err
		}
	}
	for _, ref := range refs {
		if err := s.tell(func(n int) error { return ref.Tell(ctx, n) }); err != nil {
			return err
		}
	}
	for seen := map[int]bool{}; len(seen) < len(refs); {
		select {
		case i := <-blocked:
			seen[i] = true
		case <-ctx.Done():
			return errors.New("they never filled each other")
		}
	}
	begin := time.Now()
	if err := sup.Stop(ctx); err != nil {
		return err
	}
	s.note("both stopped in %v", time.Since(begin).Round(100*time.Microsecond))
	return nil
}

// tell books a message to an actor, which is its number.
func (s *scene) tell(tell func(n int) error) error {
	id, _ := s.ledger.next()
	err := tell(id)
	s.ledger.outcome(id, err)
	return err
}

// neverReturns closes a system one of whose actors does not come back from its handler.
func neverReturns(ctx context.Context, s *scene) error {
	sys, _, err := s.system()
	if err != nil {
		return err
	}
	sup, err := sys.Supervise(ctx, "user", supervision.Spec{})
	if err != nil {
		return err
	}
	stuck, release := make(chan struct{}), make(chan struct{})
	ref, err := supervision.Spawn(ctx, sup, "stuck", supervision.Temporary, func() actor.Behavior[int] {
		return actor.Func[int](func(_ *actor.Context[int], n int) error {
			s.ledger.note(n, delivered)
			close(stuck)
			<-release
			return nil
		})
	})
	if err != nil {
		return err
	}
	for range 10 { // one in hand, the others behind it
		if err := s.tell(func(n int) error { return ref.Tell(ctx, n) }); err != nil {
			return err
		}
	}
	<-stuck
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err = sys.Close(short)
	took := time.Since(begin)
	close(release)
	overstay, ok := errors.AsType[*actor.OverstayError](err)
	if !ok {
		return fmt.Errorf("the close did not name who does not return: %w", err)
	}
	s.note("closed at its deadline, after %v: %v", took.Round(10*time.Millisecond), firstLine(overstay))
	for runtime.Gosched(); ctx.Err() == nil; runtime.Gosched() {
		if err := shut(sys); err == nil {
			return nil
		}
	}
	return context.Cause(ctx)
}
