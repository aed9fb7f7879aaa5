package pubsub

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// onTransports runs a test over every transport that needs no rights.
func onTransports(t *testing.T, test func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string)) {
	for name, endpoint := range map[string]string{
		"inproc": "inproc://topics", "ipc": "ipc://" + t.TempDir() + "/topics", "tcp": "tcp://127.0.0.1:0",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, sys := setUp(t)
			test(t, ctx, sys, endpoint)
		})
	}
}

func tiny() Option {
	return WithSocket(zsock.WithSendHWM(2), zsock.WithRecvHWM(2), zsock.WithInbox(1, 1))
}

var large = string(make([]byte, 100<<10))

func TestAPublishThatWaitsForASlowSubscriberEndsWithItsContextAndIsNotSent(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		pub, sub := connected[string](t, ctx, sys, endpoint, []string{"a"}, tiny(), WithCodec(patterns.Raw))
		published := 0
		for {
			short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			err := pub.Publish(short, "a", strconv.Itoa(published)+large)
			cancel()
			if err == nil {
				published++
				continue
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			break
		}
		// Who subscribed to nothing of it is not in the way: nobody takes this topic, so nobody is full.
		must(t, pub.Publish(ctx, "b", "nobody"))
		for i := range published {
			event, err := sub.Recv(ctx)
			must(t, err)
			if event.Value != strconv.Itoa(i)+large {
				t.Fatalf("value %d of %d is another", i, published)
			}
		}
		must(t, pub.Publish(ctx, "a", "last"))
		if event, err := sub.Recv(ctx); err != nil || event.Value != "last" {
			t.Error(len(event.Value), err)
		}
	})
}

func TestWithDropNobodyWaitsAndWhatArrivesIsInOrder(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		pub, sub := connected[string](t, ctx, sys, endpoint, []string{""}, tiny(), WithCodec(patterns.Raw), WithDrop())
		const total = 300
		for i := range total {
			must(t, pub.Publish(ctx, strconv.Itoa(i), large)) // nobody reads
		}
		last, got := -1, 0
		var publisher sync.WaitGroup
		defer publisher.Wait()
		reading, done := context.WithCancel(ctx)
		defer done()
		publisher.Go(func() {
			for reading.Err() == nil {
				if err := pub.Publish(ctx, "end", ""); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for event, err := range sub.All(ctx) {
			must(t, err)
			if event.Topic == "end" {
				break
			}
			n, err := strconv.Atoi(event.Topic)
			if err != nil || n <= last {
				t.Fatal(event.Topic, "after", last)
			}
			last = n
			got++
		}
		if got == 0 || got == total {
			t.Errorf("%d of %d arrived at a subscriber that has room for a few", got, total)
		}
	})
}

func TestAFastSubscriberGetsEverythingOfManyPublishingGoroutines(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		pub, sub := connected[int](t, ctx, sys, endpoint, []string{"p"})
		const publishers, each = 20, 100
		var group sync.WaitGroup
		defer group.Wait()
		for p := range publishers {
			group.Go(func() {
				for i := range each {
					if err := pub.Publish(ctx, "p"+strconv.Itoa(p), i); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		next := make(map[string]int)
		for range publishers * each {
			event, err := sub.Recv(ctx)
			must(t, err)
			if event.Value != next[event.Topic] {
				t.Fatal(event, "want", next[event.Topic])
			}
			next[event.Topic]++
		}
	})
}

func TestPublisherAndSubscriberComeBackFromALostSocket(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		pub, sub := connected[int](t, ctx, sys, endpoint, []string{"a"}, WithSocket(zsock.WithOption("reconnect_ivl", 5*time.Millisecond)))
		for round, victim := range []*zsock.Socket{pub.Socket(), sub.Socket()} {
			must(t, victim.Ref().Tell(ctx, zsock.Fault{}))
			received := make(chan int, 1)
			go func() {
				for event, err := range sub.All(ctx) {
					if err != nil || event.Value == round {
						received <- event.Value
						return
					}
				}
			}()
			for back := false; !back; { // what is published meanwhile is lost
				if err := pub.Publish(ctx, "a", round); err != nil {
					t.Fatalf("round %d: %v\n%v", round, err, sys.Snapshot())
				}
				select {
				case n := <-received:
					back = n == round
				default:
				}
			}
			must(t, pub.WaitSubscribers(ctx, "a", 1))
		}
	})
}

func TestASubscriberOfTheNewestAccountsForWhatItMissed(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		pub, sub := connected[string](t, ctx, sys, endpoint, []string{"a"}, WithSocket(zsock.WithNewest(1)), WithCodec(patterns.Raw))
		const total = 100
		for i := range total {
			must(t, pub.Publish(ctx, "a", strconv.Itoa(i)))
		}
		for sub.Stats().Received < total {
			if must(t, ctx.Err()); sub.Stats().Waiting > 1 {
				t.Fatalf("more than the newest is kept: %+v", sub.Stats())
			}
		}
		if event, err := sub.Recv(ctx); err != nil || event.Value != strconv.Itoa(total-1) {
			t.Errorf("received %v, %v, want the newest", event, err)
		}
		if got := sub.Stats(); got != (SubscriberStats{Received: total, Delivered: 1, Replaced: total - 1}) || !got.Balanced() {
			t.Errorf("%+v", got)
		}
	})
}
