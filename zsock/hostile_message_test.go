package zsock

import (
	"bytes"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
)

// ended reports whether libzmq has ended so many connections.
func ended(s *Socket, n uint64) func() bool {
	return func() bool { return s.EventCount(EventDisconnected) >= n }
}

func TestAFrameThatClaimsTooMuchEndsItsConnectionAndTakesNoMemory(t *testing.T) {
	header := func(flags byte, size uint64) []byte {
		b := []byte{flags | flagLong}
		for shift := 56; shift >= 0; shift -= 8 {
			b = append(b, byte(size>>shift))
		}
		return b
	}
	for name, endpoint := range map[string]string{"tcp": "tcp://127.0.0.1:0", "ipc": "ipc://" + t.TempDir() + "/s"} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			s := serve(t, sys, endpoint, nil, nil)
			m := watch(t, s.Socket, WithEventKinds(EventDisconnected))
			for i, size := range []uint64{1<<63 - 1, 1<<64 - 1, 1 << 63, 1 << 40, 64<<20 + 1} {
				frugal(t, 24<<20, func() {
					for _, flags := range []byte{0, flagMore} {
						early := approach(t, bound(t, s.Socket))
						early.says(zmtpGreeting("NULL"), header(flags, size))
						early.untilHungUp()
						if e := await(t, m, EventDisconnected); !errors.Is(e.Err, ErrHandshakeCut) {
							t.Errorf("%d before the handshake: %v", size, e)
						}
						late := approach(t, bound(t, s.Socket)).shake("DEALER")
						late.says(header(flags, size), make([]byte, 10_000))
						late.untilHungUp()
						if e := await(t, m, EventDisconnected); e.Err != nil {
							t.Errorf("%d after the handshake: %v", size, e)
						}
					}
				})
				if n := s.EventCount(EventHandshakeSucceeded); n != uint64(1+2*(i+1)) {
					t.Errorf("%d handshakes: %s", n, counted(s.Socket))
				}
			}
			// What is allowed is reserved, not used, until the bytes come.
			frugal(t, 64<<20, func() {
				for range 32 {
					approach(t, bound(t, s.Socket)).shake("DEALER").says(header(0, 64<<20), make([]byte, 1000))
				}
				s.goesOn(t)
			})
			s.goesOn(t)
			if s.noise.Load() != 0 {
				t.Errorf("%d messages came of it", s.noise.Load())
			}
		})
	}
}

func TestSafeDefaultsAreInForce(t *testing.T) {
	s := open(t, testSystem(t), Pull)
	for name, want := range map[string]any{"maxmsgsize": int64(64 << 20), "handshake_ivl": 5 * time.Second, "tcp_keepalive": 1, "tcp_keepalive_idle": 5,
		"tcp_keepalive_intvl": 2, "tcp_keepalive_cnt": 3} {
		if got, err := s.Option(testContext(t), name); got != want || err != nil {
			t.Errorf("%s is %v, %v; want %v", name, got, err, want)
		}
	}
}

// buried counts the dead letters of a reason.
func buried(count *atomic.Int64, reason error) SystemOption {
	return WithDeadLetters(func(l actor.DeadLetter) {
		if errors.Is(l.Reason, reason) {
			count.Add(1)
		}
	})
}

func TestAMessageOfTooManyFramesOrBytesIsDroppedAndCounted(t *testing.T) {
	var large atomic.Int64
	sys := testSystem(t, buried(&large, ErrTooLarge))
	s := serve(t, sys, "tcp://127.0.0.1:0", []SocketOption{WithMessageLimit(1000, 1<<20)}, nil)
	x := approach(t, bound(t, s.Socket)).shake("DEALER")
	many := bytes.Repeat(zmtpFrame(flagMore, nil), 100_000)
	last := zmtpFrame(0, []byte("end"))
	big := bytes.Repeat(zmtpFrame(flagMore, make([]byte, 60_000)), 20)
	frugal(t, 32<<20, func() {
		for range 5 {
			x.says(many, last, big, last)
			s.goesOn(t)
		}
		// One frame below and above each limit; the Router's own id is a frame, too.
		for _, frames := range []int{997, 998, 999, 1000} {
			x.says(bytes.Repeat(zmtpFrame(flagMore, []byte("x")), frames), last)
		}
		for _, size := range []int{1<<20 - 5, 1<<20 - 4} {
			x.says(zmtpFrame(0, make([]byte, size)))
		}
	})
	s.goesOn(t)
	eventually(t, "5 small ones and 13 dropped", func() bool { return large.Load() >= 13 && s.noise.Load() >= 3 })
	s.goesOn(t)
	s.stop()
	if large.Load() != 13 || s.noise.Load() != 3 || s.Stats().Unread < 13 || s.EventCount(EventRestarted) != 0 {
		t.Errorf("%d dropped, %d taken, %v", large.Load(), s.noise.Load(), s.Stats())
	}
}

func TestNoSocketTypeStandsStillAfterAMessageAboveItsLimit(t *testing.T) {
	for _, typ := range []Type{Pair, Sub, Req, Rep, Dealer, Router, Pull, XPub, XSub} {
		t.Run(typ.String(), func(t *testing.T) {
			var large atomic.Int64
			sys := testSystem(t, buried(&large, ErrTooLarge))
			ctx := testContext(t)
			peer := map[Type]Type{Pair: Pair, Sub: Pub, Req: Rep, Rep: Req, Dealer: Dealer, Router: Dealer, Pull: Push, XPub: XSub, XSub: XPub}[typ]
			s := open(t, sys, typ, WithBind("tcp://127.0.0.1:0"), WithMessageLimit(5, 100))
			if typ == Sub {
				must(t, s.Subscribe(ctx, ""))
			}
			p := open(t, sys, peer, WithConnect(bound(t, s)))
			must(t, p.WaitConnected(ctx, 1))
			must(t, s.WaitConnected(ctx, 1))
			switch typ {
			case XSub:
				must(t, s.Send(ctx, Text("\x01")))
			case Req:
				must(t, s.Send(ctx, Text("?")))
				receive(t, p)
			}
			if typ == Sub || typ == XSub {
				must(t, p.WaitSubscribers(ctx, "a", 1))
			}
			wrong := Text("a", "b", "c", "d", "e", "f")
			must(t, p.Send(ctx, wrong))
			eventually(t, "it is dropped", func() bool { return large.Load() == 1 })
			switch typ {
			case Rep:
				if m := receive(t, p); m.Size() != 0 {
					t.Error(m)
				}
			case Req:
				must(t, s.Send(ctx, Text("?")))
				receive(t, p)
			}
			must(t, p.Send(ctx, Text("fits")))
			if m := receive(t, s); m.Frame(m.Len()-1) == nil || string(m.Frame(m.Len()-1)) != "fits" {
				t.Errorf("%q", m.Frames())
			}
			if typ.canSend() && typ != Router && typ != Rep && typ != Req {
				for _, m := range []Message{wrong, Text(strings.Repeat("x", 101))} {
					if err := s.Send(ctx, m); !errors.Is(err, ErrTooLarge) {
						t.Errorf("sent %d frames: %v", m.Len(), err)
					}
				}
			}
			if s.EventCount(EventRestarted) != 0 || s.Stats().Unread != 1 {
				t.Error(s.Stats())
			}
		})
	}
}

// libzmq keeps what it has of a message until the end comes. That can't be bounded; it can be seen that it costs what the peer
// sends and 64 bytes a frame, that nothing of it reaches the socket, and that it goes with the connection.
func TestAMessageWithoutAnEndIsNobodysMessageAndGoesWithItsConnection(t *testing.T) {
	sys := testSystem(t)
	s := serve(t, sys, "tcp://127.0.0.1:0", nil, nil)
	const frames = 300_000
	for range 3 {
		x := approach(t, bound(t, s.Socket)).shake("DEALER")
		frugal(t, frames*64+32<<20, func() {
			for range 100 {
				x.says(bytes.Repeat(zmtpFrame(flagMore, []byte("0123456789")), frames/100))
			}
			s.goesOn(t)
		})
		x.Close()
		s.aloneWithGood(t)
	}
	s.goesOn(t)
	if s.noise.Load() != 0 || s.EventCount(EventDisconnected) != 3 {
		t.Errorf("%d messages, %s", s.noise.Load(), counted(s.Socket))
	}
}
