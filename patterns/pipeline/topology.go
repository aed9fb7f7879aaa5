package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Topology describes a ventilator, its workers and its sink. It is a plain value: copy it, change it, run it as often as
// needed. Only Work has to be set.
type Topology[T, R any] struct {
	// Name is the run's place in the system's tree; the default is "pipeline", with a number if that is taken.
	Name string
	// Workers is how many workers run in this process, each doing one task at a time; 0 means as many as processors. Without
	// Work there are none, and all tasks wait for workers elsewhere, see the function Work.
	Workers int
	// Work does a task. It runs in the worker's actor, and its context ends when that has to stop. An error and a panic are
	// failed tries of the task; a panic also restarts the worker. It may run more than once for a task, on several workers at the
	// same time even, when one was taken for dead.
	Work func(ctx context.Context, t T) (R, error)
	// Endpoint is where the ventilator binds and all workers connect. The default is an inproc endpoint of its own; workers in
	// other processes need tcp or ipc, for example "tcp://127.0.0.1:*".
	Endpoint string
	// Credit is how many tasks a worker holds at most, the one in hand included. The default of 2 keeps one task waiting
	// behind the one in hand, which hides the way to the ventilator and back for tasks of a millisecond or more, and leaves at
	// most one task behind a slow one. 1 leaves none. Tasks of microseconds want 256.
	Credit int
	// MaxTries is how often a task may fail before its error is its result, and the task a dead letter; the default is 3. The tries
	// are counted on the task, whichever workers they were on.
	MaxTries int
	// Window is how many tasks of one Process may be under way, results that the loop has not taken included; the default is
	// 1,024, or four times what all workers hold if that is more.
	Window int
	// WindowBytes is how many bytes of encoded tasks and of such results one Process may have under way; the default is 256 MiB. A
	// single task always may, whatever its size.
	WindowBytes int
	// MaxTask is how many bytes an encoded task may have; the default, and the most, is a little less than 64 MiB.
	MaxTask int
	// Silence is how long a worker may say nothing before it is taken for dead; the default is 1 s. Workers send heartbeats
	// four times as often, also while Work is busy.
	Silence time.Duration
	// Codec encodes tasks and results; the default is patterns.JSON.
	Codec patterns.Codec
	// Spec says how workers that panicked are restarted. A panic is charged to its task, by MaxTries, and not to the worker:
	// unless Intensity is set there is no limit on restarts, only the backoff, by default from 10 ms to 100 ms and anew after 1 s
	// without a panic. With a limit, a worker that exceeds it is given up, and the run ends with ErrNoWorkers when the
	// last one was. Each worker counts for itself.
	Spec supervision.Spec
	// Options configure the ventilator's socket, WorkerOptions those of the local workers, for CURVE keys and the like.
	Options       []zsock.SocketOption
	WorkerOptions []zsock.SocketOption
}

const (
	defaultSilence = time.Second
	startTimeout   = 30 * time.Second
)

func (t Topology[T, R]) withDefaults() Topology[T, R] {
	if t.Work == nil {
		t.Workers = 0
	} else if t.Workers <= 0 {
		t.Workers = runtime.GOMAXPROCS(0)
	}
	if t.Credit <= 0 {
		t.Credit = 2
	}
	t.Credit = min(t.Credit, maxCredit)
	if t.MaxTries <= 0 {
		t.MaxTries = 3
	}
	if t.Window <= 0 {
		t.Window = max(1024, 4*t.Credit*max(2, t.Workers))
	}
	if t.WindowBytes <= 0 {
		t.WindowBytes = 256 << 20
	}
	if t.MaxTask <= 0 || t.MaxTask > maxBody {
		t.MaxTask = maxBody
	}
	if t.Silence <= 0 {
		t.Silence = defaultSilence
	}
	if t.Codec == nil {
		t.Codec = patterns.JSON
	}
	return t
}

// ofWorkers fills in the defaults for workers.
func ofWorkers(spec supervision.Spec) supervision.Spec {
	if spec.Intensity == 0 {
		spec.Intensity = 1 << 20
	}
	b := &spec.Backoff
	if b.Min <= 0 {
		b.Min = 10 * time.Millisecond
	}
	if b.Max <= 0 {
		b.Max = 100 * time.Millisecond
	}
	if b.ResetAfter <= 0 {
		b.ResetAfter = time.Second
	}
	return spec
}

// Run starts the topology in sys: all of it is connected when Run returns. The run must be closed, by Close or with its system.
func (t Topology[T, R]) Run(sys *zsock.System) (*Run[T, R], error) {
	t = t.withDefaults()
	if err := safe.Start(sys, t.Codec, slices.Concat(t.Options, t.WorkerOptions)); err != nil {
		return nil, fmt.Errorf("pipeline: run: %w", err)
	}
	ctx, cancel := context.WithTimeout(sys.Actors().Context(), startTimeout)
	defer cancel()
	g, name, err := settle(ctx, sys, t.Name, "pipeline", ofWorkers(t.Spec))
	if err != nil {
		return nil, err
	}
	c := &core{name: name, codec: safe.Codec(t.Codec), window: t.Window, windowBytes: t.WindowBytes, maxTask: t.MaxTask, ground: g, left: t.Workers,
		done: make(chan struct{}), feeders: make(map[*job]<-chan struct{})}
	err = t.startVentilator(ctx, sys, c)
	if err != nil {
		err = fmt.Errorf("pipeline: start %s: %w", name, err)
		return nil, errors.Join(err, g.all.Stop(ctx))
	}
	return &Run[T, R]{c}, nil
}

func (t Topology[T, R]) startVentilator(ctx context.Context, sys *zsock.System, c *core) (err error) {
	endpoint := t.Endpoint
	if endpoint == "" {
		endpoint = "inproc://pipeline/" + c.name
	}
	// What waits for a worker is bounded by its credit, so one that does not read can't hold up the others at a mark.
	c.socket, err = sys.Open(zsock.Router, append([]zsock.SocketOption{zsock.WithName("ventilator.socket"), zsock.WithBind(endpoint),
		zsock.WithSupervisor(c.ground.all), zsock.WithSendHWM(0)}, t.Options...)...)
	if err != nil {
		return err
	}
	bound, err := c.socket.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return err
	}
	c.endpoint = bound[0]
	ready := make(chan struct{})
	b := newBook(rand.Uint64(), t.Credit, t.MaxTries, ticks(t.Silence), &c.stats)
	b.bury = func(t *task, r result) {
		sys.Actors().Bury(actor.DeadLetter{Path: c.ventilator.Path(), Reason: r.err,
			Message: DeadTask{Number: r.number, Tries: r.failures, Worker: r.worker, Body: t.body}})
	}
	b.joined = func(workers int) {
		if ready != nil && workers >= t.Workers {
			close(ready)
			b.joined = nil
		}
	}
	c.ventilator, err = supervision.Spawn(ctx, c.ground.all, "ventilator", supervision.Transient,
		func() actor.Behavior[note] { return &ventilator{core: c, book: b} }, actor.WithKind("ventilator"),
		actor.WithDetails(c.stats.details), actor.WithFinally(func() {
			c.end(c.cause)
			close(c.done)
		}))
	if err != nil {
		return err
	}
	for i := range t.Workers {
		w := &Worker{name: fmt.Sprintf("worker-%d", i+1)}
		if err := w.start(ctx, sys, c.ground, reachable(c.endpoint), typed(t.Codec, t.Work), t.Silence, t.WorkerOptions, c.lost); err != nil {
			return err
		}
		c.workers = append(c.workers, w)
	}
	if t.Workers == 0 {
		return nil
	}
	select {
	case <-ready:
		return nil
	case <-c.done:
		return c.closedError()
	case <-ctx.Done():
		return fmt.Errorf("%d of %d workers have said hello: %w", c.Stats().Workers, t.Workers, actor.SafeError(context.Cause(ctx)))
	}
}

// reachable turns an endpoint that was bound to every address into one to connect to.
func reachable(endpoint string) string {
	e, err := zsock.ParseEndpoint(endpoint)
	if err == nil && e.Transport() == zsock.TransportTCP && e.IsWildcard() {
		return fmt.Sprintf("tcp://127.0.0.1:%d", e.Port())
	}
	return endpoint
}
