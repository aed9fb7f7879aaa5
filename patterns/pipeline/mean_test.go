package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/mean"
	"github.com/actomq/actomq/zsock"
)

// Whatever Work does, its task has a *TaskError after its tries, and the others have their results.
func TestWorkMayFailInEveryWay(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[string, string]{Workers: 2, MaxTries: 2, Spec: quick, Work: func(_ context.Context, how string) (string, error) {
		if fail := mean.Failures[how]; fail != nil {
			return "", fail()
		}
		return how, nil
	}})
	tasks := append(slices.Collect(maps.Keys(mean.Failures)), "good", "better")
	l := newLedger(len(tasks))
	for r, err := range run.Process(testContext(t), slices.Values(tasks)) {
		l.enter(t, r.Number, err)
		failed, ok := errors.AsType[*TaskError](err)
		if mean.Failures[tasks[r.Number]] == nil {
			if err != nil || r.Value != tasks[r.Number] {
				t.Error(r, err)
			}
		} else if !ok || failed.Tries != 2 || !errors.Is(err, ErrFailed) && !errors.Is(err, ErrPanicked) {
			t.Errorf("%s: %v", tasks[r.Number], err)
		}
	}
	l.check(t)
}

// A codec fails where tasks are read and where results are looped over, and in the worker.
func TestACodecMayFailInEveryWayOnBothSides(t *testing.T) {
	for how, fail := range mean.Failures {
		sys, _ := newSystem(t)
		codec := mean.Codec{Codec: patterns.Raw,
			Marshals: func(value any) error {
				if value == "encode" || value == "encode result!" {
					return fail()
				}
				return nil
			},
			Unmarshals: func(data []byte) error {
				if s := string(data); s == "decode" || s == "decode result!" {
					return fail()
				}
				return nil
			}}
		run := start(t, sys, Topology[string, string]{Workers: 1, MaxTries: 1, Spec: quick, Codec: codec,
			Work: func(_ context.Context, text string) (string, error) { return text + "!", nil }})
		tasks := []string{"encode", "good", "decode", "encode result", "decode result", "better"}
		l := newLedger(len(tasks))
		for r, err := range run.Process(testContext(t), slices.Values(tasks)) {
			l.enter(t, r.Number, err)
			text := tasks[r.Number]
			if text == "good" || text == "better" {
				if err != nil || r.Value != text+"!" {
					t.Error(how, r, err)
				}
				continue
			}
			if _, ok := errors.AsType[*TaskError](err); !ok || (text == "encode" || text == "decode result") != errors.Is(err, ErrCodec) {
				t.Errorf("%s: %s: %v", how, text, err)
			}
		}
		l.check(t)
	}
}

func TestWhatIsNilIsAnErrorThatSaysWhatToDo(t *testing.T) {
	sys, _ := newSystem(t)
	work := func(_ context.Context, n int) (int, error) { return 2 * n, nil }
	for name, start := range map[string]func() error{
		"system": func() error { _, err := Topology[int, int]{Work: work}.Run(nil); return err },
		"socket's option": func() error {
			_, err := Topology[int, int]{Work: work, Options: make([]zsock.SocketOption, 1)}.Run(sys)
			return err
		},
		"worker's option": func() error {
			_, err := Topology[int, int]{Work: work, WorkerOptions: make([]zsock.SocketOption, 1)}.Run(sys)
			return err
		},
		"own system": func() error { _, err := Work(nil, "inproc://a", work); return err },
		"own work":   func() error { _, err := Work[int, int](sys, "inproc://a", nil); return err },
		"own option": func() error { _, err := Work(sys, "inproc://a", work, nil); return err },
		"own codec":  func() error { _, err := Work(sys, "inproc://a", work, WithCodec(nil)); return err },
		"own socket": func() error { _, err := Work(sys, "inproc://a", work, WithSocket(nil)); return err },
	} {
		if err := start(); !errors.Is(err, patterns.ErrNil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	run := start(t, sys, Topology[int, int]{Workers: 1, Work: work})
	var none context.Context
	for name, pairs := range map[string]func(func(Result[int], error) bool){
		"context": run.Process(none, numbers(1)), "tasks": run.Process(testContext(t), nil),
	} {
		for r, err := range pairs {
			if r.Number != -1 || !errors.Is(err, patterns.ErrNil) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, err := range []error{run.Close(none), run.Workers()[0].Close(none)} {
		if !errors.Is(err, patterns.ErrNil) {
			t.Error(err)
		}
	}
	double(t, testContext(t), run, 10, nil)
}

// A loop may be ended with any cause.
func TestProcessEndsWhateverTheCauseOfItsContext(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 1, Work: func(ctx context.Context, n int) (int, error) { return n, nil }})
	for how, cause := range mean.Errors {
		ctx, cancel := context.WithCancelCause(testContext(t))
		defer cancel(nil)
		last := Result[int]{}
		for r, err := range run.Process(ctx, func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
			}
		}) {
			cancel(cause)
			if last = r; err != nil && (r.Number != -1 || err.Error() == "") {
				t.Errorf("%s: %v", how, err)
			}
		}
		if last.Number != -1 {
			t.Errorf("%s: the end was not told", how)
		}
	}
}
