package zsock

import (
	"fmt"
	"testing"
)

// Idle sockets cost no wake-ups: the reactor wakes for the pair that talks, however many sockets are silent beside it.
func TestSeed_S37_IdleSocketsDoNotWakeAnybody(t *testing.T) {
	woken := func(idle int) uint64 {
		sys := testSystem(t)
		ctx := testContext(t)
		for i := range idle {
			pair(t, sys, fmt.Sprintf("inproc://idle-%d", i), Pair, Pair)
		}
		a, b := pair(t, sys, "tcp://127.0.0.1:0", Pair, Pair)
		trip := func() {
			must(t, a.Send(ctx, Text("there")))
			receive(t, b)
			must(t, b.Send(ctx, Text("back")))
			receive(t, a)
		}
		trip()
		before := sys.reactor.Wakeups()
		for range 200 {
			trip()
		}
		return sys.reactor.Wakeups() - before
	}
	alone, beside := woken(0), woken(200)
	t.Logf("%d wake-ups for 200 round trips alone, %d beside 400 idle sockets", alone, beside)
	if beside > 2*alone+100 {
		t.Error("idle sockets wake the reactor")
	}
}
