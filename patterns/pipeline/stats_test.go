package pipeline

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// quiet waits until no task is open and checks the sum.
func quiet(t *testing.T, ctx context.Context, run interface{ Stats() Stats }, want Stats) {
	t.Helper()
	for ; run.Stats().Open > 0; runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%+v", run.Stats())
		}
	}
	got := run.Stats()
	if !got.Balanced() {
		t.Errorf("%+v does not add up", got)
	}
	got.Workers, got.Hellos, got.Failures, got.Redelivered, got.Duplicates = 0, 0, 0, 0, 0
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestEveryTaskIsAccountedForByWhatBecameOfIt(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, _ := newSystem(t)
		ctx := testContext(t)
		run := start(t, sys, Topology[any, int]{Workers: 2, MaxTries: 2, MaxTask: 1000, Endpoint: endpoint, Spec: quick,
			Work: func(_ context.Context, task any) (int, error) {
				switch task {
				case "fails":
					return 0, errors.New("no luck")
				case "panics":
					panic("boom")
				}
				return 1, nil
			}})
		tasks := []any{1, "fails", func() {}, "panics", strings.Repeat("x", 1001), 2, 3}
		l := newLedger(len(tasks))
		for r, err := range run.Process(ctx, slices.Values(tasks)) {
			l.enter(t, r.Number, err)
		}
		l.check(t)
		if !errors.Is(l.errors[2], ErrCodec) || !errors.Is(l.errors[4], ErrTooLarge) || len(l.errors) != 4 {
			t.Error(l.errors)
		}
		quiet(t, ctx, run, Stats{Accepted: 7, Completed: 3, GaveUp: 2, Refused: 2})
	})
}

func TestTasksOfALoopThatWasLeftAreAccountedFor(t *testing.T) {
	sys, _ := newSystem(t)
	ctx := testContext(t)
	run := start(t, sys, Topology[int, int]{Workers: 2, Window: 100, Work: func(_ context.Context, n int) (int, error) { return n, nil }})
	for range 20 {
		for range run.Process(ctx, numbers(1000)) {
			break
		}
	}
	for ; run.Stats().Open > 0; runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%+v", run.Stats())
		}
	}
	if got := run.Stats(); !got.Balanced() || got.Withdrawn == 0 || got.Completed < 20 {
		t.Errorf("%+v", got)
	}
}

func TestResultsThatCanNotBeReadAreCounted(t *testing.T) {
	sys, _ := newSystem(t)
	ctx := testContext(t)
	run := start(t, sys, Topology[int, int]{Endpoint: "tcp://127.0.0.1:*"})
	w, err := Work(sys, run.Endpoint(), func(_ context.Context, n int) (string, error) { return "text", nil })
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range run.Process(ctx, numbers(5)) {
		if !errors.Is(err, ErrCodec) {
			t.Error(r, err)
		}
	}
	quiet(t, ctx, run, Stats{Accepted: 5, Completed: 5, Undecodable: 5})
	if err := w.Close(ctx); err != nil {
		t.Error(err)
	}
}

// The letter has all that it takes to hand the task in again.
func TestAPoisonTaskIsADeadLetterWithItsReasonAndItsTries(t *testing.T) {
	var mu sync.Mutex
	var letters []actor.DeadLetter
	sys, _ := newSystem(t, zsock.WithDeadLetters(func(l actor.DeadLetter) {
		mu.Lock()
		defer mu.Unlock()
		letters = append(letters, l)
	}))
	ctx := testContext(t)
	var tries atomic.Int64
	run := start(t, sys, Topology[string, string]{Workers: 3, MaxTries: 4, Codec: patterns.Raw, Spec: quick,
		Work: func(_ context.Context, text string) (string, error) {
			if text == "poison" {
				tries.Add(1)
				panic("boom")
			}
			return text, nil
		}})
	for r, err := range run.Process(ctx, slices.Values([]string{"a", "poison", "b"})) {
		if (err != nil) != (r.Number == 1) {
			t.Error(r, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(letters) != 1 || tries.Load() != 4 {
		t.Fatal(letters, tries.Load())
	}
	dead, ok := letters[0].Message.(DeadTask)
	if !ok || dead.Number != 1 || dead.Tries != 4 || string(dead.Body) != "poison" || dead.Worker == "" {
		t.Errorf("%+v", letters[0].Message)
	}
	if !errors.Is(letters[0].Reason, ErrPanicked) || !strings.HasSuffix(letters[0].Path, run.Name()+"/ventilator") {
		t.Error(letters[0])
	}
}

func TestABytesWindowBoundsWhatIsUnderWay(t *testing.T) {
	sys, _ := newSystem(t)
	ctx := testContext(t)
	const size, tasks = 1000, 300
	// Results are as large as tasks, and both count until the loop has taken them.
	run := start(t, sys, Topology[string, string]{Workers: 2, WindowBytes: 10 * size, Codec: patterns.Raw,
		Work: func(_ context.Context, text string) (string, error) { return text, nil }})
	var read atomic.Int64
	taken := 0
	for r, err := range run.Process(ctx, func(yield func(string) bool) {
		for range tasks {
			read.Add(1)
			if !yield(strings.Repeat("x", size)) {
				return
			}
		}
	}) {
		if err != nil || len(r.Value) != size {
			t.Fatal(r.Number, err)
		}
		if ahead := int(read.Load()) - taken; ahead > 10+1 { // one waits for room
			t.Fatalf("%d tasks ahead of the loop", ahead)
		}
		taken++
	}
	if taken != tasks {
		t.Error(taken)
	}
	// One that is larger than the window goes alone.
	for r, err := range run.Process(ctx, slices.Values([]string{"a", strings.Repeat("x", 20*size), "b"})) {
		if err != nil {
			t.Error(r.Number, err)
		}
	}
	quiet(t, ctx, run, Stats{Accepted: tasks + 3, Completed: tasks + 3})
}
