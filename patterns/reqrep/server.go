package reqrep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Server answers requests. Its methods are safe for concurrent use.
type Server struct {
	*life
	handle   handle
	workers  []*worker
	draining context.Context // ends when no further request shall be taken
	drain    context.CancelFunc
	counters serverCounters
	path     string // of the socket, for dead letters
}

// Serve binds to endpoint and has handler answer the requests that come there, many at a time. It returns when the endpoint
// is bound. The server must be closed, by Close or with its system.
//
// handler runs in one of WithConcurrency worker actors, never in the socket's; its context ends when the server stops, and
// CallerOf tells who calls. What its error and its panic mean for the caller is told in the package documentation.
func Serve[Q, A any](sys *zsock.System, endpoint string, handler func(ctx context.Context, q Q) (A, error), opts ...Option) (*Server, error) {
	o := collect(sys, opts)
	switch {
	case o.err != nil:
	case o.dialOnly != "":
		o.err = fmt.Errorf("%w: %s is for Dial", ErrOption, o.dialOnly)
	case handler == nil:
		o.err = fmt.Errorf("%w: the handler: pass the function that answers requests", patterns.ErrNil)
	}
	if o.err != nil {
		return nil, fmt.Errorf("reqrep: serve %s: %w", endpoint, o.err)
	}
	return newServer(sys, endpoint, typed(o.codec, handler), o)
}

// handle is a handler behind the codec.
type handle func(ctx context.Context, request []byte) (answer []byte, err error)

func typed[Q, A any](codec patterns.Codec, handler func(context.Context, Q) (A, error)) handle {
	return func(ctx context.Context, request []byte) ([]byte, error) {
		var q Q
		if err := codec.Unmarshal(request, &q); err != nil {
			return nil, &refusal{CodeRequest, err.Error()}
		}
		a, err := handler(ctx, q)
		if err != nil {
			return nil, err
		}
		answer, err := codec.Marshal(a)
		if err != nil {
			return nil, &RemoteError{Code: CodeReply, Text: err.Error()}
		}
		return answer, nil
	}
}

// refusal is an error of ours: the handler has not seen the request.
type refusal RemoteError

func (r *refusal) Error() string { return (*RemoteError)(r).Error() }

func newServer(sys *zsock.System, endpoint string, h handle, o options) (*Server, error) {
	ctx, cancel := context.WithTimeout(sys.Actors().Context(), startTimeout)
	defer cancel()
	all, err := settle(ctx, sys, o.name, "server")
	if err != nil {
		return nil, err
	}
	s := &Server{life: &life{all: all, over: make(chan struct{})}, handle: h}
	s.draining, s.drain = context.WithCancel(context.Background())
	if err := s.start(ctx, sys, endpoint, o); err != nil {
		s.drain()
		return nil, errors.Join(fmt.Errorf("reqrep: start %s: %w", s.Name(), err), all.Stop(ctx))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, sys *zsock.System, endpoint string, o options) (err error) {
	s.socket, err = sys.Open(zsock.Router, append([]zsock.SocketOption{zsock.WithName(s.Name() + ".socket"), zsock.WithBind(endpoint),
		zsock.WithSupervisor(s.all), zsock.WithProperties("Peer-Address")}, o.socket...)...)
	if err != nil {
		return err
	}
	bound, err := s.socket.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return err
	}
	s.endpoint, s.path = bound[0], s.socket.Ref().Path()
	crew, err := supervision.StartUnder(ctx, s.all, "workers", ofWorkers())
	if err != nil {
		return err
	}
	for i := range o.concurrency {
		w := &worker{Server: s}
		w.ref, err = supervision.Spawn(ctx, crew, fmt.Sprintf("worker-%d", i+1), supervision.Transient,
			func() actor.Behavior[struct{}] { return w }, actor.WithKind("worker"), actor.WithMailbox(1), actor.WithDetails(w.details))
		if err != nil {
			return err
		}
		s.workers = append(s.workers, w)
	}
	return nil
}

// ofWorkers restarts a worker however often it panics: what is to blame is the request, which is answered and gone. The
// delay keeps a flood of such requests from filling the log. Workers stop all at the same time, and how long their handlers may
// take is for whoever waits.
func ofWorkers() supervision.Spec {
	return supervision.Spec{Strategy: supervision.Dynamic, MaxChildren: -1, Shutdown: -1, Isolate: true,
		Intensity: 1 << 30, Period: time.Second,
		Backoff: supervision.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond, ResetAfter: time.Second}}
}

// Close ends the server: no further request is taken, handlers finish and their replies are sent. When ctx ends first, the
// contexts of the handlers still at work end, and the error tells of it; another Close waits for them. Requests that no
// handler had begun get no answer.
func (s *Server) Close(ctx context.Context) error {
	if err := safe.Context(ctx); err != nil {
		return fmt.Errorf("reqrep: close %s: %w", s.Name(), err)
	}
	s.drain()
	for _, w := range s.workers {
		select {
		case <-w.ref.Done():
		case <-ctx.Done():
		}
	}
	s.end(nil)
	if err := s.all.Stop(ctx); err != nil {
		return fmt.Errorf("reqrep: close %s: a handler has not returned: %w", s.Name(), actor.SafeError(context.Cause(ctx)))
	}
	return nil
}
