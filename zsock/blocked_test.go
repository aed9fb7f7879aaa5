//go:build unix

package zsock

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestASendThatWaitsForAFullPeerCostsNoProcessorTime(t *testing.T) {
	small := []SocketOption{WithSendHWM(2), WithRecvHWM(2), WithInbox(1, 1)}
	body := make([]byte, 100<<10)
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		for name, full := range map[string]func(t *testing.T) (s, peer *Socket, m Message){
			"PUB": func(t *testing.T) (*Socket, *Socket, Message) {
				pub, sub := pair(t, sys, endpoint, Pub, Sub, small...)
				must(t, pub.SetOption(testContext(t), "xpub_nodrop", true))
				must(t, sub.Subscribe(testContext(t), ""))
				must(t, pub.WaitSubscribers(testContext(t), "", 1))
				return pub, sub, Bytes(body)
			},
			"ROUTER": func(t *testing.T) (*Socket, *Socket, Message) {
				router, dealer := pair(t, sys, endpoint, Router, Dealer, small...)
				must(t, dealer.Send(testContext(t), Text("hello")))
				m := receive(t, router)
				// Another peer has room, which makes the ROUTER writable for libzmq.
				other := open(t, sys, Dealer, WithConnect(bound(t, router)))
				must(t, other.WaitConnected(testContext(t), 1))
				must(t, router.WaitConnected(testContext(t), 2))
				return router, dealer, Bytes(m.Frame(0), body)
			},
		} {
			t.Run(name, func(t *testing.T) {
				s, peer, m := full(t)
				ctx := testContext(t)
				sent := 0
				for {
					short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
					before, start := processorTime(t), time.Now()
					err := s.Send(short, m)
					spent, waited := processorTime(t)-before, time.Since(start)
					cancel()
					if err == nil {
						sent++
						continue
					}
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Fatal(err)
					}
					if spent > waited/3 {
						t.Errorf("a wait of %v took %v of processor time", waited, spent)
					}
					break
				}
				blocked := make(chan error, 1)
				go func() { blocked <- s.Send(ctx, m) }()
				for range sent + 1 { // with room again the blocked one goes out
					if got := receive(t, peer); got.Size() < len(body) {
						t.Fatal(got.Size())
					}
				}
				must(t, <-blocked)
				must(t, peer.Close())
				must(t, s.Close())
			})
		}
	})
}
