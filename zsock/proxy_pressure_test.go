package zsock

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// narrowProxy passes both ways between two Dealers; the queues on the way hold a few messages.
func narrowProxy(t *testing.T, sys *System) (p *Proxy, front, back *Socket) {
	t.Helper()
	narrow := []SocketOption{WithSendHWM(1), WithRecvHWM(1), WithInbox(1, 1<<20), WithOutbox(1)}
	p = startProxy(t, sys, ProxySpec{
		Front: Side{Dealer, append(narrow, WithBind("inproc://narrow-front"))},
		Back:  Side{Dealer, append(narrow, WithBind("inproc://narrow-back"))},
	})
	front = open(t, sys, Dealer, append(narrow, WithConnect("inproc://narrow-front"))...)
	back = open(t, sys, Dealer, append(narrow, WithConnect("inproc://narrow-back"))...)
	must(t, p.Front().WaitConnected(testContext(t), 1))
	must(t, p.Back().WaitConnected(testContext(t), 1))
	return p, front, back
}

// numbered is message n, of one to five frames that all say so.
func numbered(n uint64) Message {
	frames := make([][]byte, 1+n%5)
	for i := range frames {
		frames[i] = binary.BigEndian.AppendUint64(nil, n)
	}
	return Bytes(frames...)
}

// fill sends numbered messages until no more are taken for long, and tells how many were.
func fill(t *testing.T, s *Socket) (taken uint64) {
	t.Helper()
	for refused := 0; refused < 200; runtime.Gosched() {
		switch err := s.TrySend(numbered(taken)); {
		case err == nil:
			taken, refused = taken+1, 0
		case errors.Is(err, ErrWouldBlock):
			refused++
		default:
			t.Fatal(err)
		}
		if taken > 100 {
			t.Fatal("there is no pressure")
		}
	}
	return taken
}

func TestAPausedProxyMovesNothingAndItsPeersFeelIt(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	p, front, back := narrowProxy(t, sys)
	for range 3 {
		must(t, p.Pause(ctx))
		must(t, p.Pause(ctx)) // again
		before := p.Stats()
		forth, aback := fill(t, front), fill(t, back)
		if forth == 0 || aback == 0 {
			t.Errorf("%d and %d messages were taken", forth, aback)
		}
		if after := p.Stats(); after != before {
			t.Errorf("%+v became %+v during a pause", before, after)
		}
		for _, s := range []*Socket{front, back} {
			if m, err := s.TryRecv(); !errors.Is(err, ErrWouldBlock) {
				t.Error(m, err)
			}
		}
		p.Resume()
		p.Resume() // again
		for s, count := range map[*Socket]uint64{back: forth, front: aback} {
			for i := range count {
				if m := receive(t, s); !m.Equal(numbered(i)) {
					t.Fatalf("message %d is %q", i, m.Frames())
				}
			}
		}
		proxyShows(t, p, func(s ProxyStats) bool {
			return s.Forth.Forwarded == before.Forth.Forwarded+forth && s.Back.Forwarded == before.Back.Forwarded+aback
		})
	}
	must(t, p.Pause(ctx))
	event := make(chan int, 1)
	event <- 7
	if value, err := RunUntil(ctx, p, event); value != 7 || err != nil { // also during a pause
		t.Error(value, err)
	}
}

func TestADirectionOfAProxyThatIsFullDoesNotHoldUpTheOther(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	p, front, back := narrowProxy(t, sys)
	stuck := fill(t, front) // nobody reads it
	for i := range uint64(1000) {
		must(t, back.Send(ctx, numbered(i)))
		if m := receive(t, front); !m.Equal(numbered(i)) {
			t.Fatalf("message %d is %q", i, m.Frames())
		}
	}
	for i := range stuck {
		if m := receive(t, back); !m.Equal(numbered(i)) {
			t.Fatalf("message %d is %q", i, m.Frames())
		}
	}
	proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.Forwarded == stuck && s.Back.Forwarded == 1000 })
}

func TestAProxyUnderLoadServesBothDirectionsAndAllSenders(t *testing.T) {
	const enough = 10_000
	sys := testSystem(t)
	ctx := testContext(t)
	p := startProxy(t, sys, ProxySpec{Front: side(Dealer, WithBind("tcp://127.0.0.1:*")), Back: side(Dealer, WithBind("tcp://127.0.0.1:*"))})
	var over atomic.Bool
	var senders, readers sync.WaitGroup
	var got [4]atomic.Uint64 // of each sender
	var sockets []*Socket
	for i, at := range []*Socket{p.Front(), p.Front(), p.Back(), p.Back()} {
		s := open(t, sys, Dealer, WithConnect(bound(t, at)))
		sockets = append(sockets, s)
		must(t, s.WaitConnected(ctx, 1))
		senders.Go(func() {
			batch := make([]Message, 1+99*(i%2)) // one in large batches, one alone
			for n := uint64(0); !over.Load(); n++ {
				for j := range batch {
					batch[j] = numbered(n).Prepend([]byte{byte(i)})
				}
				if _, err := s.SendBatch(ctx, batch); err != nil {
					t.Error(err)
					return
				}
			}
		})
		readers.Go(func() {
			for m, err := range s.All(ctx) {
				if err != nil {
					t.Error(err)
					return
				}
				sender, rest, ok := m.PopFront()
				if number := binary.BigEndian.Uint64(rest.Frame(0)); !ok || len(sender) != 1 || !rest.Equal(numbered(number)) {
					t.Errorf("%q is not whole", m.Frames())
					return
				}
				got[sender[0]].Add(1)
			}
		})
	}
	least := func() uint64 { return min(got[0].Load(), got[1].Load(), got[2].Load(), got[3].Load()) }
	for ; least() < enough/10 || got[1].Load()+got[3].Load() < enough; runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%d %d %d %d messages came", got[0].Load(), got[1].Load(), got[2].Load(), got[3].Load())
		}
	}
	forth, back := got[0].Load()+got[1].Load(), got[2].Load()+got[3].Load()
	if forth > 50*back || back > 50*forth {
		t.Errorf("%d messages came forth and %d back", forth, back)
	}
	over.Store(true)
	senders.Wait()
	for _, s := range sockets {
		must(t, s.Close())
	}
	readers.Wait()
	t.Logf("forth %d + %d, back %d + %d", got[0].Load(), got[1].Load(), got[2].Load(), got[3].Load())
}
