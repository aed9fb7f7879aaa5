package zsock

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// Many goroutines try at once, more than the outbox has room for: what goes to a full peer is refused, what goes to another
// one beside it is sent, and nobody waits behind a message that waits.
func TestTriesAreSentOrRefusedEachByItself(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	// Over inproc nothing but the two high-water marks holds messages.
	router := open(t, sys, Router, WithBind("inproc://tries"), WithSendHWM(10), WithOption("router_mandatory", true), WithOutbox(4))
	full := open(t, sys, Dealer, WithRecvHWM(1), WithInbox(1, 1), WithIdentity([]byte("full")))
	good := open(t, sys, Dealer, WithIdentity([]byte("good")))
	for _, s := range []*Socket{full, good} {
		must(t, s.Connect(ctx, "inproc://tries"))
		must(t, s.Send(ctx, Text("hello")))
		receive(t, router)
	}
	for {
		err := router.TrySend(Text("full", "word"))
		if errors.Is(err, ErrWouldBlock) {
			break
		}
		must(t, err)
	}
	const callers, each = 20, 20
	tryAll := func() (sent, refused int64) {
		var group sync.WaitGroup
		var yes, no atomic.Int64
		for i := range callers {
			group.Go(func() {
				for range each {
					switch err := router.TrySend(Text([]string{"full", "good"}[i%2], "word")); {
					case errors.Is(err, ErrWouldBlock):
						no.Add(1)
					case err != nil:
						t.Error(err)
					default:
						yes.Add(1)
					}
				}
			})
		}
		group.Wait()
		return yes.Load(), no.Load()
	}
	sent, refused := tryAll()
	if sent != callers/2*each || refused != callers/2*each {
		t.Errorf("%d sent, %d refused", sent, refused)
	}
	for range sent {
		receive(t, good)
	}
	for range 4 { // one of them is with the owner, the others fill the outbox
		must(t, router.Post(ctx, Text("full", "word")))
	}
	if sent, refused := tryAll(); sent != 0 || refused != callers*each {
		t.Errorf("behind a message that waits, %d sent, %d refused", sent, refused)
	}
	if s := router.Stats(); !s.Balanced() || s.Queued != 4 {
		t.Error(s)
	}
}
