package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

var quick = supervision.Spec{Backoff: supervision.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond}}

// fragile is a Work that panics on about one task in a hundred, up to twice for each.
func fragile(seed uint64) (f func(context.Context, int) (int, error), panics *atomic.Int64) {
	panics = new(atomic.Int64)
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 0))
	tries := make(map[int]int)
	return func(_ context.Context, n int) (int, error) {
		mu.Lock()
		tries[n]++
		fails := tries[n] < 3 && dice.IntN(100) == 0
		mu.Unlock()
		if fails {
			panics.Add(1)
			panic(fmt.Sprintf("unlucky with %d", n))
		}
		return 2 * n, nil
	}, panics
}

func TestTenThousandTasksSurviveRandomPanics(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, e := newSystem(t)
		work, panics := fragile(1)
		run := start(t, sys, Topology[int, int]{Workers: 8, Credit: 8, Endpoint: endpoint, Spec: quick, Work: work})
		double(t, testContext(t), run, 10_000, nil)
		if panics.Load() < 50 {
			t.Errorf("%d panics only: the test proves nothing", panics.Load())
		}
		// The supervisor may hear of the last panic after the result is in that came of it.
		restarts := func() int64 { return int64(e.count(actor.Restarting, "/top/*/workers/worker-*")) }
		for patience := testContext(t); restarts() != panics.Load(); runtime.Gosched() {
			if patience.Err() != nil {
				t.Fatalf("%d restarts of workers after %d panics", restarts(), panics.Load())
			}
		}
	})
}

func TestSocketsKilledUnderLoadLoseNothing(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, e := newSystem(t)
		run := start(t, sys, Topology[int, int]{Workers: 4, Credit: 32, Endpoint: endpoint, Silence: 400 * time.Millisecond,
			Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
		ctx := testContext(t)
		kill := func(s *zsock.Socket) {
			if err := s.Ref().Tell(ctx, zsock.Fault{}); err != nil {
				t.Error(err)
			}
		}
		double(t, ctx, run, 10_000, func(done int) {
			switch done {
			case 1000, 4000:
				kill(run.Workers()[done/1000-1].Socket())
			case 2000, 6000:
				kill(run.Socket())
			}
		})
		e.await(t, ctx, actor.Restarting, "/top/*/ventilator.socket", 2)
		e.await(t, ctx, actor.Restarting, "/top/*/worker-*.socket", 2)
		double(t, ctx, run, 1000, nil)
	})
}

func TestRestartedProtocolActorsLoseNothing(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 3, Credit: 32,
		Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
	double(t, testContext(t), run, 10_000, func(done int) {
		if done%1000 != 0 {
			return
		}
		if done%2000 == 0 {
			run.ventilator.Restart()
		} else {
			run.Workers()[1].link.Restart()
		}
	})
}

func TestASilentWorkerIsTakenForDeadAndItsTasksGoToOthers(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Endpoint: "tcp://127.0.0.1:*", Silence: 200 * time.Millisecond})
	ctx := testContext(t)
	// A worker that says hello, takes a task, and nothing more.
	mute, err := sys.Open(zsock.Dealer, zsock.WithConnect(run.Endpoint()))
	if err != nil {
		t.Fatal(err)
	}
	hello := greeting{worker: 1, name: "mute"}.append(header{kind: kindHello, session: 1, sequence: 1}.append(nil))
	if err := mute.Send(ctx, zsock.Bytes(hello)); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() { double(t, ctx, run, 10, nil) })
	for {
		m, err := mute.Recv(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if h, _, err := parseHeader(m.Frame(0)); err == nil && h.kind == kindTasks {
			break
		}
	}
	w, err := Work(sys, run.Endpoint(), func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	if err != nil {
		t.Fatal(err)
	}
	group.Wait()
	// On a busy machine the worker that lives may be silent for so long as well.
	if s := run.Stats(); s.Vanished < 1 || s.Redelivered < 2 {
		t.Errorf("%+v: want a vanished worker and its 2 tasks delivered again", s)
	}
	if err := w.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestAWorkerOfItsOwnIsRestartedAndGivenUpLikeOthers(t *testing.T) {
	sys, e := newSystem(t)
	ctx := testContext(t)
	run := start(t, sys, Topology[[]byte, []byte]{Endpoint: "tcp://127.0.0.1:*", Codec: patterns.Raw})
	spec := quick
	spec.Intensity = 2
	w, err := Work(sys, run.Endpoint(), func(_ context.Context, b []byte) ([]byte, error) {
		if len(b) == 0 {
			panic("nothing to do")
		}
		return b, nil
	}, WithName("own"), WithCodec(patterns.Raw), WithSpec(spec), WithSocket(zsock.WithLinger(time.Second)))
	if err != nil {
		t.Fatal(err)
	}
	if w.Name() != "own" {
		t.Errorf("the worker's name is %s", w.Name())
	}
	for r, err := range run.Process(ctx, slices.Values([][]byte{{1}, {}, {2}})) {
		if r.Number == 1 {
			const want = "pipeline: task 1, 3 tries, last on own: pipeline: work panicked: actor: panic: nothing to do"
			if err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
			break // the third panic was one too many: nobody is left for what remains
		} else if err != nil {
			t.Error(err)
		}
	}
	select {
	case <-w.Done():
	case <-ctx.Done():
		t.Fatal("the worker was not given up")
	}
	if w.Err() == nil || e.count(actor.Restarting, "/top/own/workers/own") != 2 {
		t.Errorf("%v after %d restarts, want 2", w.Err(), e.count(actor.Restarting, "/top/own/workers/own"))
	}
}

func TestAWorkerThatIsGivenUpEndsTheRun(t *testing.T) {
	sys, e := newSystem(t)
	spec := quick
	spec.Intensity = 2
	run := start(t, sys, Topology[int, int]{Workers: 1, MaxTries: 10, Spec: spec,
		Work: func(context.Context, int) (int, error) { panic("always") }})
	var last error
	for r, err := range run.Process(testContext(t), numbers(3)) {
		if r.Number != -1 {
			t.Errorf("%+v, %v: no task can have ended", r, err)
		}
		last = err
	}
	if !errors.Is(last, ErrClosed) || !errors.Is(last, ErrNoWorkers) || !errors.Is(run.Err(), ErrNoWorkers) {
		t.Errorf("the loop ended with %v, the run with %v, want ErrNoWorkers", last, run.Err())
	}
	<-run.Done()
	if n := e.count(actor.GaveUp, "/top/*/workers/worker-1"); n != 1 {
		t.Errorf("%d events of giving up, want 1", n)
	}
}

func TestGarbageIsCountedAndGoodWorkersGoOn(t *testing.T) {
	sys, _ := newSystem(t)
	run := start(t, sys, Topology[int, int]{Workers: 2, Endpoint: "tcp://127.0.0.1:*",
		Work: func(_ context.Context, n int) (int, error) { return 2 * n, nil }})
	ctx := testContext(t)
	peer, err := sys.Open(zsock.Dealer, zsock.WithConnect(run.Endpoint()))
	if err != nil {
		t.Fatal(err)
	}
	garbage := []zsock.Message{
		zsock.Text(""), zsock.Text("hello"), zsock.Text("two", "frames"), zsock.Bytes(make([]byte, 1000)),
		zsock.Bytes(header{kind: kindTasks}.append(nil)),                                  // a worker sends no tasks
		zsock.Bytes(append(header{kind: kindResults}.append(nil), 1, 9, 0)),               // no such status
		zsock.Bytes(append(header{kind: kindResults}.append(nil), 1, 0, 255, 255, 255)),   // no such length
		zsock.Bytes(append(header{kind: kindHello}.append(nil), make([]byte, 9+1000)...)), // a name too long
	}
	if _, err := peer.SendBatch(ctx, garbage); err != nil {
		t.Fatal(err)
	}
	// A message from nobody is answered with a reset: all of the above has been looked at by then.
	ping := header{kind: kindPing, session: 77}
	if err := peer.Send(ctx, zsock.Bytes(ping.append(nil))); err != nil {
		t.Fatal(err)
	}
	m, err := peer.Recv(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if h, _, err := parseHeader(m.Frame(0)); err != nil || h.kind != kindReset || h.session != 77 {
		t.Errorf("%+v, %v: want a reset of session 77", h, err)
	}
	if got := run.Stats().Malformed; got != uint64(len(garbage)) {
		t.Errorf("%d malformed messages counted, want %d", got, len(garbage))
	}
	double(t, ctx, run, 100, nil)
}
