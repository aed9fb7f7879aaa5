package pubsub

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/mean"
	"github.com/actomq/actomq/zsock"
)

// Whatever a codec does costs its value only, and shows in the figures of its side.
func TestACodecMayFailInEveryWayOnBothSides(t *testing.T) {
	ctx, sys := setUp(t)
	for how, fail := range mean.Failures {
		codec := mean.Codec{Codec: patterns.Raw,
			Marshals: func(value any) error {
				if value == "encode" {
					return fail()
				}
				return nil
			},
			Unmarshals: func(data []byte) error {
				if string(data) == "decode" {
					return fail()
				}
				return nil
			}}
		pub, sub := connected[string](t, ctx, sys, "inproc://"+how, []string{""}, WithCodec(codec))
		if err := pub.Publish(ctx, "topic", "encode"); !errors.Is(err, patterns.ErrCodec) {
			t.Errorf("%s: %v", how, err)
		}
		must(t, pub.Publish(ctx, "topic", "decode"))
		must(t, pub.Publish(ctx, "topic", "good"))
		_, err := sub.Recv(ctx)
		if failed, ok := errors.AsType[*DecodeError](err); !ok || !errors.Is(err, patterns.ErrCodec) || failed.Topic != "topic" {
			t.Errorf("%s: %v", how, err)
		}
		if event, err := sub.Recv(ctx); err != nil || event.Value != "good" {
			t.Error(how, event, err)
		}
		if got := pub.Stats(); got != (PublisherStats{Accepted: 3, Sent: 2, Refused: 1}) || !got.Balanced() {
			t.Errorf("%s: %+v", how, got)
		}
		if got := sub.Stats(); got != (SubscriberStats{Received: 2, Delivered: 1, Undecodable: 1}) || !got.Balanced() {
			t.Errorf("%s: %+v", how, got)
		}
	}
}

func TestFiguresAddUpWithWhatNobodyReads(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		pub, sub := connected[string](t, ctx, sys, endpoint, []string{""}, WithCodec(patterns.Raw))
		const total, read = 50, 20
		over, cancel := context.WithCancel(ctx)
		cancel()
		for range total {
			must(t, pub.Publish(ctx, "t", "x"))
			_ = pub.Publish(over, "t", "y") // sent or not, as it happens
		}
		if got := pub.Stats(); got.Accepted != 2*total || got.Sent < total || !got.Balanced() {
			t.Errorf("%+v", got)
		}
		for range read {
			_, err := sub.Recv(ctx)
			must(t, err)
		}
		for sub.Stats().Received != pub.Stats().Sent { // the rest is on its way
			if ctx.Err() != nil {
				t.Fatalf("%+v %+v", pub.Stats(), sub.Stats())
			}
			<-time.After(time.Millisecond)
		}
		must(t, sub.Close())
		if got := sub.Stats(); got.Delivered != read || got.Unread != got.Received-read || !got.Balanced() {
			t.Errorf("%+v", got)
		}
	})
}

func TestErrorsNameTheTopicAndTheEndpoint(t *testing.T) {
	ctx, sys := setUp(t)
	pub, sub := connected[report](t, ctx, sys, "tcp://127.0.0.1:0", []string{"a"})
	bound, err := pub.Socket().Endpoints(ctx, zsock.Bound)
	must(t, err)
	over, cancel := context.WithCancelCause(ctx)
	cause := errors.New("enough")
	cancel(cause)
	unopened := func() error {
		_, err := NewSubscriber[int](sys, []string{"a", "b"}, WithSocket(zsock.WithConnect("nonsense")))
		return err
	}
	_, recv := sub.Recv(over)
	for name, c := range map[string]struct {
		err  error
		is   error
		text []string
	}{
		"receive":     {recv, cause, []string{"receive", bound[0]}},
		"wait":        {pub.WaitSubscribers(over, "b", 1), cause, []string{`subscribers of "b"`, bound[0]}},
		"unsubscribe": {sub.Unsubscribe(ctx, "c"), zsock.ErrNoSubscription, []string{`unsubscribe from "c"`, bound[0]}},
		"connected":   {sub.WaitConnected(over, 2), cause, []string{"publishers", bound[0]}},
		"open":        {unopened(), zsock.ErrEndpoint, []string{"nonsense", "a, b"}},
	} {
		if failed, ok := errors.AsType[*Error](c.err); !ok || !errors.Is(c.err, c.is) || strings.Count(failed.Error(), "pubsub:") != 1 {
			t.Errorf("%s: %v", name, c.err)
			continue
		}
		for _, part := range c.text {
			if !strings.Contains(c.err.Error(), part) {
				t.Errorf("%s: %q is not in %v", name, part, c.err)
			}
		}
	}
	must(t, pub.Socket().Send(ctx, zsock.Text("a", "{")))
	if _, err := sub.Recv(ctx); !strings.Contains(err.Error(), `"a" at `+bound[0]) {
		t.Error(err)
	}
}

func TestAfterCloseEverythingIsErrClosed(t *testing.T) {
	ctx, sys := setUp(t)
	pub, sub := connected[report](t, ctx, sys, "inproc://closed", []string{"a"})
	waiting := make(chan error, 1)
	go func() { _, err := sub.Recv(ctx); waiting <- err }()
	for range 2 {
		must(t, sub.Close())
		must(t, pub.Close())
	}
	_, recv := sub.Recv(ctx)
	for i, err := range []error{<-waiting, recv, pub.Publish(ctx, "a", report{}), pub.WaitSubscribers(ctx, "a", 1),
		sub.Subscribe(ctx, "b"), sub.Unsubscribe(ctx, "a"), sub.WaitConnected(ctx, 1)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestWhatIsNilIsAnErrorThatSaysWhatToDo(t *testing.T) {
	_, sys := setUp(t)
	for name, opt := range map[string]Option{"codec": WithCodec(nil), "option": nil, "socket's option": WithSocket(nil)} {
		if _, err := NewPublisher[int](sys, opt); !errors.Is(err, patterns.ErrNil) {
			t.Error(name, err)
		}
		if _, err := NewSubscriber[int](sys, nil, opt); !errors.Is(err, patterns.ErrNil) {
			t.Error(name, err)
		}
	}
	if _, err := NewPublisher[int](nil); !errors.Is(err, patterns.ErrNil) {
		t.Error(err)
	}
	if _, err := NewSubscriber[int](nil, nil); !errors.Is(err, patterns.ErrNil) {
		t.Error(err)
	}
	pub, err := NewPublisher[int](sys)
	must(t, err)
	sub, err := NewSubscriber[int](sys, nil)
	must(t, err)
	var none context.Context
	_, recv := sub.Recv(none)
	errs := []error{recv, pub.Publish(none, "", 1), pub.WaitSubscribers(none, "", 1), sub.Subscribe(none, ""), sub.Unsubscribe(none, ""), sub.WaitConnected(none, 1)}
	for _, err := range sub.All(none) {
		errs = append(errs, err)
	}
	for i, err := range errs {
		if !errors.Is(err, patterns.ErrNil) {
			t.Error(i, err)
		}
	}
}
