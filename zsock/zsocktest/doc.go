// Package zsocktest is for tests of programs that use sockets: a System that is closed with the test and whose books have to
// close, sockets that are killed under their actors on demand, and a Relay between two peers that holds, cuts or refuses
// their connections.
//
//	func TestTheFeedComesBack(t *testing.T) {
//		sys, probe := zsocktest.New(t)
//		pull, err := sys.Open(zsock.Pull, zsock.WithBind("tcp://127.0.0.1:*"))
//		...
//		relay := zsocktest.NewRelay(t, endpoint)  // connect to relay.Endpoint() instead
//		relay.Cut()                               // the peer is gone
//		...
//		err = zsocktest.Kill(ctx, pull)           // its libzmq socket is lost; it is whole again when Kill returns
//		err = zsocktest.Settle(ctx, sys)          // every message is accounted for
//		events := probe.Events(actortest.Is(actor.Restarting, ""))
//	}
//
// For faults in handlers, workers and other actors see [github.com/actomq/actomq/actor/actortest].
//
// Nothing in here sleeps to be ready, and what waits takes a context. All of it is safe for concurrent use.
package zsocktest
