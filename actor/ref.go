package actor

import (
	"context"
	"fmt"
	"sync/atomic"

	proto "github.com/asynkron/protoactor-go/actor"
)

// Handle is an actor seen without the type of its messages. It is valid for good and stays the same across restarts.
type Handle interface {
	// Name is unique among the children of one parent; Path is unique in the system.
	Name() string
	Path() string
	// Done is closed when the actor is gone: nothing of it runs any more.
	Done() <-chan struct{}
	// Err is the failure that ended the actor, nil while it lives and after a normal end.
	Err() error
	// Stop asks the actor to end; it overtakes the queued messages, which are refused or become dead letters. It never waits.
	Stop(cause error)
	// Restart asks for a new incarnation: the behaviour stops, its children stop, a new behaviour starts; the queue stays. An
	// actor that fails before it comes to that is its parent's business, as after every failure.
	Restart()
	// WaitStarted waits for the first Start and returns its error.
	WaitStarted(ctx context.Context) error
	// PID is the way out to protoactor, for code that speaks with it directly.
	PID() *proto.PID
}

// Ref is where messages of type M are sent. It is a small value, safe for any number of goroutines, and valid for good.
type Ref[M any] struct{ cell *cell[M] }

// Tell waits until the mailbox takes m. It returns ErrStopped when the actor is gone or was abandoned, or ctx's cause. Once
// it returned nil, m is handled once, refused, or reported as a dead letter. Messages of one sender keep their order.
//
// Inside a handler pass the handler's Context: a Tell that waits then ends when its own actor is told to stop.
func (r Ref[M]) Tell(ctx context.Context, m M) error {
	c := r.cell
	if c == nil {
		return ErrStopped
	}
	if c.closed.Load() {
		return c.stoppedError()
	}
	select {
	case c.user <- m:
		c.afterTell()
		return nil
	default:
	}
	return c.tellWhenFree(ctx, m)
}

func (c *cell[M]) tellWhenFree(ctx context.Context, m M) error {
	defer c.sys.waits(c.path)()
	select {
	case c.user <- m:
		c.afterTell()
		return nil
	case <-c.over:
		return c.stoppedError()
	case <-ctx.Done():
		return fmt.Errorf("actor: tell %s: %w", c.path, causeOf(ctx))
	}
}

// TryTell is Tell that never waits: a full mailbox is ErrMailboxFull.
func (r Ref[M]) TryTell(m M) error {
	c := r.cell
	if c == nil {
		return ErrStopped
	}
	if c.closed.Load() {
		return c.stoppedError()
	}
	select {
	case c.user <- m:
		c.afterTell()
		return nil
	default:
		return fmt.Errorf("%w: %s", ErrMailboxFull, c.path)
	}
}

// Name, Path, Done, Err, Stop, Restart, WaitStarted and PID are those of Handle.
func (r Ref[M]) Name() string                          { return r.cell.name }
func (r Ref[M]) Path() string                          { return r.cell.path }
func (r Ref[M]) Done() <-chan struct{}                 { return r.cell.done }
func (r Ref[M]) Err() error                            { return r.cell.Err() }
func (r Ref[M]) Stop(cause error)                      { r.cell.Stop(cause) }
func (r Ref[M]) Restart()                              { r.cell.Restart() }
func (r Ref[M]) WaitStarted(ctx context.Context) error { return r.cell.WaitStarted(ctx) }
func (r Ref[M]) PID() *proto.PID                       { return r.cell.pid.Load() }

func (r Ref[M]) annotate(text string) { r.cell.annotate(text) }

// Valid reports whether r refers to an actor at all; the zero Ref does not.
func (r Ref[M]) Valid() bool { return r.cell != nil }

// Depth is how many messages wait in the mailbox.
func (r Ref[M]) Depth() int { return r.cell.depth() }

// Reply is where the answer to an Ask goes. Embed it in the message. The first answer or refusal wins, later ones are
// ignored, and none of them waits. The zero Reply drops what it is given.
type Reply[R any] struct{ to *pending[R] }

type pending[R any] struct {
	taken atomic.Bool
	ch    chan answer[R]
}

type answer[R any] struct {
	value R
	err   error
}

// NewReply makes a Reply and the function that waits for it, for callers that tell first and wait later.
// The wait ends with ctx, or with ErrStopped when done closes before an answer came.
func NewReply[R any]() (Reply[R], func(ctx context.Context, done <-chan struct{}) (R, error)) {
	r := newReply[R]()
	return r, r.to.wait
}

func newReply[R any]() Reply[R] { return Reply[R]{&pending[R]{ch: make(chan answer[R], 1)}} }

func (p *pending[R]) wait(ctx context.Context, done <-chan struct{}) (R, error) {
	select {
	case a := <-p.ch:
		return a.value, a.err
	case <-done:
	case <-ctx.Done():
	}
	// An answer that came together with the end still counts.
	select {
	case a := <-p.ch:
		return a.value, a.err
	default:
	}
	var zero R
	if ctx.Err() != nil {
		return zero, causeOf(ctx)
	}
	return zero, ErrStopped
}

// Answer hands value to the asker.
func (r Reply[R]) Answer(value R) { r.put(answer[R]{value: value}) }

// Refuse hands err to the asker.
func (r Reply[R]) Refuse(err error) { r.put(answer[R]{err: err}) }

func (r Reply[R]) put(a answer[R]) {
	if r.to != nil && r.to.taken.CompareAndSwap(false, true) {
		r.to.ch <- a
	}
}

// Ask tells ref the message that make builds around a Reply, and waits for the answer, for the end of ctx, or for the end of
// the actor, be it that its parent abandoned it. Do not Ask inside a handler: two actors that ask each other wait for ever.
// Use Context.Go there.
func Ask[M, R any](ctx context.Context, ref Ref[M], make func(Reply[R]) M) (R, error) {
	reply := newReply[R]()
	if err := ref.Tell(ctx, make(reply)); err != nil {
		var zero R
		return zero, err
	}
	defer ref.cell.sys.waits(ref.cell.path)()
	return reply.to.wait(ctx, ref.cell.over)
}
