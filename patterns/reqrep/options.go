package reqrep

import (
	"runtime"
	"time"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// Option configures a Server or a Client.
type Option func(*options)

type options struct {
	name        string
	codec       patterns.Codec
	concurrency int
	inFlight    int
	timeout     time.Duration
	tries       int
	perTry      time.Duration
	socket      []zsock.SocketOption
}

func newOptions(opts []Option) options {
	o := options{codec: patterns.JSON, concurrency: 4 * runtime.GOMAXPROCS(0), inFlight: 1024, tries: 1}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithName names the server or client in the tree of actors; the default is made of a number.
func WithName(name string) Option { return func(o *options) { o.name = name } }

// WithCodec sets how values become payloads; the default is patterns.JSON. Both sides must agree.
func WithCodec(c patterns.Codec) Option { return func(o *options) { o.codec = c } }

// WithConcurrency sets how many requests a server handles at the same time; the default is four for each processor. Further
// ones wait in the socket, and when that is full with their senders.
func WithConcurrency(handlers int) Option {
	return func(o *options) { o.concurrency = max(1, handlers) }
}

// WithInFlight bounds how many calls of a client are under way; the default is 1,024. Further ones wait for their turn.
func WithInFlight(calls int) Option { return func(o *options) { o.inFlight = max(1, calls) } }

// WithTimeout bounds each call, beside its context; the default is no bound.
func WithTimeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// WithRetry sends a call that has had no answer within perTry again, up to tries times in all. The handler may then run more
// than once for one call.
func WithRetry(tries int, perTry time.Duration) Option {
	return func(o *options) { o.tries, o.perTry = max(1, tries), perTry }
}

// WithSocket passes options to the socket.
func WithSocket(opts ...zsock.SocketOption) Option {
	return func(o *options) { o.socket = append(o.socket, opts...) }
}
