package zsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

func quickRestarts() SystemOption {
	return WithRestarts(supervision.Spec{Intensity: 100, Backoff: supervision.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond}})
}

// lose takes the libzmq socket away and waits for the next incarnation.
func lose(t *testing.T, s *Socket) {
	t.Helper()
	ctx := testContext(t)
	before := s.alive.Load()
	must(t, s.Ref().Tell(ctx, Fault{}))
	select {
	case <-(*before).Done():
	case <-ctx.Done():
		t.Fatal("the fault was not noticed")
	}
	for s.alive.Load() == before {
		select {
		case <-ctx.Done():
			t.Fatal("no restart")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestARestartBringsEverythingBack(t *testing.T) {
	for name, endpoint := range map[string]string{
		"inproc": "inproc://restart", "ipc": "ipc://" + t.TempDir() + "/restart", "tcp": "tcp://127.0.0.1:0",
	} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t, quickRestarts())
			ctx := testContext(t)
			pub := open(t, sys, Pub, WithName("publisher"), WithBind(endpoint), WithSendHWM(77))
			sub := open(t, sys, Sub, WithSubscribe("a", "b"), WithOption("reconnect_ivl", 5*time.Millisecond))
			must(t, sub.Connect(ctx, bound(t, pub)))
			must(t, sub.Unsubscribe(ctx, "a"))
			must(t, pub.WaitSubscribers(ctx, "b", 1))
			address := bound(t, pub)
			for round, victim := range []*Socket{pub, sub, pub, sub} {
				lose(t, victim)
				if got := bound(t, pub); got != address {
					t.Fatalf("bound to %s, was %s", got, address)
				}
				must(t, pub.WaitSubscribers(ctx, "b", 1))
				// The publisher may still count the subscription of a connection that is gone, so one message may be lost.
				for want := fmt.Sprint("b", round); ; {
					must(t, pub.Send(ctx, Text("a")))
					must(t, pub.Send(ctx, Text(want)))
					short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
					m, err := sub.Recv(short)
					cancel()
					if err == nil && m.String() == want {
						break
					}
					if ctx.Err() != nil || err == nil && m.String()[0] != 'b' {
						t.Fatal(m, err)
					}
				}
				if v, err := pub.Option(ctx, "sndhwm"); v != 77 || err != nil {
					t.Fatal(v, err)
				}
			}
			seen, ok := sys.Snapshot().Find("/top/sockets/publisher")
			if !ok || seen.Restarts != 2 {
				t.Errorf("%+v", seen)
			}
		})
	}
}

func TestQueuedAndUnreadMessagesSurviveARestart(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://survive", Pull, Push)
	for i := range 10 {
		must(t, push.Send(ctx, Text(fmt.Sprint(i))))
	}
	for pull.inbox.depth() < 10 {
		<-time.After(time.Millisecond)
	}
	lose(t, pull)
	must(t, push.WaitConnected(ctx, 1))
	for i := range 10 {
		if m := receive(t, pull); m.String() != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", m, i)
		}
	}
	// A sender that is down keeps what callers post.
	lonely := open(t, sys, Push)
	for i := range 10 {
		must(t, lonely.Post(ctx, Text(fmt.Sprint(i))))
	}
	lose(t, lonely)
	must(t, lonely.Connect(ctx, "inproc://survive"))
	for i := range 10 {
		if m := receive(t, pull); m.String() != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", m, i)
		}
	}
	balance(t, lonely)
}

func TestASocketThatFailsTooOftenIsGivenUpAloneAndSaysWhy(t *testing.T) {
	events := make(chan actor.Event, 100)
	sys := testSystem(t, WithRestarts(supervision.Spec{Intensity: 1, Backoff: supervision.Backoff{Min: time.Millisecond}}),
		WithEvents(func(e actor.Event) {
			if e.Kind == actor.GaveUp {
				events <- e
			}
		}))
	ctx := testContext(t)
	bad, good := open(t, sys, Pull, WithName("bad")), open(t, sys, Pull, WithName("good"))
	waiting := make(chan error, 1)
	go func() { _, err := bad.Recv(ctx); waiting <- err }()
	lose(t, bad)
	must(t, bad.Ref().Tell(ctx, Fault{}))
	select {
	case <-bad.Done():
	case <-ctx.Done():
		t.Fatal("it was not given up")
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if !errors.Is(bad.Err(), supervision.ErrGaveUp) {
		t.Error(bad.Err())
	}
	if e := <-events; e.Path != bad.Ref().Path() {
		t.Error(e)
	}
	must(t, bad.Close())
	must(t, good.Bind(ctx, "inproc://good"))
}

// loopback is the name of the loopback interface.
func loopback(t *testing.T) string {
	t.Helper()
	cards, err := net.Interfaces()
	must(t, err)
	for _, c := range cards {
		if c.Flags&net.FlagLoopback != 0 && c.Flags&net.FlagUp != 0 {
			return c.Name
		}
	}
	t.Skip("this machine has no loopback interface")
	return ""
}

func TestARestartThatFindsItsAddressTakenWaitsForItHoweverLong(t *testing.T) {
	sys := testSystem(t) // with the limits of restarts that it has by itself
	ctx := testContext(t)
	pull := open(t, sys, Pull, WithBind("tcp://"+loopback(t)+":*")) // by its name, which libzmq binds itself
	where := bound(t, pull)
	push := open(t, sys, Push, WithConnect(where), WithReconnect(5*time.Millisecond, 5*time.Millisecond))
	must(t, push.WaitConnected(ctx, 1))
	events := watch(t, pull, WithEventKinds(EventBindSuspended, EventListening))
	var stranger net.Listener
	must(t, pull.Ref().Tell(ctx, Fault{}))
	for stranger == nil { // between the end of the one socket and the bind of the next
		stranger, _ = net.Listen("tcp", strings.TrimPrefix(where, "tcp://"))
		if ctx.Err() != nil {
			t.Fatal("the address was never free")
		}
	}
	for range 3 {
		if e := await(t, events, EventBindSuspended); !errors.Is(e.Err, ErrAddressInUse) || e.Endpoint != where {
			t.Error(e)
		}
	}
	if list, err := pull.Endpoints(ctx, Bound); err != nil || len(list) != 1 || list[0] != where { // it answers meanwhile
		t.Error(list, err)
	}
	must(t, stranger.Close())
	await(t, events, EventListening)
	must(t, push.Send(ctx, Text("back")))
	if m := receive(t, pull); m.String() != "back" {
		t.Error(m)
	}
}
