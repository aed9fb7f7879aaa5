package reqrep

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

type options struct {
	name        string
	codec       patterns.Codec
	socket      []zsock.SocketOption
	concurrency int
	inFlight    int
	timeout     time.Duration
	tries       int
	perTry      time.Duration
	serveOnly   string // the option given that Dial can't use
	dialOnly    string // the option given that Serve can't use
	err         error
}

// Option configures Serve or Dial. One that belongs to the other is an error.
type Option func(*options)

// WithName sets the place in the system's tree; the default is "server" or "client", with a number if that is taken.
func WithName(name string) Option { return func(o *options) { o.name = name } }

// WithCodec sets how requests and answers become bytes, the same on both sides; the default is patterns.JSON.
func WithCodec(c patterns.Codec) Option { return func(o *options) { o.codec = c } }

// WithSocket configures the socket beneath, a ROUTER or a DEALER: CURVE keys, more endpoints, limits.
func WithSocket(opts ...zsock.SocketOption) Option {
	return func(o *options) { o.socket = append(o.socket, opts...) }
}

// WithConcurrency is for Serve: how many requests are handled at the same time. The default is four times GOMAXPROCS.
func WithConcurrency(handlers int) Option {
	return func(o *options) {
		o.concurrency, o.serveOnly = handlers, "WithConcurrency"
		o.positive(handlers > 0, "WithConcurrency(%d)", handlers)
	}
}

// WithInFlight is for Dial: how many calls are under way at the same time; others wait for their turn. The default is 1,024.
func WithInFlight(calls int) Option {
	return func(o *options) {
		o.inFlight, o.dialOnly = calls, "WithInFlight"
		o.positive(calls > 0, "WithInFlight(%d)", calls)
	}
}

// WithTimeout is for Dial: how long a call may take at most, all its tries together. The default is as long as its context
// allows. The error then is context.DeadlineExceeded.
func WithTimeout(d time.Duration) Option {
	return func(o *options) {
		o.timeout, o.dialOnly = d, "WithTimeout"
		o.positive(d > 0, "WithTimeout(%v)", d)
	}
}

// WithRetry is for Dial: a request that has no answer after perTry, or was lost, is sent again, up to tries times in all. That makes calls at
// least once: a handler may run more than once for a call, also at the same time. The first answer to any of the tries counts,
// and an error of the server is one. The last try has all the time that the call still has.
func WithRetry(tries int, perTry time.Duration) Option {
	return func(o *options) {
		o.tries, o.perTry, o.dialOnly = tries, perTry, "WithRetry"
		o.positive(tries > 0 && perTry > 0, "WithRetry(%d, %v)", tries, perTry)
	}
}

func (o *options) positive(holds bool, format string, values ...any) {
	if !holds && o.err == nil {
		o.err = fmt.Errorf("%w: %s: want more than 0", ErrOption, fmt.Sprintf(format, values...))
	}
}

func collect(sys *zsock.System, opts []Option) options {
	o := options{codec: patterns.JSON, concurrency: 4 * runtime.GOMAXPROCS(0), inFlight: 1024, tries: 1}
	for i, opt := range opts {
		if opt == nil {
			o.err = fmt.Errorf("%w: option %d: leave it out", patterns.ErrNil, i+1)
			return o
		}
		opt(&o)
	}
	if o.err == nil {
		o.err = safe.Start(sys, o.codec, o.socket)
	}
	return o
}

// startTimeout bounds the start of actors, which wait for nobody but each other.
const startTimeout = 30 * time.Second

// settle makes a supervisor for a server or a client, under a free name.
func settle(ctx context.Context, sys *zsock.System, name, otherwise string) (*supervision.Supervisor, error) {
	wanted := name
	if name == "" {
		wanted = otherwise
	}
	spec := supervision.Spec{Isolate: true}
	all, err := sys.Supervise(ctx, wanted, spec)
	for n := 2; name == "" && errors.Is(err, actor.ErrNameTaken); n++ {
		wanted = fmt.Sprintf("%s-%d", otherwise, n)
		all, err = sys.Supervise(ctx, wanted, spec)
	}
	if errors.Is(err, actor.ErrStopped) || errors.Is(err, actor.ErrClosed) {
		err = fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reqrep: start %s: %w", wanted, err)
	}
	return all, nil
}
