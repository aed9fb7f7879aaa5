package zsock

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

// echo answers each request of a Dealer with a block of bytes behind the number of it.
func echo(t *testing.T, worker *Socket, block []byte) {
	t.Helper()
	over := make(chan struct{})
	ctx := testContext(t)
	go func() {
		defer close(over)
		for {
			m, err := worker.Recv(ctx)
			if err != nil || worker.Send(ctx, m.With(block)) != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { worker.Close(); <-over })
}

func TestAProxyServesThePeersBesideOneThatDoesNotRead(t *testing.T) {
	for _, back := range []Type{Dealer, Router} {
		t.Run(back.String(), func(t *testing.T) {
			var full atomic.Int64
			sys := testSystem(t, WithDeadLetters(func(l actor.DeadLetter) {
				if errors.Is(l.Reason, ErrBacklog) {
					full.Add(1)
				}
			}))
			ctx := testContext(t)
			block := bytes.Repeat([]byte("x"), 64<<10)
			p := startProxy(t, sys, ProxySpec{
				Front:   side(Router, WithBind("tcp://127.0.0.1:*"), WithSendHWM(10), WithOption("sndbuf", 64<<10), WithLinger(0)),
				Back:    side(back, WithBind("tcp://127.0.0.1:*")),
				Backlog: ProxyBacklog{Messages: 20},
			})
			answer := func(request Message) Message { return request.With(block) }
			worker := open(t, sys, Dealer, WithConnect(bound(t, p.Back())), WithIdentity([]byte("mute")))
			good := open(t, sys, Dealer, WithConnect(bound(t, p.Front())), WithIdentity([]byte("good")))
			mute := approach(t, bound(t, p.Front())).shakeAs("DEALER", "mute")
			must(t, p.Front().WaitConnected(ctx, 2))
			must(t, worker.WaitConnected(ctx, 1))
			if back == Dealer {
				echo(t, worker, block)
				frugal(t, 96<<20, func() {
					for p.Stats().Back.Dropped < 50 {
						mute.says(zmtpFrame(0, []byte("hello")))
						must(t, good.Send(ctx, Text("hi")))
						if m := receive(t, good); m.String() != "hi" {
							t.Fatal(m)
						}
					}
				})
			} else { // what goes to a peer of one side comes from the peer of the same name at the other
				other := open(t, sys, Dealer, WithConnect(bound(t, p.Back())), WithIdentity([]byte("good")))
				must(t, p.Back().WaitConnected(ctx, 2))
				for p.Stats().Back.Dropped < 50 {
					must(t, worker.Send(ctx, answer(Text("hello"))))
					must(t, other.Send(ctx, Text("hi")))
					if m := receive(t, good); m.String() != "hi" {
						t.Fatal(m)
					}
				}
			}
			s := p.Stats().Back
			if s.Postponed > 20 || s.Postponed == 0 || full.Load() == 0 {
				t.Errorf("%+v, %d dead letters", s, full.Load())
			}
			must(t, mute.Close())
			proxyShows(t, p, func(s ProxyStats) bool { return s.Back.Postponed == 0 && s.Back.InHand == 0 })
		})
	}
}

// A peer that was slow gets all that was kept for it, in order, with a gap behind it if it was too slow.
func TestABacklogGoesOutInOrderOnceThePeerReads(t *testing.T) {
	message := func(to string, number int) Message {
		return Bytes([]byte(to), binary.BigEndian.AppendUint64(nil, uint64(number)), make([]byte, 1000))
	}
	for name, limit := range map[string]ProxyBacklog{"messages": {Messages: 30}, "bytes": {Bytes: 30 * message("slow", 0).weight()}, "none": {Messages: -1}} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			// Over inproc nothing but the two high-water marks holds messages.
			p := startProxy(t, sys, ProxySpec{Front: side(Pull, WithBind("inproc://in")), Back: side(Router, WithBind("inproc://out"), WithSendHWM(1)), Backlog: limit})
			in := open(t, sys, Push, WithConnect("inproc://in"), WithSendHWM(1))
			slow := open(t, sys, Dealer, WithRecvHWM(1), WithInbox(1, 1), WithIdentity([]byte("slow")), WithConnect("inproc://out"))
			good := open(t, sys, Dealer, WithIdentity([]byte("good")), WithConnect("inproc://out"))
			must(t, p.Back().WaitConnected(ctx, 2))
			must(t, in.WaitConnected(ctx, 1))
			const total = 50
			send := func(to string, from, count int) {
				for i := range count {
					must(t, in.Send(ctx, message(to, from+i)))
				}
			}
			expect := func(s *Socket, from, count int) {
				t.Helper()
				for last := from - 1; count > 0; count-- {
					number := int(binary.BigEndian.Uint64(receive(t, s).Frame(0)))
					if number <= last || number >= from+total {
						t.Fatalf("%d came after %d", number, last)
					}
					last = number
				}
			}
			if limit.Messages < 0 { // what is for the good one comes behind what is for the slow one
				var sender sync.WaitGroup
				sender.Go(func() { send("slow", 0, total); send("good", 0, total) })
				expect(slow, 0, total)
				expect(good, 0, total)
				sender.Wait()
				return
			}
			send("slow", 0, total)
			send("good", 0, total)
			expect(good, 0, total)
			proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.Received == 2*total && s.Forth.InHand == s.Forth.Postponed })
			kept := total - int(p.Stats().Forth.Dropped)
			if s := p.Stats().Forth; s.Postponed > 30 || s.Postponed < 20 || kept < 30 || kept == total {
				t.Fatalf("%+v", s)
			}
			must(t, p.Pause(ctx))
			expect(slow, 0, kept)
			proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.Postponed == 0 })
			p.Resume()
			send("slow", 1000, 20)
			expect(slow, 1000, 20)
			if m, err := good.TryRecv(); !errors.Is(err, ErrWouldBlock) {
				t.Error(m, err)
			}
		})
	}
}

func TestBacklogsOfManyPeersAreBoundedTogether(t *testing.T) {
	var b backlogs
	b.init(ProxyBacklog{Messages: 10, Bytes: 1000})
	taken := 0
	for i := range 200 {
		for range 3 {
			if b.add(Text(fmt.Sprint("peer ", i), "word")) {
				taken++
			}
		}
	}
	if taken != 10*backlogPeers || b.messages != taken || len(b.peers) != len(b.turns) {
		t.Errorf("%d messages, %d counted, %d peers, %d turns", taken, b.messages, len(b.peers), len(b.turns))
	}
	for len(b.turns) > 0 {
		b.drop(b.turns[0], 1)
	}
	if b.messages != 0 || b.bytes != 0 || len(b.peers) != 0 {
		t.Errorf("%+v", b)
	}
	large := Bytes([]byte("large"), make([]byte, 1<<20))
	if !b.add(large) || b.add(large) || b.add(Text("other", "word")) {
		t.Error("one message fits however large it is, and no other")
	}
}

// Peers of a Router that are fast, slow and stuck, through pauses and failures of the callback: each message comes once and in order, or is a
// dead letter.
func TestAProxyAccountsForAllThatPeersOfDifferentSpeedGet(t *testing.T) {
	const total, peers = 20_000, 5
	var dead atomic.Uint64
	sys := testSystem(t, WithDeadLetters(func(actor.DeadLetter) { dead.Add(1) }))
	ctx := testContext(t)
	crash := make(chan struct{}, 1)
	p := startProxy(t, sys, ProxySpec{
		Front: side(Pull, WithBind("inproc://speed-in")), Back: side(Router, WithBind("inproc://speed-out"), WithSendHWM(2)),
		Backlog: ProxyBacklog{Messages: 50}, Restart: true, Supervision: supervision.Spec{Intensity: 1000, Backoff: supervision.Backoff{Min: time.Millisecond, Max: time.Millisecond}},
		Capture: func(context.Context, *Socket, Message) error {
			select {
			case <-crash:
				panic("in the middle")
			default:
				return nil
			}
		},
	})
	in := open(t, sys, Push, WithConnect("inproc://speed-in"))
	var got atomic.Uint64
	var readers, sender sync.WaitGroup
	stuck := open(t, sys, Dealer, WithRecvHWM(1), WithInbox(1, 1), WithIdentity([]byte{1, peers}), WithConnect("inproc://speed-out"))
	var sockets []*Socket
	for i := range byte(peers) {
		hwm := 1 + 500*int(i%2) // every other one is slow
		s := open(t, sys, Dealer, WithRecvHWM(hwm), WithInbox(hwm, 1<<20), WithIdentity([]byte{1, i}), WithConnect("inproc://speed-out"))
		sockets = append(sockets, s)
		readers.Go(func() {
			last := -1
			for m, err := range s.All(ctx) {
				number := int(binary.BigEndian.Uint64(m.Frame(0)))
				if err != nil || number <= last || m.Len() != 2 || !bytes.Equal(m.Frame(1), m.Frame(0)) {
					t.Errorf("%d came after %d, %v", number, last, err)
					return
				}
				last = number
				got.Add(1)
			}
		})
	}
	must(t, p.Back().WaitConnected(ctx, peers+1))
	sender.Go(func() {
		for i := range uint64(total) {
			number := binary.BigEndian.AppendUint64(nil, i)
			if err := in.Send(ctx, Bytes([]byte{1, byte(i % (peers + 1))}, number, number)); err != nil {
				t.Error(err)
				return
			}
			switch i % 2000 {
			case 500:
				crash <- struct{}{}
			case 1500:
				if err := p.Pause(ctx); err != nil {
					t.Error(err)
				}
				p.Resume()
			}
		}
	})
	sender.Wait()
	proxyShows(t, p, func(s ProxyStats) bool {
		return s.Forth.Received == total && s.Forth.InHand == s.Forth.Postponed && s.Forth.Postponed <= 50
	})
	if s := p.Stats().Forth; s.Refused != dead.Load() || s.Dropped != s.Refused-s.Restarts || s.Restarts != 10 {
		t.Errorf("%+v, %d dead letters", s, dead.Load())
	}
	taken := p.Stats().Forth
	must(t, stuck.Close()) // its backlog becomes dead letters, and so does what it has not read
	proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.InHand == 0 })
	t.Logf("%+v, %d dead letters", taken, dead.Load())
	for ctx := testContext(t); got.Load()+p.Stats().Forth.Refused+stuck.Stats().Received < total-10; runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%d messages came, %d were refused, %d of %d are missing", got.Load(), p.Stats().Forth.Refused, stuck.Stats().Received, total)
		}
	}
	for _, s := range sockets {
		must(t, s.Close())
	}
	readers.Wait()
}

func TestABacklogComesToAnEndAlsoThroughARestartOfItsRouter(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	p := startProxy(t, sys, ProxySpec{Front: side(Pull, WithBind("inproc://kept-in")), Back: side(Router, WithBind("inproc://kept-out"), WithSendHWM(1)), Backlog: ProxyBacklog{Messages: 10}})
	in := open(t, sys, Push, WithConnect("inproc://kept-in"))
	for round := range 3 {
		name := fmt.Sprint("slow ", round)
		slow := open(t, sys, Dealer, WithRecvHWM(1), WithInbox(1, 1), WithIdentity([]byte(name)), WithConnect("inproc://kept-out"))
		reaches := func(word string) {
			t.Helper()
			for { // until it is known to the Router
				must(t, in.Send(ctx, Text(name, word)))
				short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
				m, err := slow.Recv(short)
				cancel()
				if err == nil && m.String() == word {
					return
				}
				if ctx.Err() != nil {
					t.Fatal(err, p.Stats())
				}
			}
		}
		reaches("before")
		before := p.Stats().Forth
		for i := range 20 {
			must(t, in.Send(ctx, Text(name, fmt.Sprint(i))))
		}
		proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.Dropped > before.Dropped && s.Forth.Postponed > 0 })
		lose(t, p.Back())
		reaches("after")
		proxyShows(t, p, func(s ProxyStats) bool { // what it can't get any more is a dead letter
			_, _ = slow.TryRecv()
			return s.Forth.InHand == 0
		})
		must(t, slow.Close())
	}
}
