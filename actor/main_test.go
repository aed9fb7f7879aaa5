package actor

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	before := openDescriptors()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := openDescriptors(); code == 0 && after > before {
			println("descriptors leaked:", before, "before,", after, "after")
			code = 1
		}
		os.Exit(code)
	}))
}

// openDescriptors counts them where the system shows them, and is 0 elsewhere.
func openDescriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	// Go's own poller opens descriptors on first use; they are no sockets and no files.
	return len(slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		return err != nil || strings.HasPrefix(target, "anon_inode:")
	}))
}

// act is a message that says itself what its handler does.
type act func(ctx *Context[act]) error

// life is a behaviour of acts with whatever hooks a test needs.
type life struct {
	onStart        func(ctx *Context[act]) error
	onStop         func(ctx *Context[act], cause error)
	onFlush        func(ctx *Context[act]) error
	onReady        func(ctx *Context[act]) error
	onChildFailed  func(ctx *Context[act], child Handle, failure Failure) error
	onChildStopped func(ctx *Context[act], child Handle, cause error) error
}

func (life) Receive(ctx *Context[act], m act) error { return m(ctx) }

func (l life) Start(ctx *Context[act]) error {
	if l.onStart != nil {
		return l.onStart(ctx)
	}
	return nil
}

func (l life) Stop(ctx *Context[act], cause error) {
	if l.onStop != nil {
		l.onStop(ctx, cause)
	}
}

func (l life) Flush(ctx *Context[act]) error {
	if l.onFlush != nil {
		return l.onFlush(ctx)
	}
	return nil
}

func (l life) Ready(ctx *Context[act]) error {
	if l.onReady != nil {
		return l.onReady(ctx)
	}
	return nil
}

func (l life) ChildFailed(ctx *Context[act], child Handle, failure Failure) error {
	if l.onChildFailed != nil {
		return l.onChildFailed(ctx, child, failure)
	}
	return failure.Err
}

func (l life) ChildStopped(ctx *Context[act], child Handle, cause error) error {
	if l.onChildStopped != nil {
		return l.onChildStopped(ctx, child, cause)
	}
	return nil
}

func (l life) produce() Behavior[act] { return l }

// restarter restarts every child that fails, at once.
var restarter = life{onChildFailed: func(_ *Context[act], child Handle, _ Failure) error {
	child.Restart()
	return nil
}}

// question is a message that somebody waits on.
type question struct {
	Reply[int]
	n int
}

// world is a system whose events and dead letters are kept.
type world struct {
	*System
	t   *testing.T
	mu  sync.Mutex
	log []Event
	bad []DeadLetter
}

var background = context.Background()

func newWorld(t *testing.T, opts ...SystemOption) *world {
	t.Helper()
	w := &world{t: t}
	opts = append([]SystemOption{
		WithLogger(slog.New(slog.DiscardHandler)),
		WithEvents(func(e Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.log = append(w.log, e)
		}),
		WithDeadLetters(func(l DeadLetter) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.bad = append(w.bad, l)
		}),
	}, opts...)
	sys, err := NewSystem(opts...)
	if err != nil {
		t.Fatal(err)
	}
	w.System = sys
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		_ = sys.Close(ctx) // tests of failures look at the error themselves
		select {
		case <-sys.Done():
		default:
			t.Errorf("the system did not end:\n%v", sys.Snapshot())
		}
	})
	return w
}

func (w *world) events(path string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var kinds []string
	for _, e := range w.log {
		if e.Path == path {
			kinds = append(kinds, e.Kind.String())
		}
	}
	return kinds
}

func (w *world) deadLetters() []DeadLetter {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.bad)
}

func (w *world) spawn(name string, produce func() Behavior[act], opts ...Option) Ref[act] {
	w.t.Helper()
	ref, err := Spawn(background, w.System, name, produce, opts...)
	if err != nil {
		w.t.Fatal(err)
	}
	return ref
}

// under spawns a child of parent and waits for its start.
func under[M any](t *testing.T, parent Ref[act], name string, produce func() Behavior[M], opts ...Option) Ref[M] {
	t.Helper()
	ref, err := tryUnder(parent, name, produce, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func tryUnder[M any](parent Ref[act], name string, produce func() Behavior[M], opts ...Option) (Ref[M], error) {
	var ref Ref[M]
	err := do(parent, func(ctx *Context[act]) (err error) {
		ref, err = Spawn(ctx, ctx, name, produce, opts...)
		return err
	})
	if err == nil {
		err = ref.WaitStarted(background)
	}
	return ref, err
}

// do has the actor call f and waits; the error of f is returned and is no failure.
func do(ref Ref[act], f func(ctx *Context[act]) error) error {
	result := make(chan error, 1)
	if err := ref.Tell(background, func(ctx *Context[act]) error {
		result <- f(ctx)
		return nil
	}); err != nil {
		return err
	}
	select {
	case err := <-result:
		return err
	case <-ref.Done():
		return ErrStopped
	}
}

func tell[M any](t *testing.T, ref Ref[M], m M) {
	t.Helper()
	if err := ref.Tell(background, m); err != nil {
		t.Fatal(err)
	}
}

// journal collects what happens in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

func (j *journal) want(t *testing.T, want ...string) {
	t.Helper()
	if lines := j.all(); !slices.Equal(lines, want) {
		t.Errorf("got  %q\nwant %q", lines, want)
	}
}

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// pass lets virtual time go by, and everything that it brings about happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
