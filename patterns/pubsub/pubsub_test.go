package pubsub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
	"go.uber.org/goleak"
)

// TestMain fails when a goroutine or a descriptor is left after all tests.
func TestMain(m *testing.M) {
	slog.SetLogLoggerLevel(slog.LevelError + 1) // failures are provoked here
	before := descriptors()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := descriptors(); code == 0 && after > before+descriptorSlack {
			fmt.Fprintf(os.Stderr, "%d descriptors before the tests, %d after\n", before, after)
			code = 1
		}
		os.Exit(code)
	}))
}

// descriptorSlack allows for what the Go runtime itself opens once, such as its network poller.
const descriptorSlack = 4

func descriptors() int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

type report struct{ Temperature, Humidity int }

func setUp(t testing.TB) (context.Context, *zsock.System) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	sys, err := zsock.NewSystem()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sys.Close(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	})
	return ctx, sys
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func connected[T any](t testing.TB, ctx context.Context, sys *zsock.System, endpoint string, topics []string, opts ...Option) (*Publisher[T], *Subscriber[T]) {
	t.Helper()
	pub, err := NewPublisher[T](sys, append(opts, WithSocket(zsock.WithBind(endpoint)))...)
	must(t, err)
	where, err := pub.Socket().Endpoints(ctx, zsock.Bound)
	must(t, err)
	sub, err := NewSubscriber[T](sys, topics, append(opts, WithSocket(zsock.WithConnect(where...)))...)
	must(t, err)
	for _, topic := range topics {
		must(t, pub.WaitSubscribers(ctx, topic, 1))
	}
	return pub, sub
}

func TestValuesArriveByTopic(t *testing.T) {
	for name, endpoint := range map[string]string{
		"inproc": "inproc://weather", "ipc": "ipc://" + t.TempDir() + "/weather", "tcp": "tcp://127.0.0.1:0",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, sys := setUp(t)
			pub, sub := connected[report](t, ctx, sys, endpoint, []string{"10001", "2"})
			const rounds = 200
			go func() {
				for i := range rounds {
					for _, topic := range []string{"10001", "99999", "20002"} {
						if err := pub.Publish(ctx, topic, report{i, 50}); err != nil {
							t.Error(err)
						}
					}
				}
			}()
			i := 0
			for event, err := range sub.All(ctx) {
				must(t, err)
				want := Event[report]{[]string{"10001", "20002"}[i%2], report{i / 2, 50}}
				if event != want {
					t.Fatalf("got %v, want %v", event, want)
				}
				if i++; i == 2*rounds {
					break
				}
			}
			must(t, sub.Unsubscribe(ctx, "2"))
			if err := sub.Unsubscribe(ctx, "2"); !errors.Is(err, zsock.ErrNoSubscription) {
				t.Error(err)
			}
		})
	}
}

func TestAMessageThatCanNotBeReadIsAnErrorAndTheStreamGoesOn(t *testing.T) {
	ctx, sys := setUp(t)
	pub, sub := connected[report](t, ctx, sys, "inproc://bad", []string{"a"})
	must(t, pub.Socket().Send(ctx, zsock.Text("a", "{")))
	must(t, pub.Socket().Send(ctx, zsock.Text("a")))
	must(t, pub.Publish(ctx, "a", report{1, 2}))
	_, err := sub.Recv(ctx)
	if _, ok := errors.AsType[*DecodeError](err); !ok || !errors.Is(err, patterns.ErrCodec) {
		t.Error(err)
	}
	if _, err := sub.Recv(ctx); !errors.Is(err, zsock.ErrMultipart) {
		t.Error(err)
	}
	if event, err := sub.Recv(ctx); err != nil || event.Value != (report{1, 2}) {
		t.Error(event, err)
	}
	must(t, sub.Close())
	if _, err := sub.Recv(ctx); !errors.Is(err, zsock.ErrClosed) {
		t.Error(err)
	}
	for event, err := range sub.All(ctx) {
		t.Error(event, err)
	}
}

func TestASlowSubscriberIsFeltAndLosesNothing(t *testing.T) {
	ctx, sys := setUp(t)
	small := WithSocket(zsock.WithSendHWM(5), zsock.WithRecvHWM(5), zsock.WithInbox(5, 1<<20))
	pub, sub := connected[string](t, ctx, sys, "inproc://slow", []string{""}, small, WithCodec(patterns.Raw))
	const total = 1000
	published := make(chan int, 1)
	go func() {
		for i := range total {
			if err := pub.Publish(ctx, "t", fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		}
		published <- total
	}()
	for i := range total {
		event, err := sub.Recv(ctx)
		must(t, err)
		if event.Value != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", event.Value, i)
		}
		if i == 0 {
			select {
			case <-published:
				t.Error("the publisher did not wait for a subscriber that has read nothing")
			default:
			}
		}
	}
}

func TestAnUnfitValueIsRefused(t *testing.T) {
	ctx, sys := setUp(t)
	pub, err := NewPublisher[func()](sys)
	must(t, err)
	if err := pub.Publish(ctx, "a", nil); !errors.Is(err, patterns.ErrCodec) {
		t.Error(err)
	}
	must(t, pub.Close())
	must(t, pub.Close())
}
