package pipeline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// workerEndpoint makes the test binary a worker process instead.
const workerEndpoint = "PIPELINE_TEST_WORKER"

func TestMain(m *testing.M) {
	if endpoint := os.Getenv(workerEndpoint); endpoint != "" {
		os.Exit(workerProcess(endpoint))
	}
	if err := zsock.Available(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Go's own poller opens its descriptors with the first pipe.
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	before := descriptors()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := descriptors(); code == 0 && after > before {
			fmt.Fprintf(os.Stderr, "descriptors leaked: %d before, %d after the tests\n", before, after)
			code = 1
		}
		os.Exit(code)
	}))
}

// descriptors counts the open ones; the count includes the one that lists them.
func descriptors() int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

const patience = 60 * time.Second

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// events collects what actors report.
type events struct {
	mu      sync.Mutex
	list    []actor.Event
	changed chan struct{}
}

func (e *events) note(event actor.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, event)
	if e.changed != nil {
		close(e.changed)
	}
	e.changed = make(chan struct{})
}

func (e *events) count(kind actor.EventKind, path string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.countLocked(kind, path)
}

func (e *events) countLocked(kind actor.EventKind, path string) (n int) {
	for _, event := range e.list {
		if matched, _ := filepath.Match(path, event.Path); matched && event.Kind == kind {
			n++
		}
	}
	return n
}

// await waits for the nth event of a kind; path is a pattern.
func (e *events) await(t testing.TB, ctx context.Context, kind actor.EventKind, path string, n int) {
	t.Helper()
	for {
		e.mu.Lock()
		if e.changed == nil {
			e.changed = make(chan struct{})
		}
		changed, got := e.changed, e.countLocked(kind, path)
		e.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%d of %d events %v of %s", got, n, kind, path)
		}
	}
}

// newSystem starts a system that is closed, within its time, when the test ends.
func newSystem(t testing.TB, opts ...zsock.SystemOption) (*zsock.System, *events) {
	t.Helper()
	e := &events{}
	sys, err := zsock.NewSystem(append(opts, zsock.WithEvents(e.note), zsock.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := sys.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return sys, e
}

// start runs a topology that is closed before its system.
func start[T, R any](t testing.TB, sys *zsock.System, topology Topology[T, R]) *Run[T, R] {
	t.Helper()
	run, err := topology.Run(sys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := run.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return run
}

// onTransports runs a test over inproc, ipc and tcp.
func onTransports(t *testing.T, test func(t *testing.T, endpoint string)) {
	for _, transport := range []string{"inproc", "ipc", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			switch transport {
			case "inproc":
				test(t, "")
			case "ipc":
				test(t, "ipc://"+filepath.Join(t.TempDir(), "p"))
			case "tcp":
				test(t, "tcp://127.0.0.1:*")
			}
		})
	}
}

// numbers gives 0 to n-1.
func numbers(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// ledger checks that each task has exactly one pair.
type ledger struct {
	seen   []int
	errors map[int]error
}

func newLedger(n int) *ledger { return &ledger{seen: make([]int, n), errors: make(map[int]error)} }

func (l *ledger) enter(t testing.TB, number int, err error) {
	t.Helper()
	if number < 0 || number >= len(l.seen) {
		t.Fatalf("pair about task %d of %d: %v", number, len(l.seen), err)
	}
	l.seen[number]++
	if err != nil {
		l.errors[number] = err
	}
}

func (l *ledger) check(t testing.TB) {
	t.Helper()
	for number, times := range l.seen {
		if times != 1 {
			t.Errorf("task %d has %d pairs, want 1", number, times)
		}
	}
}

// double processes 0 to n-1 and checks that each is doubled exactly once.
func double(t testing.TB, ctx context.Context, run *Run[int, int], n int, each func(done int)) {
	t.Helper()
	l, done := newLedger(n), 0
	for r, err := range run.Process(ctx, numbers(n)) {
		if r.Number < 0 {
			t.Fatalf("%v: %+v\n%v", err, run.Stats(), run.socket.System().Snapshot())
		}
		l.enter(t, r.Number, err)
		if err != nil {
			t.Errorf("task %d: %v", r.Number, err)
		} else if r.Value != 2*r.Number {
			t.Errorf("task %d gave %d", r.Number, r.Value)
		}
		if done++; each != nil {
			each(done)
		}
	}
	l.check(t)
	t.Logf("%+v", run.Stats())
}
