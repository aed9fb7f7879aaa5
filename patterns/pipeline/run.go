package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Run is a topology at work. Its methods are safe for concurrent use.
type Run[T, R any] struct{ *core }

// core is a run without its types.
type core struct {
	name    string
	codec   patterns.Codec
	window  int
	maxTask int // bytes

	windowBytes int
	stats       stats
	intake      intake
	ground      *ground
	socket      *zsock.Socket
	endpoint    string
	cause       error // why the ventilator's last incarnation ended; of its goroutine
	workers     []*Worker

	ventilator actor.Ref[note]

	done chan struct{} // closed when the ventilator is gone: nothing is handed out any more

	mu      sync.Mutex
	ended   bool
	left    int // local workers that the supervisor has not given up
	err     error
	feeders map[*job]<-chan struct{}
}

// ground is the part of the tree that belongs to a run or to a worker of its own.
type ground struct {
	all   *supervision.Supervisor // sockets and the actors that speak the protocol
	crews *supervision.Supervisor // actors that run user code
}

// settle makes a ground under a free name.
func settle(ctx context.Context, sys *zsock.System, name, otherwise string, spec supervision.Spec) (*ground, string, error) {
	wanted := name
	if name == "" {
		wanted = otherwise
	}
	infrastructure := supervision.Spec{Isolate: true}
	all, err := sys.Supervise(ctx, wanted, infrastructure)
	for n := 2; name == "" && errors.Is(err, actor.ErrNameTaken); n++ {
		wanted = fmt.Sprintf("%s-%d", otherwise, n)
		all, err = sys.Supervise(ctx, wanted, infrastructure)
	}
	if err != nil {
		return nil, wanted, fmt.Errorf("pipeline: start %s: %w", wanted, err)
	}
	spec.Isolate = true
	if spec.Strategy == supervision.OneForOne {
		spec.Strategy, spec.MaxChildren = supervision.Dynamic, -1 // which stop all at the same time
	}
	if spec.Shutdown == 0 {
		spec.Shutdown = -1 // how long Work may take is for whoever waits
	}
	crews, err := supervision.StartUnder(ctx, all, "workers", spec)
	if err != nil {
		return nil, wanted, errors.Join(fmt.Errorf("pipeline: start %s: %w", wanted, err), all.Stop(ctx))
	}
	return &ground{all, crews}, wanted, nil
}

// intake is where the tasks of all Process calls wait for the ventilator.
type intake struct {
	bell
	mu        sync.Mutex
	fresh     []*task
	withdrawn bool
}

func (in *intake) add(t *task) {
	in.mu.Lock()
	in.fresh = append(in.fresh, t)
	first := len(in.fresh) == 1
	in.mu.Unlock()
	if first {
		in.ring()
	}
}

// withdraw has the ventilator forget the tasks of jobs that are over.
func (in *intake) withdraw() {
	in.mu.Lock()
	in.withdrawn = true
	in.mu.Unlock()
	in.ring()
}

func (in *intake) take(spare []*task) (fresh []*task, withdrawn bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	fresh, in.fresh = in.fresh, spare[:0]
	withdrawn, in.withdrawn = in.withdrawn, false
	return fresh, withdrawn
}

// enter notes a feeder; the run is its owner and waits for it.
func (c *core) enter(j *job, gone <-chan struct{}) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.feeders[j] = gone
	return true
}

func (c *core) leave(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.feeders, j)
}

// end makes everything of the run stop. It does not wait; the first cause is kept.
func (c *core) end(cause error) {
	c.mu.Lock()
	first := !c.ended
	if first {
		c.ended, c.err = true, cause
	}
	c.mu.Unlock()
	if first {
		c.ground.all.Handle().Stop(nil)
	}
}

// lost is told when the supervisor gave a local worker up.
func (c *core) lost(cause error) {
	c.mu.Lock()
	c.left--
	last := c.left == 0
	c.mu.Unlock()
	if last {
		c.end(fmt.Errorf("%w: %w", ErrNoWorkers, cause))
	}
}

func (c *core) closedError() error {
	if err := c.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrClosed, c.name, err)
	}
	return fmt.Errorf("%w: %s", ErrClosed, c.name)
}

// Close ends the run: Process calls end with ErrClosed, the context of Work ends, all actors and sockets stop. It returns
// when they and the readers of task sequences are gone, or with an error that says what is left when ctx ends first, as
// with a Work that heeds no context. It may be called again.
func (c *core) Close(ctx context.Context) error {
	if err := safe.Context(ctx); err != nil {
		return fmt.Errorf("pipeline: close %s: %w", c.name, err)
	}
	c.end(nil)
	if err := c.ground.all.Stop(ctx); err != nil {
		return fmt.Errorf("pipeline: close %s: %w", c.name, err)
	}
	c.mu.Lock()
	var feeders []<-chan struct{}
	for _, gone := range c.feeders {
		feeders = append(feeders, gone)
	}
	c.mu.Unlock()
	for _, gone := range feeders {
		select {
		case <-gone:
		case <-ctx.Done():
			return fmt.Errorf("pipeline: close %s: a sequence of tasks has not returned: %w", c.name, actor.SafeError(context.Cause(ctx)))
		}
	}
	return nil
}

// Done is closed when the run hands out nothing any more: after Close, or after a failure that supervision could not mend.
func (c *core) Done() <-chan struct{} { return c.done }

// Err is the failure that ended the run, nil while it works and after Close.
func (c *core) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Name is the run's name in the system's tree.
func (c *core) Name() string { return c.name }

// Endpoint is where workers connect, resolved: a Worker in another process is given this text.
func (c *core) Endpoint() string { return c.endpoint }

// Stats gives the figures of the run. They also show in the system's Snapshot, beside the ventilator.
func (c *core) Stats() Stats { return c.stats.get() }

// Socket is the ventilator's ROUTER, to look at and to break in tests. Reading from it takes away results.
func (c *core) Socket() *zsock.Socket { return c.socket }

// Workers are the local workers.
func (c *core) Workers() []*Worker { return c.workers }
