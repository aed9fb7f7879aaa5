package pubsub

import (
	"context"
	"sync/atomic"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/zsock"
)

// Publisher publishes values. Its methods are safe for concurrent use.
type Publisher[T any] struct {
	socket *zsock.Socket
	at     place
	codec  patterns.Codec

	accepted, sent, refused atomic.Uint64
}

// PublisherStats accounts for every Publish. When none is under way, Accepted = Sent + Refused.
type PublisherStats struct {
	Accepted uint64 // calls of Publish
	Sent     uint64 // of those, taken by libzmq, which passes them on at most once, and to nobody if nobody has subscribed
	Refused  uint64 // of those, ended with an error: they were not sent
}

// Balanced reports whether the sum holds. While values move it need not.
func (s PublisherStats) Balanced() bool { return s.Accepted == s.Sent+s.Refused }

// NewPublisher opens a publisher. It must be closed, by Close or with its system.
func NewPublisher[T any](sys *zsock.System, opts ...Option) (*Publisher[T], error) {
	o, err := collect(sys, opts)
	if err != nil {
		return nil, place("").failed("open a publisher", err)
	}
	socket, at, err := open(sys, zsock.Pub, append([]zsock.SocketOption{zsock.WithOption("xpub_nodrop", !o.drop)}, o.socket...)...)
	if err != nil {
		return nil, place("").failed("open a publisher", err)
	}
	return &Publisher[T]{socket: socket, at: at, codec: safe.Codec(o.codec)}, nil
}

// Publish sends value to all who subscribed to topic or to a beginning of it. It returns once libzmq has it, or with an *Error
// that tells why it was not sent: the cause of ctx while a slow subscriber is waited for, ErrClosed, or patterns.ErrCodec.
func (p *Publisher[T]) Publish(ctx context.Context, topic string, value T) error {
	p.accepted.Add(1)
	err := p.publish(ctx, topic, value)
	if err != nil {
		p.refused.Add(1)
		return p.at.failed("publish", err, topic)
	}
	p.sent.Add(1)
	return nil
}

func (p *Publisher[T]) publish(ctx context.Context, topic string, value T) error {
	if err := safe.Context(ctx); err != nil {
		return err
	}
	data, err := p.codec.Marshal(value)
	if err != nil {
		return err
	}
	return p.socket.Send(ctx, zsock.Bytes([]byte(topic), data))
}

// WaitSubscribers waits until at least n subscriptions take topic.
func (p *Publisher[T]) WaitSubscribers(ctx context.Context, topic string, n int) error {
	err := safe.Context(ctx)
	if err == nil {
		err = p.socket.WaitSubscribers(ctx, topic, n)
	}
	return p.at.failed("wait for subscribers of", err, topic)
}

// Stats gives the figures. Those of the socket, among them what waits to be sent, are in Socket().Stats().
func (p *Publisher[T]) Stats() PublisherStats {
	return PublisherStats{Sent: p.sent.Load(), Refused: p.refused.Load(), Accepted: p.accepted.Load()}
}

// Socket is the publisher's socket: to bind it elsewhere, to learn its endpoints.
func (p *Publisher[T]) Socket() *zsock.Socket { return p.socket }

// Close ends the publisher, and every Publish that waits with ErrClosed. What libzmq has is still sent, as far as the socket's
// linger allows. It may be called again.
func (p *Publisher[T]) Close() error { return p.at.failed("close", p.socket.Close()) }
