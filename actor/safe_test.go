package actor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// nasty is an error whose methods do as its fields say.
type nasty struct {
	error  func() string
	is     func(error) bool
	as     func(any) bool
	unwrap func() error
}

func (n *nasty) Error() string {
	if n.error == nil {
		return "nasty"
	}
	return n.error()
}

func (n *nasty) Is(target error) bool { return n.is != nil && n.is(target) }
func (n *nasty) As(target any) bool   { return n.as != nil && n.as(target) }

func (n *nasty) Unwrap() error {
	if n.unwrap == nil {
		return nil
	}
	return n.unwrap()
}

// uncomparable has a type that can be compared, and values that can't.
type uncomparable struct{ any }

func (uncomparable) Error() string { return "uncomparable" }

// nastyErrors makes errors that hurt whoever looks at them in the ordinary way.
func nastyErrors() map[string]error {
	var none *os.PathError
	boom := func() { panic(errBoom) }
	return map[string]error{
		"typed nil":         none,
		"wrapped typed nil": fmt.Errorf("wrapped: %w", none),
		"joined typed nil":  errors.Join(io.EOF, none),
		"Error panics":      &nasty{error: func() string { boom(); return "" }},
		"Error panics with itself": func() error {
			n := &nasty{}
			n.error = func() string { panic(n) }
			return n
		}(),
		"Is panics":     &nasty{is: func(error) bool { boom(); return false }},
		"As panics":     &nasty{as: func(any) bool { boom(); return false }},
		"Unwrap panics": &nasty{unwrap: func() error { boom(); return nil }},
		"Error exits":   &nasty{error: func() string { runtime.Goexit(); return "" }},
		"Is exits":      &nasty{is: func(error) bool { runtime.Goexit(); return false }},
		"Unwrap exits":  &nasty{unwrap: func() error { runtime.Goexit(); return nil }},
		"unwraps to itself": func() error {
			n := &nasty{}
			n.unwrap = func() error { return n }
			return n
		}(),
		"uncomparable": uncomparable{[]int{1}},
	}
}

func eachNasty(t *testing.T, f func(t *testing.T, nasty error)) {
	for name, err := range nastyErrors() {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { f(t, err) }) })
	}
}

// loud logs everything, so that all that is logged is formatted.
func loud() SystemOption {
	return WithLogger(slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

func TestNastyErrorThatIsReturnedIsAFailureLikeAnyOther(t *testing.T) {
	eachNasty(t, func(t *testing.T, nasty error) { isAFailure(t, func() error { return nasty }) })
}

func TestNastyErrorThatIsPanickedIsAFailureLikeAnyOther(t *testing.T) {
	eachNasty(t, func(t *testing.T, nasty error) { isAFailure(t, func() error { panic(nasty) }) })
}

func isAFailure(t *testing.T, fail func() error) {
	w := newWorld(t, loud())
	p := w.spawn("p", restarter.produce)
	told := under(t, p, "told", life{}.produce)
	tell(t, told, func(*Context[act]) error { return fail() })
	if err := do(told, func(*Context[act]) error { return nil }); err != nil {
		t.Error(err)
	}
	if n, _ := w.DeadLetters(); n != 1 {
		t.Errorf("%d dead letters", n)
	}
	asked := under(t, p, "asked", func() Behavior[question] {
		return Func[question](func(*Context[question], question) error { return fail() })
	})
	if _, err := Ask(background, asked, func(r Reply[int]) question { return question{r, 0} }); !errors.Is(err, ErrRestarted) {
		t.Errorf("Ask: %v", err)
	}
	synctest.Wait()
	if got := w.events("/p/asked"); !slices.Equal(got, []string{"started", "failed", "started"}) {
		t.Errorf("events: %q", got)
	}
	_ = w.Snapshot().String()
}

func TestNastyErrorInAnyPlaceHurtsNobody(t *testing.T) {
	eachNasty(t, func(t *testing.T, nasty error) {
		w := newWorld(t, loud())
		for name, produce := range map[string]func() Behavior[act]{
			"Start":   life{onStart: func(*Context[act]) error { return nasty }}.produce,
			"produce": func() Behavior[act] { panic(nasty) },
		} {
			if _, err := Spawn(background, w.System, name, produce); err == nil || errors.Is(err, ErrStop) {
				t.Errorf("Spawn: %v", err)
			}
		}
		p := w.spawn("p", restarter.produce)
		ref := under(t, p, "c", life{
			onStart: func(ctx *Context[act]) error {
				if ctx.Incarnation() == 2 {
					return nasty
				}
				return nil
			},
			onStop: func(*Context[act], error) { panic(nasty) },
		}.produce)
		ref.Restart()
		tell(t, ref, func(ctx *Context[act]) error {
			ctx.Go(func(context.Context) act { panic(nasty) }, func(err error) act { panic(nasty) })
			ctx.Report(Event{Kind: Failed, Err: nasty})
			w.Bury(DeadLetter{Reason: nasty})
			return nil
		})
		synctest.Wait()
		if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
			t.Error(err)
		}
		ref.Stop(nasty)
		<-ref.Done()
		if err := ref.Err(); err == nil || err.Error() == "" || errors.Is(err, ErrStop) {
			t.Errorf("Err: %v", err)
		}
		ctx, cancel := context.WithCancelCause(background)
		cancel(nasty)
		if _, err := Spawn(ctx, w.System, "late", life{onStart: func(ctx *Context[act]) error { <-ctx.Done(); return ctx.Err() }}.produce); err == nil {
			t.Error("it did not heed its context")
		}
	})
}

func TestNastyErrorClimbsToTheRoot(t *testing.T) {
	eachNasty(t, func(t *testing.T, nasty error) {
		w := newWorld(t, loud())
		leaf := under(t, w.spawn("top", life{}.produce), "leaf", life{}.produce)
		tell(t, leaf, func(*Context[act]) error { return nasty })
		<-w.Done()
		if err := w.Close(background); err == nil || !strings.HasPrefix(err.Error(), "/top: ") || errors.Is(err, ErrStop) {
			t.Errorf("Close: %v", err)
		}
	})
}

func TestLoggerThatFailsHurtsNobody(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, _ error) {
		for _, asked := range []bool{false, true} {
			w := newWorld(t, WithLogger(slog.New(failingHandler{fail, asked})), WithEvents(func(Event) { _ = fail() }))
			ref := under(t, w.spawn("p", restarter.produce), "c", life{}.produce)
			tell(t, ref, func(*Context[act]) error { return errBoom })
			if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
				t.Error(err)
			}
		}
	})
}

type failingHandler struct {
	fail  func() error
	asked bool // it fails already when it is asked
}

func (h failingHandler) Enabled(context.Context, slog.Level) bool {
	if h.asked {
		_ = h.fail()
	}
	return true
}
func (h failingHandler) Handle(context.Context, slog.Record) error { return h.fail() }
func (h failingHandler) WithAttrs([]slog.Attr) slog.Handler        { return h }
func (h failingHandler) WithGroup(string) slog.Handler             { return h }

func TestSafeErrorAnswersAsTheErrorDoes(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	claims := &nasty{
		is: func(target error) bool { return target == io.EOF },
		as: func(target any) bool {
			p, ok := target.(**fs.PathError)
			if ok {
				*p = path
			}
			return ok
		},
		unwrap: func() error { return context.Canceled },
	}
	for _, err := range []error{
		path, claims, fmt.Errorf("wrapped: %w", path), errors.Join(errBoom, path, claims), &PanicError{Value: claims},
		fmt.Errorf("twice: %w", SafeError(path)), uncomparable{[]int{1}}, ErrStop,
	} {
		safe := SafeError(err)
		if safe.Error() != err.Error() {
			t.Errorf("%v became %v", err, safe)
		}
		for _, target := range []error{fs.ErrNotExist, io.EOF, context.Canceled, errBoom, path, claims, ErrStop} {
			if errors.Is(safe, target) != errors.Is(err, target) {
				t.Errorf("%v: Is %v: %v", err, target, errors.Is(safe, target))
			}
		}
		one, isOne := errors.AsType[*fs.PathError](err)
		other, isOther := errors.AsType[*fs.PathError](safe)
		if isOne != isOther || one != other {
			t.Errorf("%v: As gave %v", err, other)
		}
		_, isOne = errors.AsType[*nasty](err)
		if _, isOther = errors.AsType[*nasty](safe); isOne != isOther {
			t.Errorf("%v: As nasty: %v", err, isOther)
		}
		if SafeError(safe) != safe {
			t.Errorf("%v is made safe twice", err)
		}
	}
	if SafeError(nil) != nil || SafeError(errBoom) != errBoom {
		t.Error("what is safe already is not kept as it is")
	}
	var none *os.PathError
	if text := SafeError(none).Error(); text != "nil *fs.PathError" {
		t.Errorf("a typed nil says %q", text)
	}
}

func TestGuardTellsHowAFunctionFailed(t *testing.T) {
	for name, way := range ways {
		err := Guard(func() {
			if err := way.fail(); err != nil {
				panic(err)
			}
		})
		if !errors.Is(err, way.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Guard(func() {}); err != nil {
		t.Error(err)
	}
}
