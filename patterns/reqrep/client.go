package reqrep

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// Client sends requests and waits for their answers, many at the same time on one socket. Its methods are safe for
// concurrent use.
type Client[Q, A any] struct {
	options options
	top     *supervision.Supervisor
	socket  *zsock.Socket
	slots   chan struct{} // one for each call under way
	number  atomic.Uint64
	dropped atomic.Uint64

	mu      sync.Mutex
	pending map[uint64]chan zsock.Message // capacity 1
}

// Dial makes a client of the server at endpoint, which need not be there yet.
func Dial[Q, A any](sys *zsock.System, endpoint string, opts ...Option) (*Client[Q, A], error) {
	c := &Client[Q, A]{options: newOptions(opts), pending: make(map[uint64]chan zsock.Message)}
	c.slots = make(chan struct{}, c.options.inFlight)
	ctx := sys.Actors().Context()
	var err error
	if c.top, err = sys.Supervise(ctx, c.options.name, tireless); err != nil {
		return nil, fmt.Errorf("reqrep: dial: %w", err)
	}
	settings := append([]zsock.SocketOption{zsock.WithName("socket"), zsock.WithConnect(endpoint), zsock.WithSupervisor(c.top)},
		c.options.socket...)
	if c.socket, err = sys.Open(zsock.Dealer, settings...); err == nil {
		_, err = supervision.Spawn(ctx, c.top, "reader", supervision.Permanent, func() actor.Behavior[next] { return reader[Q, A]{c} },
			actor.WithKind("reader"), actor.WithMailbox(1))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reqrep: dial %s: %w", endpoint, err), c.Close(context.WithoutCancel(ctx)))
	}
	return c, nil
}

// WaitConnected waits until the server is there.
func (c *Client[Q, A]) WaitConnected(ctx context.Context) error {
	return c.socket.WaitConnected(ctx, 1)
}

// Call sends q and waits for its answer. The error is a *RemoteError when the server answered with one, ErrClosed when the
// client closes, and otherwise ctx's or the codec's.
func (c *Client[Q, A]) Call(ctx context.Context, q Q) (a A, err error) {
	if c.options.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.timeout)
		defer cancel()
	}
	data, err := c.options.codec.Marshal(q)
	if err != nil {
		return a, fmt.Errorf("reqrep: request: %w", err)
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return a, fmt.Errorf("reqrep: waiting for one of %d calls to end: %w", cap(c.slots), context.Cause(ctx))
	case <-c.socket.Done():
		return a, ErrClosed
	}
	for try := 1; ; try++ {
		body, err := c.try(ctx, data)
		if err != nil && try < c.options.tries && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return a, err
		}
		return c.read(body)
	}
}

// try sends the request once and waits for an answer.
func (c *Client[Q, A]) try(ctx context.Context, data []byte) (body zsock.Message, err error) {
	if c.options.perTry > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.perTry)
		defer cancel()
	}
	number, answer := c.number.Add(1), make(chan zsock.Message, 1)
	c.mu.Lock()
	c.pending[number] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, number)
		c.mu.Unlock()
	}()
	request := zsock.Bytes(data).Wrap(binary.BigEndian.AppendUint64(nil, number))
	if err := c.socket.Post(ctx, request); err != nil {
		return body, c.failure(ctx, err)
	}
	select {
	case body = <-answer:
		return body, nil
	case <-ctx.Done():
		return body, c.failure(ctx, context.Cause(ctx))
	case <-c.socket.Done():
		return body, ErrClosed
	}
}

func (c *Client[Q, A]) failure(ctx context.Context, err error) error {
	if errors.Is(err, zsock.ErrClosed) && ctx.Err() == nil {
		return ErrClosed
	}
	if c.socket.Peers() == 0 {
		return fmt.Errorf("reqrep: call: %w; the client is not connected to the server", err)
	}
	return fmt.Errorf("reqrep: call: %w", err)
}

func (c *Client[Q, A]) read(body zsock.Message) (a A, err error) {
	if remote := asRemoteError(body); remote != nil {
		return a, remote
	}
	frames, err := body.Match(1)
	if err == nil {
		err = c.options.codec.Unmarshal(frames[0], &a)
	}
	if err != nil {
		return a, fmt.Errorf("reqrep: answer: %w", err)
	}
	return a, nil
}

// Dropped counts the answers that nobody waited for any more, or ever.
func (c *Client[Q, A]) Dropped() uint64 { return c.dropped.Load() }

// Socket is the client's socket, to look at.
func (c *Client[Q, A]) Socket() *zsock.Socket { return c.socket }

// Done is closed when the client has ended.
func (c *Client[Q, A]) Done() <-chan struct{} { return c.top.Handle().Done() }

// Close ends the client; calls under way end with ErrClosed. It may be called again.
func (c *Client[Q, A]) Close(ctx context.Context) error {
	if c.socket != nil {
		if err := c.socket.Close(); err != nil {
			return err
		}
	}
	return c.top.Stop(ctx)
}

// reader hands answers to the calls that wait for them.
type reader[Q, A any] struct{ client *Client[Q, A] }

// Start implements actor.Starter.
func (r reader[Q, A]) Start(ctx *actor.Context[next]) error { return ctx.Self().TryTell(next{}) }

// Receive implements actor.Behavior.
func (r reader[Q, A]) Receive(ctx *actor.Context[next], _ next) error {
	var batch [64]zsock.Message
	n, err := r.client.socket.RecvBatch(ctx, batch[:])
	switch {
	case errors.Is(err, zsock.ErrClosed):
		return actor.ErrStop
	case err != nil:
		return err
	}
	for _, m := range batch[:n] {
		r.client.dispatch(m)
	}
	return ctx.Self().TryTell(next{})
}

// dispatch never waits: each call's channel has room for the one answer that the table lets through.
func (c *Client[Q, A]) dispatch(m zsock.Message) {
	route, body := m.Unwrap()
	if len(route) == 1 && len(route[0]) == 8 {
		number := binary.BigEndian.Uint64(route[0])
		c.mu.Lock()
		answer := c.pending[number]
		delete(c.pending, number)
		c.mu.Unlock()
		if answer != nil {
			answer <- body
			return
		}
	}
	c.dropped.Add(1)
}
