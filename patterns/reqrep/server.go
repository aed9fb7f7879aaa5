package reqrep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Server answers requests. Its methods are safe for concurrent use.
type Server struct {
	top      *supervision.Supervisor
	socket   *zsock.Socket
	endpoint string
	served   atomic.Uint64 // answered by the handler
	failed   atomic.Uint64 // answered with an error
}

// tireless restarts workers however often they fail: a panic is charged to the request, whose caller is told.
var tireless = supervision.Spec{Isolate: true, Intensity: math.MaxInt,
	Backoff: supervision.Backoff{Min: time.Millisecond, Max: time.Second}}

// Serve binds to endpoint and has handler answer what comes, as often at the same time as WithConcurrency says. The handler's
// context ends when the server closes. Its goroutine is that of a worker actor, never that of the socket.
func Serve[Q, A any](sys *zsock.System, endpoint string, handler func(ctx context.Context, q Q) (A, error), opts ...Option) (*Server, error) {
	o := newOptions(opts)
	ctx := sys.Actors().Context()
	top, err := sys.Supervise(ctx, o.name, tireless)
	if err != nil {
		return nil, fmt.Errorf("reqrep: serve: %w", err)
	}
	s := &Server{top: top}
	fail := func(err error) (*Server, error) {
		return nil, errors.Join(fmt.Errorf("reqrep: serve %s: %w", endpoint, err), s.Close(context.WithoutCancel(ctx)))
	}
	settings := append([]zsock.SocketOption{zsock.WithName("socket"), zsock.WithBind(endpoint), zsock.WithSupervisor(top)}, o.socket...)
	if s.socket, err = sys.Open(zsock.Router, settings...); err != nil {
		return fail(err)
	}
	where, err := s.socket.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return fail(err)
	}
	s.endpoint = where[0]
	for i := range o.concurrency {
		_, err := supervision.Spawn(ctx, top, fmt.Sprintf("worker-%d", i+1), supervision.Permanent, func() actor.Behavior[next] {
			return &worker[Q, A]{server: s, codec: o.codec, handler: handler}
		}, actor.WithKind("worker"), actor.WithMailbox(1))
		if err != nil {
			return fail(err)
		}
	}
	return s, nil
}

// Endpoint is what the server is bound to, with the real port.
func (s *Server) Endpoint() string { return s.endpoint }

// Socket is the server's socket, to look at.
func (s *Server) Socket() *zsock.Socket { return s.socket }

// Served counts the requests that the handler answered, and those that were answered with an error.
func (s *Server) Served() (answered, failed uint64) { return s.served.Load(), s.failed.Load() }

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.top.Handle().Done() }

// Close ends the server: the handlers' contexts end, replies that are under way go out within the linger. It may be called
// again.
func (s *Server) Close(ctx context.Context) error {
	if s.socket != nil {
		if err := s.socket.Close(); err != nil {
			return err
		}
	}
	return s.top.Stop(ctx)
}

// next tells a worker to take the next request.
type next struct{}

// worker handles one request at a time.
type worker[Q, A any] struct {
	server  *Server
	codec   patterns.Codec
	handler func(context.Context, Q) (A, error)
}

// Start implements actor.Starter.
func (w *worker[Q, A]) Start(ctx *actor.Context[next]) error { return ctx.Self().TryTell(next{}) }

// Receive implements actor.Behavior. It waits for a request with its own context, so a stop ends the wait.
func (w *worker[Q, A]) Receive(ctx *actor.Context[next], _ next) error {
	m, err := w.server.socket.Recv(ctx)
	switch {
	case errors.Is(err, zsock.ErrClosed):
		return actor.ErrStop
	case err != nil:
		return err
	}
	route, body := m.Unwrap()
	if len(route) == 0 {
		w.server.failed.Add(1) // no envelope: there is nobody to answer
		return ctx.Self().TryTell(next{})
	}
	reply, failure := w.answer(ctx.Context, body)
	if err := w.server.socket.Post(ctx, reply.Wrap(route...)); err != nil && !errors.Is(err, zsock.ErrClosed) {
		return err
	}
	if failure != nil {
		return failure
	}
	return ctx.Self().TryTell(next{})
}

// answer makes the body of the reply. A failure is the worker's: its supervisor restarts it once the caller has been told.
func (w *worker[Q, A]) answer(ctx context.Context, body zsock.Message) (reply zsock.Message, failure error) {
	refuse := func(code string, err error) (zsock.Message, error) {
		w.server.failed.Add(1)
		return (&RemoteError{code, err.Error()}).body(), nil
	}
	frames, err := body.Match(1)
	if err != nil {
		return refuse(CodeRequest, err)
	}
	var q Q
	if err := w.codec.Unmarshal(frames[0], &q); err != nil {
		return refuse(CodeRequest, err)
	}
	a, err := w.call(ctx, q)
	if p, ok := errors.AsType[*actor.PanicError](err); ok {
		reply, _ = refuse(CodePanic, errors.New("the handler panicked"))
		return reply, p
	}
	if err != nil {
		return refuse(CodeHandler, err)
	}
	data, err := w.codec.Marshal(a)
	if err != nil {
		return refuse(CodeReply, err)
	}
	w.server.served.Add(1)
	return zsock.Bytes(data), nil
}

func (w *worker[Q, A]) call(ctx context.Context, q Q) (a A, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &actor.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return w.handler(ctx, q)
}
