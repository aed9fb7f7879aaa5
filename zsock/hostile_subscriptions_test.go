package zsock

import (
	"testing"
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
