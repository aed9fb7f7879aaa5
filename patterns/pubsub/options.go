package pubsub

import (
	"errors"
	"fmt"
	"strings"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/zsock"
)

// Option configures a Publisher or a Subscriber.
type Option func(*options)

type options struct {
	codec  patterns.Codec
	drop   bool
	socket []zsock.SocketOption
}

// WithCodec sets how values become payloads; the default is patterns.JSON. Both sides must agree.
func WithCodec(c patterns.Codec) Option { return func(o *options) { o.codec = c } }

// WithDrop has libzmq drop, in silence, what a slow subscriber has no room for, instead of making the publisher wait.
func WithDrop() Option { return func(o *options) { o.drop = true } }

// WithSocket passes options to the socket; its endpoints, above all.
func WithSocket(opts ...zsock.SocketOption) Option {
	return func(o *options) { o.socket = append(o.socket, opts...) }
}

func collect(sys *zsock.System, opts []Option) (options, error) {
	o := options{codec: patterns.JSON}
	for i, opt := range opts {
		if opt == nil {
			return o, fmt.Errorf("%w: option %d: leave it out", patterns.ErrNil, i+1)
		}
		opt(&o)
	}
	return o, safe.Start(sys, o.codec, o.socket)
}

// open opens a socket and learns its endpoints.
func open(sys *zsock.System, t zsock.Type, opts ...zsock.SocketOption) (*zsock.Socket, place, error) {
	socket, err := sys.Open(t, opts...)
	if err != nil {
		return nil, "", err
	}
	var all []string
	for _, mode := range []zsock.Mode{zsock.Bound, zsock.Connected} {
		endpoints, err := socket.Endpoints(sys.Actors().Context(), mode)
		if err != nil {
			return nil, "", errors.Join(err, socket.Close())
		}
		all = append(all, endpoints...)
	}
	if len(all) == 0 {
		return socket, place(socket.Name()), nil
	}
	return socket, place(strings.Join(all, ", ")), nil
}
