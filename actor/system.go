package actor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"
)

// rootID is what protoactor calls the root; its ids of all others begin with it.
const rootID = "root"

// System holds a tree of actors. It starts with a root, under which Spawn hangs actors, and ends whole: by Close, or when a
// failure climbed to the root because nobody below handled it.
type System struct {
	engine       *proto.ActorSystem
	options      systemOptions
	logger       *slog.Logger
	plainLog     bool            // the logger's handler is of package log/slog
	ctx          context.Context // ends when the system starts to end
	cancel       context.CancelCauseFunc
	root         *cell[rootCommand]
	dead         deadLetters
	serial       atomic.Uint64 // of names that nobody chose
	hookFailures atomic.Uint64
	runners      sync.Map // with WithWaits, the paths of actors by their goroutines

	mu      sync.Mutex
	running int            // goroutines of the system
	helpers map[string]int // those of Context.Go, by the path of their actor
	left    []spawnable    // abandoned by their parents, and not gone yet
	ending  bool
	cause   error
	late    *time.Timer   // until a system that failed is given up
	done    chan struct{} // closed when empty is, or when the system was given up
	over    sync.Once     // of closing done
	empty   chan struct{} // closed when no goroutine of the system is left
}

type systemOptions struct {
	name       string
	logger     *slog.Logger
	event      func(Event)
	deadLetter func(DeadLetter)
	waits      func(from, to string) (over func())
}

// SystemOption configures a System.
type SystemOption func(*systemOptions)

// WithSystemName names the root in snapshots; the default is "system".
func WithSystemName(name string) SystemOption { return func(o *systemOptions) { o.name = name } }

// WithLogger sets where events and dead letters are logged: failures with the stack of their panic, surrenders and overstays as
// errors, restarts as warnings, all else for debugging. The default is slog.Default.
func WithLogger(l *slog.Logger) SystemOption { return func(o *systemOptions) { o.logger = l } }

// WithEvents has every event handed to hook, in a goroutine of its own for which the actor that the event is about waits: so hook must be
// quick, and must not wait for that actor, as for its stop. It must be safe for concurrent use. A panic or runtime.Goexit of it is logged and
// counted, see HookFailures, and changes nothing.
func WithEvents(hook func(Event)) SystemOption { return func(o *systemOptions) { o.event = hook } }

// WithDeadLetters has every dead letter handed to hook, in a goroutine of its own for which whoever found it waits, an actor or a sender: as
// for WithEvents, be quick, be safe for concurrent use, do not wait for actors, and do not fail.
func WithDeadLetters(hook func(DeadLetter)) SystemOption {
	return func(o *systemOptions) { o.deadLetter = hook }
}

// NewSystem starts a system. Every system must be closed.
func NewSystem(opts ...SystemOption) (*System, error) {
	s := &System{options: systemOptions{name: "system"}, helpers: make(map[string]int),
		done: make(chan struct{}), empty: make(chan struct{})}
	for _, opt := range opts {
		opt(&s.options)
	}
	s.logger = s.options.logger
	if s.logger == nil {
		s.logger = slog.Default()
	}
	s.plainLog = plainLog(s.logger)
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	quiet := slog.New(slog.DiscardHandler)
	s.engine = proto.NewActorSystem(
		proto.WithLoggerFactory(func(*proto.ActorSystem) *slog.Logger { return quiet }),
	)
	// Its own subscribers only log, for which they start goroutines that nobody waits for, and answer, as we do.
	s.engine.EventStream = eventstream.NewEventStream()
	s.engine.EventStream.Subscribe(s.answerForTheDead)
	s.root = newCell(s, s.options.name, func() Behavior[rootCommand] { return rootBehavior{} })
	if err := s.root.spawn(nil); err != nil {
		s.cancel(err)
		return nil, err
	}
	return s, s.root.WaitStarted(context.Background())
}

// rootCommand hangs an actor under the root. Its spawner waits for its start, and so hears of a refusal, too.
type rootCommand struct{ child spawnable }

// Refuse implements Refuser.
func (m rootCommand) Refuse(err error) {
	if errors.Is(err, ErrStopped) {
		err = ErrClosed
	}
	m.child.announceStart(err)
}

type rootBehavior struct{}

func (rootBehavior) Receive(ctx *Context[rootCommand], m rootCommand) error {
	if err := ctx.adopt(ctx, m.child); err != nil {
		m.Refuse(err)
	}
	return nil
}

// ChildFailed ends the system: whoever hangs directly under the root has no other supervisor.
func (rootBehavior) ChildFailed(_ *Context[rootCommand], child Handle, failure Failure) error {
	if failure.Ended {
		child.Stop(nil)
		return nil
	}
	return fmt.Errorf("%s: %w", child.Path(), failure.Err)
}

func (rootBehavior) ChildStopped(*Context[rootCommand], Handle, error) error { return nil }

// Context ends at once when the system starts to end; its cause wraps ErrClosed and the failure that ended the system, if any.
func (s *System) Context() context.Context { return s.ctx }

// Logger is the system's logger.
func (s *System) Logger() *slog.Logger { return s.logger }

// Spawner is where actors are started: a *System, or the *Context of the actor that will be the parent.
type Spawner interface {
	adopt(ctx context.Context, child spawnable) error
	system() *System
}

// spawnable is a cell without its type parameter.
type spawnable interface {
	Handle
	spawn(parent proto.Context) error
	hangUnder(parent *node) error
	snapshot() Snapshot
	incarnation() uint64
	announceStart(err error)
	outcome(ctx context.Context) (err error, known bool)
	inner
}

func (s *System) system() *System { return s }

func (s *System) adopt(ctx context.Context, child spawnable) error {
	err := Ref[rootCommand]{s.root}.Tell(ctx, rootCommand{child})
	if errors.Is(err, ErrStopped) {
		return ErrClosed
	}
	if err == nil {
		err, _ = child.outcome(ctx)
	}
	if err != nil {
		// The root may still have the request before it: a child that is told to stop before it starts never starts.
		child.Stop(err)
	}
	return err
}

// Spawn starts an actor under parent and returns where to reach it. produce makes the behaviour, anew for each incarnation.
//
// Under a *System, Spawn waits until Start has run and returns its error. With the Context of a handler it returns at
// once, since the parent must stay able to work; use Ref.WaitStarted elsewhere, or ChildStopped, to learn the outcome.
// The name must be free among the parent's children; an empty one is replaced by one that is.
func Spawn[M any](ctx context.Context, parent Spawner, name string, produce func() Behavior[M], opts ...Option) (Ref[M], error) {
	sys := parent.system()
	if strings.ContainsAny(name, "/\x00") {
		return Ref[M]{}, fmt.Errorf("actor: name %q: want no slash and no NUL", name)
	}
	c := newCell(sys, name, produce, opts...)
	if err := parent.adopt(ctx, c); err != nil {
		return Ref[M]{}, fmt.Errorf("actor: spawn %s: %w", cmp.Or(name, "an actor without a name"), err)
	}
	return Ref[M]{c}, nil
}

func newCell[M any](sys *System, name string, produce func() Behavior[M], opts ...Option) *cell[M] {
	c := &cell[M]{produce: produce, options: options{mailbox: defaultMailbox}}
	for _, opt := range opts {
		opt(&c.options)
	}
	c.sys, c.name, c.path, c.kind = sys, name, "/", c.options.kind
	c.done, c.over = make(chan struct{}), make(chan struct{})
	c.started = make(chan struct{})
	c.system.wake = make(chan struct{}, 1)
	c.user = make(chan M, c.options.mailbox)
	return c
}

// hangUnder gives the actor its place in the tree, and a name if nobody chose one.
func (c *cell[M]) hangUnder(parent *node) error {
	if c.name != "" {
		return c.hangAs(c.name, parent)
	}
	for c.hangAs(fmt.Sprintf("actor-%d", c.sys.serial.Add(1)), parent) != nil {
	}
	return nil
}

func (c *cell[M]) hangAs(name string, parent *node) error {
	if parent.has(name) {
		return fmt.Errorf("%w: %s", ErrNameTaken, name)
	}
	path := strings.TrimSuffix(parent.path, "/") + "/" + name
	if c.sys.isLeft(path) {
		return fmt.Errorf("%w: %s, by one that was left behind and has not returned", ErrNameTaken, name)
	}
	c.parent, c.name, c.path = parent, name, path
	return nil
}

// spawn hands the actor to protoactor, on the goroutine of the parent.
func (c *cell[M]) spawn(parent proto.Context) error {
	if !c.sys.enter() {
		return ErrClosed
	}
	props := proto.PropsFromProducer(func() proto.Actor { return shell[M]{c} },
		proto.WithMailbox(func() proto.Mailbox { return c }), proto.WithDispatcher(c),
		// The id is known before the first message is handled.
		proto.WithOnInit(func(ctx proto.Context) { c.pid.Store(ctx.Self()) }))
	var err error
	if parent == nil {
		_, err = c.sys.engine.Root.SpawnNamed(props, rootID)
	} else {
		_, err = parent.SpawnNamed(props, c.name)
	}
	if err != nil {
		c.sys.leave()
		if errors.Is(err, proto.ErrNameExists) {
			err = fmt.Errorf("%w: %s", ErrNameTaken, c.name)
		}
	}
	return err
}
