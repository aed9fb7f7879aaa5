package reqrep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// TestMain fails when a goroutine or a descriptor is left after all tests.
func TestMain(m *testing.M) {
	if os.Getenv(serverEndpoint) != "" {
		if err := serverProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	slog.SetLogLoggerLevel(slog.LevelError + 1) // failures are provoked here
	before := descriptors()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := descriptors(); code == 0 && after > before+descriptorSlack {
			fmt.Fprintf(os.Stderr, "%d descriptors before the tests, %d after\n", before, after)
			code = 1
		}
		os.Exit(code)
	}))
}

// descriptorSlack allows for what the Go runtime itself opens once, such as its network poller.
const descriptorSlack = 4

func descriptors() int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

const patience = 60 * time.Second

type question struct{ N int }

type answer struct{ Square int }

func setUp(t testing.TB, opts ...zsock.SystemOption) (context.Context, *zsock.System) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	opts = append(opts, zsock.WithRestarts(supervision.Spec{Intensity: 100, Backoff: supervision.Backoff{Min: time.Millisecond}}))
	sys, err := zsock.NewSystem(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sys.Close(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	})
	return ctx, sys
}

// onTransports runs a test over every transport that needs no rights.
func onTransports(t *testing.T, test func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string)) {
	for name, endpoint := range map[string]string{
		"inproc": "inproc://calls", "ipc": "ipc://" + t.TempDir() + "/calls", "tcp": "tcp://127.0.0.1:0",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, sys := setUp(t)
			test(t, ctx, sys, endpoint)
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dial(t testing.TB, sys *zsock.System, endpoint string, opts ...Option) *Client[question, answer] {
	t.Helper()
	cli, err := Dial[question, answer](sys, endpoint, opts...)
	must(t, err)
	return cli
}

// quick comes back fast after a loss.
func quick() Option { return WithSocket(zsock.WithOption("reconnect_ivl", 5*time.Millisecond)) }

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if remote, ok := errors.AsType[*RemoteError](err); !ok || remote.Code != code {
		t.Errorf("got %v, want the code %q", err, code)
	}
}

// gated is a handler that says when it begins and answers when it is let go, or when its context ends.
type gated struct {
	begun chan int
	gate  chan struct{}
}

func newGated() gated { return gated{make(chan int, 1000), make(chan struct{})} }

func (g gated) handle(ctx context.Context, q question) (answer, error) {
	g.begun <- q.N
	select {
	case <-g.gate:
		return answer{q.N * q.N}, nil
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// failures collects the failures that actors report.
type failures chan actor.Event

func (f failures) note(e actor.Event) {
	if e.Kind == actor.Failed {
		select {
		case f <- e:
		default:
		}
	}
}

// letters counts dead letters by reason.
type letters struct {
	mu   sync.Mutex
	list []actor.DeadLetter
}

func (l *letters) note(letter actor.DeadLetter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, letter)
}

func (l *letters) count(reason error) (n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, letter := range l.list {
		if errors.Is(letter.Reason, reason) {
			n++
		}
	}
	return n
}

func echo(_ context.Context, b []byte) ([]byte, error) { return b, nil }
