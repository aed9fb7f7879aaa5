package zsock

import (
	"fmt"
	"testing"
)

// answered sees that each of the Dealers gets its answer from a Router.
func answered(t *testing.T, router *Socket, dealers ...*Socket) {
	t.Helper()
	ctx := testContext(t)
	must(t, router.WaitConnected(ctx, len(dealers)))
	for i, d := range dealers {
		must(t, d.WaitConnected(ctx, 1))
		must(t, d.Send(ctx, Text(fmt.Sprint(i))))
	}
	for range dealers {
		must(t, router.Send(ctx, receive(t, router)))
	}
	for i, d := range dealers {
		if m := receive(t, d); m.String() != fmt.Sprint(i) {
			t.Fatalf("%s got %v, want %d", d.Name(), m, i)
		}
	}
}

func TestInprocConnectsOutliveTheirBinder(t *testing.T) {
	const name = "inproc://outlive"
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	dealers := []*Socket{open(t, sys, Dealer, WithConnect(name))} // before anybody is bound
	router := open(t, sys, Router, WithBind(name))
	for range 2 {
		dealers = append(dealers, open(t, sys, Dealer, WithConnect(name)))
	}
	answered(t, router, dealers...)
	for range 5 { // its supervisor brings it back
		lose(t, router)
		answered(t, router, dealers...)
	}
	for range 20 { // another one comes in its place, with connects from before, from after the close, and from after the bind
		must(t, router.Close())
		dealers = append(dealers[1:], open(t, sys, Dealer, WithConnect(name)))
		lose(t, dealers[0])
		router = open(t, sys, Router, WithBind(name))
		answered(t, router, dealers...)
		lose(t, dealers[1])
		answered(t, router, dealers...)
	}
	for range 5 { // the name moves to another socket, while the one that had it stays
		other := open(t, sys, Router)
		must(t, router.Unbind(ctx, name))
		must(t, other.Bind(ctx, name))
		answered(t, other, dealers...)
		must(t, router.Close())
		answered(t, other, dealers...)
		router = other
	}
	must(t, router.Unbind(ctx, name))
	must(t, router.Bind(ctx, name))
	answered(t, router, dealers...)
}

// Two connects to one name are two connections, each with its copy of what is published.
func TestInprocConnectsComeBackAsOftenAsTheyWereMade(t *testing.T) {
	const name = "inproc://twice"
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pub := open(t, sys, Pub, WithBind(name))
	sub := open(t, sys, Sub, WithSubscribe(""), WithConnect(name))
	must(t, sub.Connect(ctx, name))
	for round := range 4 {
		must(t, sub.WaitConnected(ctx, 2))
		must(t, pub.WaitSubscribers(ctx, "", 2))
		must(t, pub.Send(ctx, Text(fmt.Sprint(round))))
		for range 2 {
			if m := receive(t, sub); m.String() != fmt.Sprint(round) {
				t.Fatalf("got %v in round %d", m, round)
			}
		}
		if round%2 == 0 {
			lose(t, pub)
		} else {
			must(t, pub.Close())
			pub = open(t, sys, Pub, WithBind(name))
		}
	}
}
