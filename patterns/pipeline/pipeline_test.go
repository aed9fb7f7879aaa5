package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
)

func TestEachTaskHasExactlyOneResult(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, _ := newSystem(t)
		run := start(t, sys, Topology[int, int]{Workers: 3, Endpoint: endpoint, Silence: time.Hour,
			Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
		double(t, testContext(t), run, 1000, nil)
		if s := run.Stats(); s.Duplicates+s.Redelivered+s.Malformed != 0 || s.Completed != 1000 || s.Open != 0 {
			t.Errorf("without a fault nothing is done twice: %+v", s)
		}
	})
}

func TestRunReturnsWithAllWorkersConnected(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, _ := newSystem(t)
		run := start(t, sys, Topology[int, int]{Workers: 5, Endpoint: endpoint,
			Work: func(_ context.Context, n int) (int, error) { return n, nil }})
		if s := run.Stats(); s.Workers != 5 {
			t.Errorf("%d workers, want 5", s.Workers)
		}
		if got := len(run.Workers()); got != 5 {
			t.Errorf("%d local workers, want 5", got)
		}
	})
}

func TestZeroTasksEndAtOnce(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Work: func(_ context.Context, n int) (int, error) { return n, nil }})
	double(t, testContext(t), run, 0, nil)
}

func TestAnErrorIsTriedAgainAndThenTheResult(t *testing.T) {
	sys, e := newSystem(t)
	var tries atomic.Int64
	run := start(t, sys, Topology[int, int]{Workers: 2, MaxTries: 4, Work: func(_ context.Context, n int) (int, error) {
		if n == 7 {
			return 0, fmt.Errorf("no luck, try %d", tries.Add(1))
		}
		return n, nil
	}})
	l := newLedger(20)
	for r, err := range run.Process(testContext(t), numbers(20)) {
		l.enter(t, r.Number, err)
		if r.Number == 7 && (r.Tries != 4 || r.Worker == "") {
			t.Errorf("%+v: want 4 tries and the name of a worker", r)
		}
	}
	l.check(t)
	failed, ok := errors.AsType[*TaskError](l.errors[7])
	if !ok || !errors.Is(failed, ErrFailed) || failed.Number != 7 || failed.Tries != 4 || len(l.errors) != 1 {
		t.Errorf("errors %v: want ErrFailed after 4 tries for task 7 only", l.errors)
	}
	if tries.Load() != 4 {
		t.Errorf("%d tries, want 4", tries.Load())
	}
	if n := e.count(actor.Failed, "/top/*/workers/*"); n != 0 {
		t.Errorf("an error of Work failed %d actors", n)
	}
}

func TestAPoisonTaskYieldsItsErrorAndTheRestGoesOn(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 2, Work: func(_ context.Context, n int) (int, error) {
		if n%100 == 50 { // more panics than a supervisor's default intensity allows
			panic(fmt.Sprintf("poison %d", n))
		}
		return 2 * n, nil
	}})
	l := newLedger(1000)
	for r, err := range run.Process(testContext(t), numbers(1000)) {
		l.enter(t, r.Number, err)
	}
	l.check(t)
	for number, err := range l.errors {
		failed, ok := errors.AsType[*TaskError](err)
		if number%100 != 50 || !ok || !errors.Is(err, ErrPanicked) || failed.Tries != 3 {
			t.Errorf("task %d: %v", number, err)
		}
	}
	if len(l.errors) != 10 {
		t.Errorf("%d errors, want 10", len(l.errors))
	}
	t.Logf("%+v", run.Stats())
}

func TestRawCodecCarriesBytes(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[[]byte, []byte]{Workers: 2, Credit: 64, Codec: patterns.Raw,
		Work: func(_ context.Context, b []byte) ([]byte, error) { return append(slices.Clone(b), '!'), nil }})
	tasks := [][]byte{[]byte("a"), {}, make([]byte, 200_000)}
	got := 0
	for r, err := range run.Process(testContext(t), slices.Values(tasks)) {
		if err != nil || string(r.Value) != string(tasks[r.Number])+"!" {
			t.Errorf("task %d: %d bytes, %v", r.Number, len(r.Value), err)
		}
		got++
	}
	if got != len(tasks) {
		t.Errorf("%d results, want %d", got, len(tasks))
	}
}

func TestWhatCanNotBeEncodedIsItsTasksError(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[any, any]{Workers: 1, Work: func(_ context.Context, v any) (any, error) {
		if v == "odd" {
			return func() {}, nil
		}
		return v, nil
	}})
	l := newLedger(4)
	for r, err := range run.Process(testContext(t), slices.Values([]any{1, func() {}, "odd", 2})) {
		l.enter(t, r.Number, err)
	}
	l.check(t)
	if !errors.Is(l.errors[1], ErrCodec) || !errors.Is(l.errors[2], ErrFailed) || len(l.errors) != 2 {
		t.Errorf("errors %v: want ErrCodec for task 1 and ErrFailed for task 2", l.errors)
	}
}

func TestProcessCallsShareTheWorkers(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 2, Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
	ctx := testContext(t)
	double(t, ctx, run, 50, func(done int) {
		if done == 10 {
			double(t, ctx, run, 50, nil)
		}
	})
}

func TestRunsOfOneSystemHaveNamesOfTheirOwn(t *testing.T) {
	sys, _ := newSystem(t)
	job := Topology[int, int]{Workers: 1, Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }}
	a, b := start(t, sys, job), start(t, sys, job)
	if a.Name() == b.Name() {
		t.Errorf("both runs are %s", a.Name())
	}
	double(t, testContext(t), a, 10, nil)
	double(t, testContext(t), b, 10, nil)
	if s, ok := sys.Snapshot().Find("/top/" + b.Name() + "/ventilator"); !ok || len(s.Details) == 0 {
		t.Errorf("the snapshot has no details of the ventilator:\n%v", sys.Snapshot())
	}
}
