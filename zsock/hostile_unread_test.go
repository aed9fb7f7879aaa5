package zsock

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestAPeerThatStopsReadingHoldsUpNoOther(t *testing.T) {
	block := bytes.Repeat([]byte("x"), 64<<10)
	for name, c := range map[string]struct {
		typ, good Type
		raw       string
	}{
		"PUB": {Pub, Sub, "SUB"}, "XPUB": {XPub, Sub, "SUB"}, "PUSH": {Push, Pull, "PULL"}, "DEALER": {Dealer, Dealer, "DEALER"},
	} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			var opts []SocketOption
			if c.typ == XPub {
				opts = append(opts, WithOption("xpub_verboser", true))
			}
			s := open(t, sys, c.typ, append(opts, WithBind("tcp://127.0.0.1:0"), WithSendHWM(10), WithOption("sndbuf", 64<<10))...)
			good := open(t, sys, c.good, WithConnect(bound(t, s)))
			mute := approach(t, bound(t, s)).shake(c.raw)
			if c.good == Sub {
				must(t, good.Subscribe(ctx, ""))
				mute.says(zmtpFrame(0, []byte("\x01")))
				must(t, s.WaitSubscribers(ctx, "", 2))
			}
			must(t, s.WaitConnected(ctx, 2))
			frugal(t, 64<<20, func() {
				for i := range 400 { // 25 MiB, of which the silent one may get a half
					must(t, s.Send(ctx, Bytes(block, fmt.Append(nil, i))))
					if c.good == Sub {
						receive(t, good)
					} else {
						for ok := true; ok; {
							_, err := good.TryRecv()
							ok = err == nil
						}
					}
				}
			})
			if s.ReadyPeers() != 2 {
				t.Error(counted(s))
			}
			m := watch(t, s, WithEventKinds(EventDisconnected))
			must(t, mute.Close())
			await(t, m, EventDisconnected)
		})
	}
}

func TestARouterAnswersOthersWhileOneDoesNotRead(t *testing.T) {
	block := bytes.Repeat([]byte("x"), 64<<10)
	for _, mandatory := range []bool{true, false} {
		t.Run(fmt.Sprint("mandatory ", mandatory), func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			router := open(t, sys, Router, WithBind("tcp://127.0.0.1:0"), WithSendHWM(10), WithOption("router_mandatory", mandatory), WithOption("sndbuf", 64<<10))
			good := open(t, sys, Dealer, WithConnect(bound(t, router)))
			must(t, good.Send(ctx, Text("hello")))
			friend := receive(t, router).Frame(0)
			mute := approach(t, bound(t, router)).shake("DEALER")
			mute.says(zmtpFrame(0, []byte("hello")))
			id := receive(t, router).Frame(0)
			refused := 0
			frugal(t, 64<<20, func() {
				for i := 0; i < 1000 && refused < 50; i++ {
					if err := router.TrySend(Bytes(id, block)); errors.Is(err, ErrWouldBlock) {
						refused++
						<-time.After(time.Millisecond)
					} else {
						must(t, err)
						refused = 0
					}
				}
			})
			if mandatory && refused == 0 {
				t.Error("it took all")
			}
			for _, word := range []string{"still here", "and after it went"} {
				must(t, router.Send(ctx, Bytes(friend, []byte(word))))
				if m := receive(t, good); m.String() != word {
					t.Error(m)
				}
				// A Post to it may wait in front of the others, but not longer than its connection stands.
				must(t, router.Post(ctx, Bytes(id, block)))
				mute.Close()
			}
		})
	}
}
