package pubsub

import (
	"context"
	"fmt"
	"iter"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// Option configures a Publisher or a Subscriber.
type Option func(*options)

type options struct {
	codec  patterns.Codec
	drop   bool
	socket []zsock.SocketOption
}

func newOptions(opts []Option) options {
	o := options{codec: patterns.JSON}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithCodec sets how values become payloads; the default is patterns.JSON. Both sides must agree.
func WithCodec(c patterns.Codec) Option { return func(o *options) { o.codec = c } }

// WithDrop has libzmq drop, in silence, what a slow subscriber has no room for, instead of making the publisher wait.
func WithDrop() Option { return func(o *options) { o.drop = true } }

// WithSocket passes options to the socket; its endpoints, above all.
func WithSocket(opts ...zsock.SocketOption) Option {
	return func(o *options) { o.socket = append(o.socket, opts...) }
}

// Publisher publishes values. Its methods are safe for concurrent use.
type Publisher[T any] struct {
	socket *zsock.Socket
	codec  patterns.Codec
}

// NewPublisher opens a publisher.
func NewPublisher[T any](sys *zsock.System, opts ...Option) (*Publisher[T], error) {
	o := newOptions(opts)
	socket, err := sys.Open(zsock.Pub, append([]zsock.SocketOption{zsock.WithOption("xpub_nodrop", !o.drop)}, o.socket...)...)
	if err != nil {
		return nil, fmt.Errorf("pubsub: publisher: %w", err)
	}
	return &Publisher[T]{socket, o.codec}, nil
}

// Publish sends value to all who subscribed to topic or to a beginning of it. It returns once libzmq has it.
func (p *Publisher[T]) Publish(ctx context.Context, topic string, value T) error {
	data, err := p.codec.Marshal(value)
	if err != nil {
		return fmt.Errorf("pubsub: publish %q: %w", topic, err)
	}
	if err := p.socket.Send(ctx, zsock.Bytes([]byte(topic), data)); err != nil {
		return fmt.Errorf("pubsub: publish %q: %w", topic, err)
	}
	return nil
}

// WaitSubscribers waits until at least n subscriptions take topic.
func (p *Publisher[T]) WaitSubscribers(ctx context.Context, topic string, n int) error {
	return p.socket.WaitSubscribers(ctx, topic, n)
}

// Socket is the publisher's socket: to bind it elsewhere, to learn its endpoints.
func (p *Publisher[T]) Socket() *zsock.Socket { return p.socket }

// Close ends the publisher. It may be called again.
func (p *Publisher[T]) Close() error { return p.socket.Close() }

// Event is a value as it was published.
type Event[T any] struct {
	Topic string
	Value T
}

// DecodeError says that a message could not be read. It was consumed; the next Recv goes on behind it.
type DecodeError struct {
	Topic string // its first frame
	Err   error
}

func (e *DecodeError) Error() string { return fmt.Sprintf("pubsub: value of %q: %v", e.Topic, e.Err) }

// Unwrap gives the cause: the codec's error, or zsock.ErrMultipart.
func (e *DecodeError) Unwrap() error { return e.Err }

// Subscriber receives values. Its methods are safe for concurrent use; each value goes to one reader.
type Subscriber[T any] struct {
	socket *zsock.Socket
	codec  patterns.Codec
}

// NewSubscriber opens a subscriber of topics; the empty topic takes everything.
func NewSubscriber[T any](sys *zsock.System, topics []string, opts ...Option) (*Subscriber[T], error) {
	o := newOptions(opts)
	socket, err := sys.Open(zsock.Sub, append([]zsock.SocketOption{zsock.WithSubscribe(topics...)}, o.socket...)...)
	if err != nil {
		return nil, fmt.Errorf("pubsub: subscriber: %w", err)
	}
	return &Subscriber[T]{socket, o.codec}, nil
}

// Subscribe adds topics.
func (s *Subscriber[T]) Subscribe(ctx context.Context, topics ...string) error {
	return s.socket.Subscribe(ctx, topics...)
}

// Unsubscribe takes topics back, each as often as it was added.
func (s *Subscriber[T]) Unsubscribe(ctx context.Context, topics ...string) error {
	return s.socket.Unsubscribe(ctx, topics...)
}

// Recv waits for the next value. A *DecodeError concerns one message only.
func (s *Subscriber[T]) Recv(ctx context.Context) (Event[T], error) {
	m, err := s.socket.Recv(ctx)
	if err != nil {
		return Event[T]{}, fmt.Errorf("pubsub: %w", err)
	}
	return s.decode(m)
}

func (s *Subscriber[T]) decode(m zsock.Message) (e Event[T], err error) {
	e.Topic = m.String()
	frames, err := m.Match(2)
	if err == nil {
		err = s.codec.Unmarshal(frames[1], &e.Value)
	}
	if err != nil {
		return Event[T]{}, &DecodeError{e.Topic, err}
	}
	return e, nil
}

// All ranges over the values as they come. A *DecodeError comes with an empty event and the range goes on; any other error
// is the last pair. The close of the subscriber by its own program ends it without one.
func (s *Subscriber[T]) All(ctx context.Context) iter.Seq2[Event[T], error] {
	return func(yield func(Event[T], error) bool) {
		for m, err := range s.socket.All(ctx) {
			var e Event[T]
			if err == nil {
				e, err = s.decode(m)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// WaitConnected waits until the subscriber has n publishers.
func (s *Subscriber[T]) WaitConnected(ctx context.Context, n int) error {
	return s.socket.WaitConnected(ctx, n)
}

// Socket is the subscriber's socket: to connect it elsewhere, to learn its endpoints.
func (s *Subscriber[T]) Socket() *zsock.Socket { return s.socket }

// Close ends the subscriber. It may be called again.
func (s *Subscriber[T]) Close() error { return s.socket.Close() }
