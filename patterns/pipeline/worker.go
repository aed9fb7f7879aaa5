package pipeline

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Worker does the tasks of a ventilator, one at a time. Its methods are safe for concurrent use.
type Worker struct {
	name      string
	id        uint64
	credit    int
	desk      desk
	socket    *zsock.Socket
	link      actor.Ref[note]
	hand      actor.Ref[struct{}]
	own       *supervision.Supervisor // of a worker that is no part of a run
	done      atomic.Uint64
	failed    atomic.Uint64
	malformed atomic.Uint64
	cause     error // why the hand's last incarnation ended; of the hand's goroutine
}

type workerOptions struct {
	name   string
	credit int
	codec  patterns.Codec
	spec   supervision.Spec
	socket []zsock.SocketOption
}

// WorkerOption configures a worker that Work starts.
type WorkerOption func(*workerOptions)

// WithName names the worker in results and in the tree; the default is "worker-" and the process id.
func WithName(name string) WorkerOption { return func(o *workerOptions) { o.name = name } }

// WithCredit sets how many tasks the worker holds at most, the one in hand included; the default is the ventilator's.
func WithCredit(tasks int) WorkerOption { return func(o *workerOptions) { o.credit = tasks } }

// WithCodec sets the codec, which must be the ventilator's; the default is patterns.JSON.
func WithCodec(c patterns.Codec) WorkerOption { return func(o *workerOptions) { o.codec = c } }

// WithSpec sets how the worker is restarted after a panic, see Topology.Spec.
func WithSpec(spec supervision.Spec) WorkerOption { return func(o *workerOptions) { o.spec = spec } }

// WithSocket configures the worker's DEALER, for CURVE keys and the like.
func WithSocket(opts ...zsock.SocketOption) WorkerOption {
	return func(o *workerOptions) { o.socket = append(o.socket, opts...) }
}

// Work starts a worker for the ventilator at endpoint, which may be in another process, on another machine, and not there
// yet: the worker connects when it comes and again after each loss. f runs in an actor of its own; its context ends when the
// worker stops. A panic of f counts as a failed try of its task and fails that actor, which the supervisor restarts.
//
// For several tasks at a time start several workers. A worker must be closed, by Close or with its system.
func Work[T, R any](sys *zsock.System, endpoint string, f func(ctx context.Context, t T) (R, error), opts ...WorkerOption) (*Worker, error) {
	o := workerOptions{codec: patterns.JSON}
	for i, opt := range opts {
		if opt == nil {
			return nil, fmt.Errorf("pipeline: work at %s: %w: option %d: leave it out", endpoint, patterns.ErrNil, i+1)
		}
		opt(&o)
	}
	err := safe.Start(sys, o.codec, o.socket)
	if err == nil && f == nil {
		err = fmt.Errorf("%w: the work: pass the function that does a task", patterns.ErrNil)
	}
	if err != nil {
		return nil, fmt.Errorf("pipeline: work at %s: %w", endpoint, err)
	}
	ctx, cancel := context.WithTimeout(sys.Actors().Context(), startTimeout)
	defer cancel()
	g, name, err := settle(ctx, sys, o.name, fmt.Sprintf("worker-%d", os.Getpid()), ofWorkers(o.spec))
	if err != nil {
		return nil, err
	}
	w := &Worker{name: name, credit: o.credit, own: g.all}
	lost := func(cause error) {
		stop := func() { g.all.Handle().Stop(cause) }
		if w.link.TryTell(note{leave: true, end: func() { _ = w.socket.Close(); stop() }}) != nil {
			stop()
		}
	}
	if err := w.start(ctx, sys, g, endpoint, typed(o.codec, f), defaultSilence, o.socket, lost); err != nil {
		g.all.Handle().Stop(err)
		return nil, err
	}
	return w, nil
}

// typed puts the codec around user code.
func typed[T, R any](codec patterns.Codec, f func(context.Context, T) (R, error)) work {
	return func(ctx context.Context, body []byte) ([]byte, error) {
		var t T
		if err := codec.Unmarshal(body, &t); err != nil {
			return nil, fmt.Errorf("decode the task: %w", err)
		}
		r, err := f(ctx, t)
		if err != nil {
			return nil, err
		}
		if body, err = codec.Marshal(r); err != nil {
			return nil, fmt.Errorf("encode the result: %w", err)
		}
		return body, nil
	}
}

// start makes the socket and both actors. lost is told when the supervisor gave the hand up; it must not wait.
func (w *Worker) start(ctx context.Context, sys *zsock.System, g *ground, endpoint string, f work, silence time.Duration,
	opts []zsock.SocketOption, lost func(cause error)) (err error) {
	w.id = rand.Uint64()
	w.socket, err = sys.Open(zsock.Dealer, append([]zsock.SocketOption{zsock.WithName(w.name + ".socket"),
		zsock.WithConnect(endpoint), zsock.WithSupervisor(g.all)}, opts...)...)
	if err != nil {
		return fmt.Errorf("pipeline: worker %s: %w", w.name, err)
	}
	w.link, err = supervision.Spawn(ctx, g.all, w.name+".link", supervision.Transient,
		func() actor.Behavior[note] { return &link{Worker: w, heartbeat: ticks(silence)} }, actor.WithKind("link"))
	if err != nil {
		return fmt.Errorf("pipeline: worker %s: %w", w.name, err)
	}
	w.hand, err = supervision.Spawn(ctx, g.crews, w.name, supervision.Transient,
		func() actor.Behavior[struct{}] { return &hand{Worker: w, work: f} }, actor.WithKind("worker"), actor.WithDetails(w.details),
		actor.WithFinally(func() {
			if w.cause != nil {
				lost(w.cause)
			}
		}))
	if err != nil {
		return fmt.Errorf("pipeline: worker %s: %w", w.name, err)
	}
	return nil
}

func (w *Worker) details() []actor.Detail {
	return []actor.Detail{{Key: "done", Value: w.done.Load()}, {Key: "failed", Value: w.failed.Load()},
		{Key: "malformed", Value: w.malformed.Load()}}
}

// Name is the worker's name in results and in the tree.
func (w *Worker) Name() string { return w.name }

// Socket is the worker's DEALER, to look at and to break in tests. Reading from it takes away tasks.
func (w *Worker) Socket() *zsock.Socket { return w.socket }

// Done is closed when the worker does no tasks any more: after Close, or when its supervisor gave it up.
func (w *Worker) Done() <-chan struct{} { return w.hand.Done() }

// Err is the failure that ended the worker, nil while it works and after Close.
func (w *Worker) Err() error { return w.hand.Err() }

// Close ends the worker. It takes leave of the ventilator, so that what it holds goes to others at once, the task in hand
// included; the context of Work ends. Close waits for Work to return as long as ctx allows. It may be called again.
func (w *Worker) Close(ctx context.Context) error {
	if err := safe.Context(ctx); err != nil {
		return fmt.Errorf("pipeline: close worker %s: %w", w.name, err)
	}
	_, _ = actor.Ask(ctx, w.link, func(r actor.Reply[struct{}]) note { return note{Reply: r, leave: true} })
	w.hand.Stop(nil)
	_ = w.socket.Close() // sends what is queued, as far as the linger allows
	w.link.Stop(nil)
	for _, done := range []<-chan struct{}{w.link.Done(), w.hand.Done()} {
		select {
		case <-done:
		case <-ctx.Done():
			return fmt.Errorf("pipeline: close worker %s: Work has not returned: %w", w.name, actor.SafeError(context.Cause(ctx)))
		}
	}
	if w.own != nil {
		return w.own.Stop(ctx)
	}
	return nil
}
