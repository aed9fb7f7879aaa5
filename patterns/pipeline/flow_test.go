package pipeline

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
)

func TestASlowWorkerDoesNotHoardTasks(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		const tasks, credit = 200, 2
		sys, _ := newSystem(t)
		release := make(chan struct{})
		var busy atomic.Bool
		run := start(t, sys, Topology[int, int]{Workers: 4, Credit: credit, Endpoint: endpoint,
			Work: func(ctx context.Context, n int) (int, error) {
				if busy.CompareAndSwap(false, true) {
					select {
					case <-release:
					case <-ctx.Done():
					}
				}
				return 2 * n, nil
			}})
		l, done := newLedger(tasks), 0
		for r, err := range run.Process(testContext(t), numbers(tasks)) {
			l.enter(t, r.Number, err)
			if done++; done == tasks-credit { // all but what the slow one holds
				close(release)
			}
		}
		l.check(t)
	})
}

func TestASlowLoopSlowsTheIntake(t *testing.T) {
	const tasks, window = 500, 8
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 2, Window: window,
		Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
	var read atomic.Int64
	consumed := 0
	l := newLedger(tasks)
	for r, err := range run.Process(testContext(t), func(yield func(int) bool) {
		for i := range tasks {
			read.Add(1)
			if !yield(i) {
				return
			}
		}
	}) {
		// One task more than the window may be read: it waits for room.
		if ahead := int(read.Load()) - consumed; ahead > window+1 {
			t.Fatalf("%d tasks read ahead of the loop, want at most %d", ahead, window+1)
		}
		consumed++
		l.enter(t, r.Number, err)
	}
	l.check(t)
}

func TestProcessEndsWithItsContextAndTheRunGoesOn(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, _ := newSystem(t)
		release := make(chan struct{})
		run := start(t, sys, Topology[int, int]{Workers: 2, Endpoint: endpoint, Work: func(ctx context.Context, n int) (int, error) {
			if n >= 10 {
				select {
				case <-release:
				case <-ctx.Done():
				}
			}
			return 2 * n, nil
		}})
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(testContext(t))
		defer cancel(nil)
		got, last := 0, error(nil)
		for r, err := range run.Process(ctx, numbers(100)) {
			if last = err; err != nil {
				if r.Number != -1 {
					t.Errorf("task %d: %v", r.Number, err)
				}
				continue
			}
			if got++; got == 10 {
				cancel(cause)
			}
		}
		if got != 10 || !errors.Is(last, cause) {
			t.Errorf("%d results and %v, want 10 and the cause of the cancel", got, last)
		}
		close(release)
		double(t, testContext(t), run, 10, nil)
		// What the workers held ends with its outcome, which may come after those of the second Process.
		for patience := testContext(t); run.Stats().Open != 0; runtime.Gosched() {
			if patience.Err() != nil {
				t.Fatalf("%+v: tasks of the cancelled Process are left", run.Stats())
			}
		}
	})
}

func TestACancelDoesNotWaitForABlockedSequence(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 1, Work: func(_ context.Context, n int) (int, error) { return n, nil }})
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	block := make(chan struct{})
	for _, err := range run.Process(ctx, func(yield func(int) bool) {
		if yield(1) {
			cancel()
			<-block
			yield(2)
		}
	}) {
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	// The run owns the reader of the sequence: it can't be closed before that is gone.
	short, cut := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cut()
	if err := run.Close(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close with a blocked sequence: %v", err)
	}
	close(block)
}

func TestALoopThatIsLeftEarlyStopsTheSequence(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 2, Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
	ended := false
	for range run.Process(testContext(t), func(yield func(int) bool) {
		defer func() { ended = true }()
		for i := 0; yield(i); i++ {
		}
	}) {
		break
	}
	if !ended {
		t.Error("the endless sequence was not stopped")
	}
	double(t, testContext(t), run, 100, nil)
}

func TestAPanicOfTheSequenceReachesTheLoop(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 1, Work: func(_ context.Context, n int) (int, error) { return n, nil }})
	for name, fail := range map[string]func(){"panic": func() { panic("bad sequence") }, "exit": runtime.Goexit} {
		var results int
		var last error
		for r, err := range run.Process(testContext(t), func(yield func(int) bool) {
			yield(1)
			fail()
		}) {
			if last = err; err == nil && r.Value == 1 {
				results++
			}
		}
		if results != 1 || !errors.Is(last, ErrSequence) || !strings.Contains(last.Error(), "after 1 tasks") {
			t.Errorf("%s: %d results, then %v", name, results, last)
		}
	}
}

func TestAPanicOfASequenceWhoseLoopWasLeftIsReported(t *testing.T) {
	sys, e := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 1, Work: func(_ context.Context, n int) (int, error) { return n, nil }})
	for range run.Process(testContext(t), func(yield func(int) bool) {
		defer panic("bad end of a sequence")
		for i := 0; yield(i); i++ {
		}
	}) {
		break
	}
	e.await(t, testContext(t), actor.Failed, "/top/*/ventilator", 1)
	double(t, testContext(t), start(t, sys, Topology[int, int]{Workers: 1, Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }}), 10, nil)
}

func TestCloseEndsProcessWithWorkInHand(t *testing.T) {
	for _, end := range []string{"run", "system"} {
		t.Run(end, func(t *testing.T) {
			sys, e := newSystem(t)
			begun := make(chan struct{}, 100)
			run := start(t, sys, Topology[int, int]{Workers: 2, Endpoint: "tcp://127.0.0.1:*", Work: func(ctx context.Context, n int) (int, error) {
				begun <- struct{}{}
				<-ctx.Done()
				return 0, ctx.Err()
			}})
			ctx := testContext(t)
			closed := make(chan error, 1)
			go func() {
				<-begun
				<-begun
				if end == "run" {
					closed <- run.Close(ctx)
				} else {
					closed <- sys.Close(ctx)
				}
			}()
			var last error
			for r, err := range run.Process(ctx, numbers(100)) {
				if r.Number != -1 {
					t.Errorf("task %d: %v", r.Number, err)
				}
				last = err
			}
			if !errors.Is(last, ErrClosed) {
				t.Errorf("the loop ended with %v, want ErrClosed", last)
			}
			if err := <-closed; err != nil {
				t.Error(err)
			}
			if run.Err() != nil {
				t.Errorf("a closed run has the error %v", run.Err())
			}
			for _, err := range run.Process(ctx, numbers(1)) {
				if !errors.Is(err, ErrClosed) {
					t.Errorf("Process after Close: %v", err)
				}
			}
			if n := e.count(actor.Failed, "/top/*/*") + e.count(actor.Failed, "/top/*/*/*"); n != 0 {
				t.Errorf("%d actors failed on the way out", n)
			}
		})
	}
}
