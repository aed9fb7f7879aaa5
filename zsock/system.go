package zsock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
	"github.com/actomq/actomq/reactor"
	"github.com/actomq/actomq/supervision"
)

// System is what sockets live in: one libzmq context, one reactor, one tree of actors. Systems in one process are
// independent of each other; inproc endpoints are seen within one system only.
type System struct {
	options  systemOptions
	logger   *slog.Logger
	actors   *actor.System
	top      *supervision.Supervisor
	security *supervision.Supervisor
	sockets  *supervision.Supervisor
	reactor  *reactor.Reactor
	zmq      *libzmq.Context
	inproc   inprocTable
	auth     Authenticator
	serial   atomic.Uint64

	lease *lease // of the default system

	mu       sync.Mutex
	open     map[*Socket]struct{}
	lent     map[*ForeignContext]struct{}
	returned chan struct{} // closed at the next Release; nil while nobody waits
	ended    bool
	hurry    chan struct{} // closed when a Close has no more time: sockets linger no longer
	close    struct {
		turn    chan struct{} // of capacity 1: who closes, so that a second caller waits no longer than it wants
		done    bool
		err     error
		context chan error // how the context ended
	}
}

type systemOptions struct {
	actors   []actor.SystemOption
	logger   *slog.Logger
	policy   EndpointPolicy
	backend  []reactor.Option
	context  libzmq.ContextOptions
	restarts supervision.Spec
	auth     AuthLimits
}

// SystemOption configures a System.
type SystemOption func(*systemOptions)

// WithPolicy sets which endpoints sockets may use; the default is DefaultPolicy.
func WithPolicy(p EndpointPolicy) SystemOption { return func(o *systemOptions) { o.policy = p } }

// WithLogger sets where failures and restarts are logged; the default is slog.Default.
func WithLogger(l *slog.Logger) SystemOption {
	return func(o *systemOptions) { o.logger, o.actors = l, append(o.actors, actor.WithLogger(l)) }
}

// WithEvents has every event of every actor handed to hook. The socket or other actor that it is about waits for hook: it must be quick, safe for
// concurrent use, and must not wait for an actor, as Socket.Close, Send and the like do. A panic of it, or runtime.Goexit, is
// logged and counted in HookFailures, and stops nothing. See actor.WithEvents.
func WithEvents(hook func(actor.Event)) SystemOption {
	return func(o *systemOptions) { o.actors = append(o.actors, actor.WithEvents(hook)) }
}

// WithDeadLetters has every dead letter handed to hook, under the rules of WithEvents. See actor.WithDeadLetters.
func WithDeadLetters(hook func(actor.DeadLetter)) SystemOption {
	return func(o *systemOptions) { o.actors = append(o.actors, actor.WithDeadLetters(hook)) }
}

// WithReactor configures the reactor.
func WithReactor(opts ...reactor.Option) SystemOption {
	return func(o *systemOptions) { o.backend = append(o.backend, opts...) }
}

// WithIOThreads sets how many threads libzmq uses for the network; the default is 1, good for about a gigabyte a second.
func WithIOThreads(n int) SystemOption { return func(o *systemOptions) { o.context.IOThreads = n } }

// WithMaxSockets sets how many sockets the context allows; the default is what the limit of open files allows.
func WithMaxSockets(n int) SystemOption { return func(o *systemOptions) { o.context.MaxSockets = n } }

// WithRestarts sets how often and how fast failed sockets are restarted. Each socket has a window of its own.
func WithRestarts(spec supervision.Spec) SystemOption {
	return func(o *systemOptions) { o.restarts = spec }
}

// NewSystem starts a system. The error says what is missing when libzmq can't be used, as Available does.
func NewSystem(opts ...SystemOption) (*System, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	s := &System{open: make(map[*Socket]struct{}), hurry: make(chan struct{})}
	s.close.turn = make(chan struct{}, 1)
	s.options.policy = DefaultPolicy()
	for _, opt := range opts {
		opt(&s.options)
	}
	s.logger = s.options.logger
	if s.logger == nil {
		s.logger = slog.Default()
	}
	s.logger = slog.New(guardedLog{s.logger.Handler()})
	if major, minor, patch, _ := Version(); outdated(major, minor, patch) {
		s.logger.Warn("libzmq before 4.3.3 has known security holes unless your distribution has mended them; update it, and let it not face strangers",
			"version", fmt.Sprintf("%d.%d.%d", major, minor, patch))
	}
	s.auth.init(s)
	if err := s.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("zsock: new system: %w", err), s.Close(context.Background()))
	}
	return s, nil
}

func (s *System) start() (err error) {
	if s.zmq, err = libzmq.NewContext(s.options.context); err != nil {
		return err
	}
	if s.reactor, err = reactor.New(s.options.backend...); err != nil {
		return err
	}
	if s.actors, err = actor.NewSystem(s.options.actors...); err != nil {
		return err
	}
	ctx := s.actors.Context()
	if s.top, err = supervision.Start(ctx, s.actors, "top", supervision.Spec{}); err != nil {
		return err
	}
	// What is started first stops last: whoever judges peers, then the sockets that nobody else supervises, all at once.
	if s.security, err = supervision.StartUnder(ctx, s.top, "security", ofSecurity(s.options.restarts)); err != nil {
		return err
	}
	s.sockets, err = supervision.StartUnder(ctx, s.top, "sockets", ofSockets(s.options.restarts))
	return err
}

// ofSockets has sockets fail each for itself, and close all at the same time.
func ofSockets(spec supervision.Spec) supervision.Spec {
	spec.Strategy, spec.Isolate, spec.MaxChildren = supervision.Dynamic, true, -1
	return spec
}

// Open opens a socket: options first, then identity, subscriptions, binds and connects, in that order. If a step fails, the
// socket is closed and the error names the step.
func (s *System) Open(t Type, opts ...SocketOption) (*Socket, error) {
	return s.openAt(caller(1), t, opts)
}

func (s *System) openAt(line string, t Type, opts []SocketOption) (*Socket, error) {
	if !t.valid() {
		return nil, &Error{Op: "open", Err: fmt.Errorf("%w: %v is no socket type", ErrType, t)}
	}
	config := socketConfig{inboxMessages: 1024, inboxBytes: 16 << 20, outbox: 1024, limit: messageLimit{defaultFrames, -1}, supervisor: s.sockets}
	socket := &Socket{sys: s, typ: t, opened: line}
	socket.first.Store(true)
	config.settings = append(config.settings, defaultSettings(t)...)
	for _, opt := range opts {
		opt(&config)
	}
	socket.name = config.name
	if socket.name == "" {
		socket.name = fmt.Sprintf("%s-%d", strings.ToLower(t.String()), s.serial.Add(1))
	}
	socket.path = config.supervisor.Handle().Path() + "/" + socket.name
	if err := socket.configure(&config); err != nil {
		return nil, err
	}
	if !s.remember(socket) {
		return nil, &Error{Op: "open", Socket: socket.name, Err: ErrClosed}
	}
	child := supervision.Actor(socket.name, func() actor.Behavior[Command] { return &owner{Socket: socket} },
		actor.WithKind("socket"), actor.WithMailbox(16), actor.WithDetails(socket.details), actor.WithFinally(socket.finally))
	child.Restart, child.Shutdown = supervision.Transient, socket.desired.linger()+stopTime
	handle, err := config.supervisor.Add(s.actors.Context(), child)
	if err != nil {
		s.forget(socket)
		var own *Error
		if errors.As(err, &own) {
			return nil, own
		}
		if errors.Is(err, actor.ErrStopped) || errors.Is(err, actor.ErrClosed) {
			err = ErrClosed
		}
		return nil, &Error{Op: "open", Socket: socket.name, Err: err}
	}
	s.mu.Lock() // Close may look at the same time
	socket.ref = handle.(actor.Ref[Command])
	s.mu.Unlock()
	return socket, nil
}

// stopTime is more than a socket needs to stop, beside its linger.
const stopTime = 5 * time.Second

func (s *System) remember(socket *Socket) bool {
	s.mu.Lock()
	ended := s.ended
	if !ended {
		s.open[socket] = struct{}{}
	}
	s.mu.Unlock()
	if !ended {
		s.join()
	}
	return !ended
}

func (s *System) forget(socket *Socket) {
	s.mu.Lock()
	_, known := s.open[socket]
	delete(s.open, socket)
	s.mu.Unlock()
	if known {
		s.leave()
	}
}

func (s *System) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Supervise starts a supervisor in the system's tree, beside the one of the sockets: for own actors, which are the children
// that it starts with or are added later, and for sockets opened with WithSupervisor. When it gives up it is restarted, with
// these children; when that happens more than 5 times in 10 s, the system ends, and Err is the cause. With Spec.Isolate it gives
// up its children one by one, and never itself.
func (s *System) Supervise(ctx context.Context, name string, spec supervision.Spec, children ...supervision.Child) (*supervision.Supervisor, error) {
	return supervision.StartUnder(ctx, s.top, name, spec, children...)
}

// Actors is the system's tree of actors.
func (s *System) Actors() *actor.System { return s.actors }

// Snapshot gives the tree with the state of every actor; it prints as text and marshals as JSON.
func (s *System) Snapshot() actor.Snapshot { return s.actors.Snapshot() }

// DeadLetters gives how many messages nobody will handle, and the newest of them.
func (s *System) DeadLetters() (count uint64, recent []actor.DeadLetter) {
	return s.actors.DeadLetters()
}

// DeadLetterReasons counts them by the text of the error at the root of their reason, see actor.System.
func (s *System) DeadLetterReasons() map[string]uint64 { return s.actors.DeadLetterReasons() }

// HookFailures counts the panics and exits of hooks, see WithEvents and actor.System.
func (s *System) HookFailures() uint64 { return s.actors.HookFailures() }

// Done is closed when every actor is gone, after Close or after a failure that nobody could handle; see actor.System for those that
// do not return then.
func (s *System) Done() <-chan struct{} { return s.actors.Done() }

// Err is the failure that ended the system, nil while it runs and after Close.
func (s *System) Err() error { return s.actors.Err() }

// Close ends the system: no socket opens any more, all actors stop, those that were started last first, the sockets send what
// they have as far as their linger and ctx allow, the context ends. What is not gone when ctx ends is named in the error, sockets with
// the line that opened them, and goes on ending. Calling it again, also after a failure, waits again and returns what the first
// call did.
func (s *System) Close(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	select {
	case s.close.turn <- struct{}{}:
	default:
		select {
		case s.close.turn <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("zsock: close: another Close still waits: %w",
				&actor.OverstayError{Paths: actor.Overstaying(s.top.Handle()), Err: causeOf(ctx)})
		}
	}
	defer func() { <-s.close.turn }()
	if s.close.done {
		return s.close.err
	}
	sockets := s.Sockets()
	var failure error
	if s.actors != nil {
		if err := s.actors.Close(ctx); err != nil {
			if overstay, ok := errors.AsType[*actor.OverstayError](err); ok {
				return s.late(overstay, sockets)
			}
		}
		failure = s.actors.Err()
	}
	for _, socket := range sockets {
		socket.endChannel()
	}
	if s.reactor != nil {
		if err := s.reactor.Close(ctx); err != nil {
			return fmt.Errorf("zsock: close: %w", err)
		}
	}
	if s.zmq != nil {
		_ = s.zmq.Shutdown() // tells foreign sockets to go
		if err := s.awaitLent(ctx); err != nil {
			return fmt.Errorf("zsock: close: %w", err)
		}
		// One goroutine waits for the context, over as many calls as it takes.
		if s.close.context == nil {
			s.close.context = make(chan error, 1)
			go func() { s.close.context <- s.zmq.Term() }()
		}
		select {
		case err := <-s.close.context:
			failure = errors.Join(failure, err)
		case <-ctx.Done():
			return fmt.Errorf("zsock: close: the libzmq context does not end, as when foreign code has released it and left a socket open, "+
				"or a linger is infinite: %w", causeOf(ctx))
		}
	}
	s.close.done, s.close.err = true, failure
	return failure
}

// late tells what was not gone in time, and has sockets linger no longer.
func (s *System) late(overstay *actor.OverstayError, sockets []*Socket) error {
	var late []string
	for _, socket := range sockets {
		if slices.Contains(overstay.Paths, socket.path) {
			late = append(late, fmt.Sprintf("%s (%v, opened at %s, %d to send, %d to read)", socket.name, socket.typ, socket.opened,
				socket.outbox.depth()+int(socket.pending.Load()), socket.inbox.waiting()))
		}
	}
	select {
	case <-s.hurry:
	default:
		close(s.hurry)
	}
	if len(late) > 0 {
		return fmt.Errorf("zsock: close: %d socket(s) have not closed in time: %s: %w", len(late), strings.Join(late, ", "), overstay)
	}
	return fmt.Errorf("zsock: close: %w", overstay)
}
