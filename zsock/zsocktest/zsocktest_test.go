package zsocktest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
	"github.com/actomq/actomq/zsock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// couple opens a PULL, and a PUSH that connects to it, through a relay where there is one.
func couple(t *testing.T, sys *zsock.System, through func(endpoint string) *Relay) (push, pull *zsock.Socket, relay *Relay) {
	t.Helper()
	pull, err := sys.Open(zsock.Pull, zsock.WithBind("tcp://127.0.0.1:*"))
	must(t, err)
	list, err := pull.Endpoints(t.Context(), zsock.Bound)
	must(t, err)
	endpoint := list[0]
	if through != nil {
		relay = through(endpoint)
		endpoint = relay.Endpoint()
	}
	push, err = sys.Open(zsock.Push, zsock.WithConnect(endpoint), zsock.WithOption("reconnect_ivl", 5*time.Millisecond))
	must(t, err)
	must(t, push.WaitConnected(t.Context(), 1))
	return push, pull, relay
}

func exchange(t *testing.T, push, pull *zsock.Socket, text string) {
	t.Helper()
	must(t, push.Send(t.Context(), zsock.Text(text)))
	if m, err := pull.Recv(t.Context()); err != nil || m.String() != text {
		t.Fatal(m, err)
	}
}

func TestAKilledSocketIsBackWhenKillReturns(t *testing.T) {
	sys, probe := New(t)
	push, pull, _ := couple(t, sys, nil)
	for i := range 5 {
		must(t, Kill(t.Context(), pull))
		must(t, Kill(t.Context(), push))
		must(t, push.WaitConnected(t.Context(), 1))
		exchange(t, push, pull, fmt.Sprint(i))
	}
	if events := probe.Events(actortest.Is(actor.Restarting, "")); len(events) != 10 {
		t.Errorf("%d restarts", len(events))
	}
	must(t, Settle(t.Context(), sys))
	must(t, push.Close())
	if err := Kill(t.Context(), push); !errors.Is(err, zsock.ErrClosed) {
		t.Error(err)
	}
}

func TestARelayHoldsCutsAndPasses(t *testing.T) {
	sys, _ := New(t)
	push, pull, relay := couple(t, sys, func(endpoint string) *Relay { return NewRelay(t, endpoint) })
	exchange(t, push, pull, "first")
	if relay.Passed() == 0 {
		t.Error("nothing went through")
	}

	relay.Hold()
	must(t, push.Send(t.Context(), zsock.Text("held")))
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if m, err := pull.Recv(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(m, err)
	}
	relay.Drop()
	must(t, until(t.Context(), nil, func() bool { return push.ReadyPeers() == 0 }))
	relay.Pass()
	must(t, push.WaitConnected(t.Context(), 1))
	exchange(t, push, pull, "after")

	relay.Cut()
	must(t, until(t.Context(), nil, func() bool { return push.ReadyPeers() == 0 }))
	relay.Pass()
	must(t, push.WaitConnected(t.Context(), 1))
	exchange(t, push, pull, "again")
}

func TestWhatWaitsDuringAHoldArrivesAfterwards(t *testing.T) {
	sys, _ := New(t)
	pull, err := sys.Open(zsock.Pull, zsock.WithBind("tcp://127.0.0.1:*"))
	must(t, err)
	list, err := pull.Endpoints(t.Context(), zsock.Bound)
	must(t, err)
	relay := NewRelay(t, list[0])
	push, err := sys.Open(zsock.Push, zsock.WithConnect(relay.Endpoint()))
	must(t, err)
	must(t, push.WaitConnected(t.Context(), 1))
	relay.Hold()
	for i := range 10 {
		must(t, push.Send(t.Context(), zsock.Text(fmt.Sprint(i))))
	}
	relay.Pass()
	for i := range 10 {
		if m, err := pull.Recv(t.Context()); err != nil || m.String() != fmt.Sprint(i) {
			t.Fatal(m, err)
		}
	}
}

func TestARelayRefusesWhatIsNoEndpoint(t *testing.T) {
	if _, err := StartRelay("nonsense"); !errors.Is(err, zsock.ErrEndpoint) {
		t.Error(err)
	}
}
