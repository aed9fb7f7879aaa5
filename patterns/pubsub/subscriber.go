package pubsub

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
	"github.com/actomq/actomq/zsock"
)

// Event is a value as it was published.
type Event[T any] struct {
	Topic string
	Value T
}

// Subscriber receives values. Its methods are safe for concurrent use; each value goes to one reader.
type Subscriber[T any] struct {
	socket *zsock.Socket
	at     place
	codec  patterns.Codec

	delivered, undecodable atomic.Uint64
}

// SubscriberStats accounts for every message that came. When nobody is in the middle of reading,
// Received = Delivered + Undecodable + Waiting + Unread + Replaced.
type SubscriberStats struct {
	Received    uint64 // fetched from libzmq
	Delivered   uint64 // of those, values that a Recv or a loop got
	Undecodable uint64 // of those, messages that a Recv or a loop got a *DecodeError for
	Waiting     int    // of those, not read yet
	Replaced    uint64 // of those, dropped for newer ones, with zsock.WithNewest
	Unread      uint64 // of those, dead letters: nobody had read them when the subscriber closed, or they were too large
}

// Balanced reports whether the sum holds. While values move it need not, nor when somebody reads from the socket itself.
func (s SubscriberStats) Balanced() bool {
	return s.Received == s.Delivered+s.Undecodable+uint64(s.Waiting)+s.Unread+s.Replaced
}

// NewSubscriber opens a subscriber of topics; the empty topic takes everything. It must be closed, by Close or with its system.
func NewSubscriber[T any](sys *zsock.System, topics []string, opts ...Option) (*Subscriber[T], error) {
	o, err := collect(sys, opts)
	if err != nil {
		return nil, place("").failed("open a subscriber of", err, topics...)
	}
	socket, at, err := open(sys, zsock.Sub, append([]zsock.SocketOption{zsock.WithSubscribe(topics...)}, o.socket...)...)
	if err != nil {
		return nil, place("").failed("open a subscriber of", err, topics...)
	}
	return &Subscriber[T]{socket: socket, at: at, codec: safe.Codec(o.codec)}, nil
}

// Subscribe adds topics.
func (s *Subscriber[T]) Subscribe(ctx context.Context, topics ...string) error {
	err := safe.Context(ctx)
	if err == nil {
		err = s.socket.Subscribe(ctx, topics...)
	}
	return s.at.failed("subscribe to", err, topics...)
}

// Unsubscribe takes topics back, each as often as it was added.
func (s *Subscriber[T]) Unsubscribe(ctx context.Context, topics ...string) error {
	err := safe.Context(ctx)
	if err == nil {
		err = s.socket.Unsubscribe(ctx, topics...)
	}
	return s.at.failed("unsubscribe from", err, topics...)
}

// Recv waits for the next value. A *DecodeError concerns one message only; every other error is an *Error, with the cause of ctx or
// ErrClosed, and took none.
func (s *Subscriber[T]) Recv(ctx context.Context) (Event[T], error) {
	err := safe.Context(ctx)
	if err != nil {
		return Event[T]{}, s.at.failed("receive", err)
	}
	m, err := s.socket.Recv(ctx)
	if err != nil {
		return Event[T]{}, s.at.failed("receive", err)
	}
	return s.decode(m)
}

func (s *Subscriber[T]) decode(m zsock.Message) (e Event[T], err error) {
	read := &s.undecodable // also when the codec ends the goroutine
	defer func() { read.Add(1) }()
	e.Topic = m.String()
	frames, err := m.Match(2)
	if err == nil {
		err = s.codec.Unmarshal(frames[1], &e.Value)
	}
	if err != nil {
		return Event[T]{}, &DecodeError{e.Topic, string(s.at), err}
	}
	read = &s.delivered
	return e, nil
}

// All ranges over the values as they come. A *DecodeError comes with an empty event and the range goes on; any other error
// is the last pair. The close of the subscriber by its own program ends it without one.
func (s *Subscriber[T]) All(ctx context.Context) iter.Seq2[Event[T], error] {
	return func(yield func(Event[T], error) bool) {
		if err := safe.Context(ctx); err != nil {
			yield(Event[T]{}, s.at.failed("receive", err))
			return
		}
		for m, err := range s.socket.All(ctx) {
			var e Event[T]
			if err == nil {
				e, err = s.decode(m)
			} else {
				err = s.at.failed("receive", err)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// WaitConnected waits until the subscriber has n publishers.
func (s *Subscriber[T]) WaitConnected(ctx context.Context, n int) error {
	err := safe.Context(ctx)
	if err == nil {
		err = s.socket.WaitConnected(ctx, n)
	}
	return s.at.failed("wait for publishers", err)
}

// Stats gives the figures.
func (s *Subscriber[T]) Stats() SubscriberStats {
	socket := s.socket.Stats()
	return SubscriberStats{Received: socket.Received, Waiting: socket.Waiting, Unread: socket.Unread, Replaced: socket.Replaced,
		Delivered: s.delivered.Load(), Undecodable: s.undecodable.Load()}
}

// Socket is the subscriber's socket: to connect it elsewhere, to learn its endpoints.
func (s *Subscriber[T]) Socket() *zsock.Socket { return s.socket }

// Close ends the subscriber; whoever waits in Recv gets ErrClosed. What nobody has read is a dead letter. It may be called again.
func (s *Subscriber[T]) Close() error { return s.at.failed("close", s.socket.Close()) }
