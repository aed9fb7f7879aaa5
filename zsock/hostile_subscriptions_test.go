package zsock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/actomq/actomq/supervision"
)

// libzmq passes on that a peer unsubscribes from what it never subscribed to.
func TestAnUnsubscriptionOfWhatWasNeverSubscribedChangesNothing(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pub := open(t, sys, Pub, WithBind("tcp://127.0.0.1:0"))
	x := approach(t, bound(t, pub)).shake("SUB")
	x.says(zmtpFrame(0, []byte("\x00never")), zmtpFrame(0, []byte("\x00")), zmtpFrame(0, nil), zmtpFrame(0, []byte("\x07x")), zmtpFrame(0, []byte("\x01a")))
	must(t, pub.WaitSubscribers(ctx, "a", 1))
	if n := pub.EventCount(EventRestarted); n != 0 {
		t.Errorf("%d restarts", n)
	}
}

func TestAFloodOfSubscriptionsIsRememberedUpToABound(t *testing.T) {
	s := subscribers{topics: make(map[string]int, maxSubscriptions)}
	var topic [5]byte
	for i := range maxSubscriptions - 10 {
		binary.BigEndian.PutUint32(topic[1:], uint32(i))
		s.topics[string(topic[:])] = 1
	}
	for i := range 20 {
		s.note(Text(fmt.Sprint("\x01", i)))
	}
	if len(s.topics) != maxSubscriptions || s.beyond() != 10 {
		t.Errorf("%d topics, %d beyond", len(s.topics), s.beyond())
	}
	s.reset()
	for i := range 100 {
		long := make([]byte, 1<<20)
		long[0], long[1] = 1, byte(i)
		s.note(Bytes(long))
	}
	if len(s.topics) != maxSubscriptionBytes>>20 || s.bytes != maxSubscriptionBytes {
		t.Errorf("%d topics, %d bytes", len(s.topics), s.bytes)
	}
	for i := range 100 {
		long := make([]byte, 1<<20)
		long[1] = byte(i)
		s.note(Bytes(long))
		s.note(Bytes(long))
	}
	if len(s.topics) != 0 || s.bytes != 0 {
		t.Errorf("%d topics, %d bytes", len(s.topics), s.bytes)
	}
}

func TestAPublisherServesItsSubscribersThroughAFloodOfSubscriptions(t *testing.T) {
	for _, typ := range []Type{Pub, XPub} {
		t.Run(typ.String(), func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			pub := open(t, sys, typ, WithBind("tcp://127.0.0.1:0"))
			sub := open(t, sys, Sub, WithConnect(bound(t, pub)), WithSubscribe("good"))
			must(t, pub.WaitSubscribers(ctx, "good", 1))
			if typ == XPub { // whoever does not read its inbox is told of no more subscriptions
				seen := pub.Messages()
				over := make(chan struct{})
				go func() {
					defer close(over)
					for range seen {
					}
				}()
				defer func() { pub.Close(); <-over }()
			}
			m := watch(t, pub, WithEventKinds(EventDisconnected))
			exchange := func() {
				t.Helper()
				must(t, pub.Send(ctx, Text("good news")))
				if got := receive(t, sub); got.String() != "good news" {
					t.Error(got)
				}
			}
			exchange()
			frugal(t, 96<<20, func() {
				flood := approach(t, bound(t, pub)).shake("SUB")
				for i := range 100 {
					var words []byte
					for j := range 200 {
						words = append(words, zmtpFrame(0, fmt.Appendf(nil, "\x01%d-%d", i, j))...)
						words = append(words, zmtpFrame(0, fmt.Appendf(nil, "\x00%d-%d-never", i, j))...)
						words = append(words, zmtpFrame(0, fmt.Appendf(nil, "no subscription %d-%d", i, j))...)
					}
					flood.says(words)
					if i%10 == 0 {
						exchange()
					}
				}
				flood.says(zmtpFrame(0, []byte("\x01the last")))
				must(t, pub.WaitSubscribers(ctx, "the last", 1))
				exchange()
				if typ == Pub {
					long := approach(t, bound(t, pub)).shake("SUB")
					long.says(zmtpFrame(0, append([]byte("\x01"), make([]byte, maxTopic)...)))
					long.untilHungUp()
					await(t, m, EventDisconnected)
				}
				fits := approach(t, bound(t, pub)).shake("SUB")
				fits.says(zmtpFrame(0, append([]byte("\x01x"), make([]byte, maxTopic-2)...)))
				must(t, pub.WaitSubscribers(ctx, "x"+string(make([]byte, maxTopic)), 1))
				exchange()
				flood.Close()
				fits.Close()
				await(t, m, EventDisconnected)
				await(t, m, EventDisconnected)
			})
			exchange()
			if pub.EventCount(EventRestarted) != 0 || pub.ReadyPeers() != 1 {
				t.Error(counted(pub))
			}
		})
	}
}

// What peers of the XPub subscribe to is remembered up to a bound, and beyond it nobody misses anything.
func TestAProxyServesItsSubscribersThroughAFloodOfSubscriptions(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	const limit = 100
	p := startProxy(t, sys, ProxySpec{Front: side(XSub, WithBind("tcp://127.0.0.1:*")), Back: side(XPub, WithBind("tcp://127.0.0.1:*")), Topics: limit})
	pub := open(t, sys, Pub, WithConnect(bound(t, p.Front())), WithReconnect(5*time.Millisecond, 5*time.Millisecond))
	flood := approach(t, bound(t, p.Back())).shake("SUB")
	frugal(t, 64<<20, func() {
		for i := range 50 {
			var words []byte
			for j := range 100 {
				words = append(words, zmtpFrame(0, fmt.Appendf(nil, "\x01flood %d-%d", i, j))...)
			}
			flood.says(words)
		}
		proxyShows(t, p, func(s ProxyStats) bool { return s.Back.Overlooked == 50*100-limit })
	})
	sub := open(t, sys, Sub, WithConnect(bound(t, p.Back())), WithSubscribe("good"))
	exchange := func() {
		t.Helper()
		// The publisher has the flood's subscriptions and the one to everything, which serves the good one.
		must(t, pub.WaitSubscribers(ctx, "flood 0-0", 2))
		must(t, pub.WaitSubscribers(ctx, "good", 1))
		must(t, pub.Send(ctx, Text("bad news")))
		must(t, pub.Send(ctx, Text("good news")))
		if m := receive(t, sub); m.String() != "good news" {
			t.Error(m)
		}
	}
	proxyShows(t, p, func(s ProxyStats) bool { return s.Back.Overlooked == 50*100-limit+1 })
	exchange()
	lose(t, p.Front())
	exchange()
	must(t, flood.Close())
	proxyShows(t, p, func(s ProxyStats) bool { return s.Back.Received == 2*50*100+1 })
	must(t, pub.WaitSubscribers(ctx, "good", 1))
	must(t, pub.Send(ctx, Text("good news again")))
	if m := receive(t, sub); m.String() != "good news again" {
		t.Error(m)
	}
}

func TestASubscriptionIsTakenBackAsOftenAsItWasMadeAlsoAfterARestart(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pub := open(t, sys, XPub, WithBind("inproc://many"))
	sub := open(t, sys, XSub, WithConnect("inproc://many"))
	must(t, sub.Subscribe(ctx, "twice", "once", "twice"))
	must(t, sub.Unsubscribe(ctx, "twice", "once"))
	must(t, pub.WaitSubscribers(ctx, "twice", 1))
	lose(t, sub)
	for range 3 {
		receive(t, pub)
	}
	must(t, pub.WaitSubscribers(ctx, "twice", 1))
	must(t, sub.Unsubscribe(ctx, "twice"))
	if err := sub.Unsubscribe(ctx, "twice"); !errors.Is(err, ErrNoSubscription) {
		t.Error(err)
	}
}

func TestAProxyKeepsSubscribingWhileItsXSubRestarts(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	p := startProxy(t, sys, ProxySpec{Front: side(XSub, WithBind("inproc://busy-front")), Back: side(XPub, WithBind("inproc://busy-back")),
		Supervision: supervision.Spec{Intensity: 100, Backoff: supervision.Backoff{Min: time.Millisecond}}})
	pub := open(t, sys, Pub, WithConnect("inproc://busy-front"))
	sub := open(t, sys, Sub, WithConnect("inproc://busy-back"))
	const topics = 2000
	for i := range topics {
		must(t, sub.Subscribe(ctx, fmt.Sprint("topic ", i, ".")))
		if i%200 == 100 {
			lose(t, p.Front())
		}
	}
	proxyShows(t, p, func(s ProxyStats) bool { return s.Back.Forwarded == topics })
	for i := range topics {
		must(t, pub.WaitSubscribers(ctx, fmt.Sprint("topic ", i, "."), 1))
	}
	if err := p.Err(); err != nil {
		t.Error(err)
	}
}
