package reqrep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Client makes calls, many at a time. Its methods are safe for concurrent use.
type Client[Q, A any] struct{ *client }

// client is a Client without its types.
type client struct {
	*life
	codec   patterns.Codec
	timeout time.Duration
	tries   int
	perTry  time.Duration
	slots   chan struct{}
	pending *pending
	alarm   alarm
	clientCounters
}

// Dial makes a client of the server at endpoint, which need not be there yet: see WaitConnected. The client must be closed,
// by Close or with its system.
func Dial[Q, A any](sys *zsock.System, endpoint string, opts ...Option) (*Client[Q, A], error) {
	o := collect(sys, opts)
	if o.err == nil && o.serveOnly != "" {
		o.err = fmt.Errorf("%w: %s is for Serve", ErrOption, o.serveOnly)
	}
	if o.err != nil {
		return nil, fmt.Errorf("reqrep: dial %s: %w", endpoint, o.err)
	}
	c, err := newClient(sys, endpoint, o)
	if err != nil {
		return nil, err
	}
	return &Client[Q, A]{c}, nil
}

func newClient(sys *zsock.System, endpoint string, o options) (*client, error) {
	ctx, cancel := context.WithTimeout(sys.Actors().Context(), startTimeout)
	defer cancel()
	all, err := settle(ctx, sys, o.name, "client")
	if err != nil {
		return nil, err
	}
	c := &client{life: &life{all: all, over: make(chan struct{})}, codec: safe.Codec(o.codec), timeout: o.timeout, tries: o.tries,
		perTry: o.perTry, slots: make(chan struct{}, o.inFlight), pending: newPending()}
	if err := c.start(ctx, sys, endpoint, o); err != nil {
		return nil, errors.Join(fmt.Errorf("reqrep: start %s: %w", c.Name(), err), all.Stop(ctx))
	}
	return c, nil
}

func (c *client) start(ctx context.Context, sys *zsock.System, endpoint string, o options) (err error) {
	c.socket, err = sys.Open(zsock.Dealer, append([]zsock.SocketOption{zsock.WithName(c.Name() + ".socket"), zsock.WithConnect(endpoint),
		zsock.WithSupervisor(c.all)}, o.socket...)...)
	if err != nil {
		return err
	}
	connected, err := c.socket.Endpoints(ctx, zsock.Connected)
	if err != nil {
		return err
	}
	c.endpoint = connected[0]
	if slices.ContainsFunc(connected, func(endpoint string) bool { return strings.HasPrefix(endpoint, "inproc:") }) {
		c.pending.busy = make(chan struct{}, 1)
	}
	_, err = supervision.Spawn(ctx, c.all, "watcher", supervision.Transient, func() actor.Behavior[struct{}] { return &watcher{client: c} },
		actor.WithKind("watcher"), actor.WithMailbox(1))
	if err != nil {
		return err
	}
	_, err = supervision.Spawn(ctx, c.all, "reader", supervision.Transient, func() actor.Behavior[struct{}] { return &reader{client: c} },
		actor.WithKind("reader"), actor.WithMailbox(1), actor.WithDetails(c.details), actor.WithFinally(func() { c.end(nil) }))
	return err
}

// WaitConnected waits until a server has completed the handshake. Calls need not wait for that.
func (c *client) WaitConnected(ctx context.Context) error {
	if err := safe.Context(ctx); err != nil {
		return fmt.Errorf("reqrep: %s: %w", c.Name(), err)
	}
	if err := c.socket.WaitConnected(ctx, 1); err != nil {
		if errors.Is(err, zsock.ErrClosed) {
			return c.closedError()
		}
		return fmt.Errorf("reqrep: %s: %w", c.Name(), err)
	}
	return nil
}

// Call sends q and waits for the answer. It waits for its turn when too many calls are under way, for a server when none is
// connected, and for the answer, altogether as long as ctx and WithTimeout allow. It ends with
//
//   - the answer;
//   - a *RemoteError: the server refuses, or its handler failed;
//   - ErrNotSent or ErrNoAnswer, which wrap ctx's cause: the time was up before or after the request was sent;
//   - ErrNoAnswer, which wraps ErrLost: the connection that carried the request is gone, and with it the answer;
//   - ErrClosed: the client was closed;
//   - patterns.ErrCodec or ErrReply: the request can't be encoded, or the reply can't be read.
//
// With WithRetry a call that was lost is sent again, as soon as a server is connected, as long as there are tries. A client that
// connects to several endpoints can't know which of them has a call, so it takes one for lost only when each of its
// connections is younger. Behind a proxy the connection is that to the proxy: what happens to the server beyond is not seen.
func (c *Client[Q, A]) Call(ctx context.Context, q Q) (A, error) {
	var none, a A
	if err := safe.Context(ctx); err != nil {
		return none, fmt.Errorf("%w: %s: %w", ErrNotSent, c.endpoint, err)
	}
	request, err := c.codec.Marshal(q)
	if err != nil {
		return none, fmt.Errorf("%w: %s: %w", ErrNotSent, c.endpoint, err)
	}
	answer, err := c.call(ctx, request)
	if err != nil {
		return none, err
	}
	if err := c.codec.Unmarshal(answer, &a); err != nil {
		return none, fmt.Errorf("reqrep: answer of %s: %w", c.endpoint, err)
	}
	return a, nil
}

// Close ends the client. Calls that are under way end with ErrClosed. It may be called again.
func (c *client) Close(ctx context.Context) error {
	if err := safe.Context(ctx); err != nil {
		return fmt.Errorf("reqrep: close %s: %w", c.Name(), err)
	}
	c.end(nil)
	if err := c.all.Stop(ctx); err != nil {
		return fmt.Errorf("reqrep: close %s: %w", c.Name(), err)
	}
	return nil
}
