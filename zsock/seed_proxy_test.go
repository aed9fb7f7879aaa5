package zsock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

func startProxy(t *testing.T, sys *System, spec ProxySpec) *Proxy {
	t.Helper()
	p, err := sys.StartProxy(testContext(t), spec)
	must(t, err)
	t.Cleanup(func() {
		if err := p.Stop(testContext(t), nil); err != nil {
			t.Error(err)
		}
		stats := p.Stats()
		for name, f := range map[string]Flow{"forth": stats.Forth, "back": stats.Back} {
			if f.InHand != 0 || f.Received != f.Forwarded+f.Refused {
				t.Errorf("%s: %+v", name, f)
			}
		}
	})
	return p
}

// proxyShows waits until holds does: a peer can have a message before its sender has counted it.
func proxyShows(t *testing.T, p *Proxy, holds func(ProxyStats) bool) {
	t.Helper()
	for ctx := testContext(t); !holds(p.Stats()); runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%+v", p.Stats())
		}
	}
}

func side(t Type, opts ...SocketOption) Side { return Side{t, opts} }

// around starts a PULL to PUSH proxy and the two sockets around it.
func around(t *testing.T, sys *System, spec ProxySpec) (p *Proxy, in, out *Socket) {
	t.Helper()
	spec.Front, spec.Back = side(Pull, WithBind("tcp://127.0.0.1:*")), side(Push, WithBind("tcp://127.0.0.1:*"), WithLinger(patience))
	p = startProxy(t, sys, spec)
	in = open(t, sys, Push, WithConnect(bound(t, p.Front())))
	out = open(t, sys, Pull, WithConnect(bound(t, p.Back())), WithOption("reconnect_ivl", 5*time.Millisecond))
	must(t, in.WaitConnected(testContext(t), 1))
	must(t, out.WaitConnected(testContext(t), 1))
	return p, in, out
}

func TestSeed_S29_AProxyPassesBothWaysAndEndsWhenEitherSocketCloses(t *testing.T) {
	for _, victim := range []string{"front", "back"} {
		t.Run(victim, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			p := startProxy(t, sys, ProxySpec{Front: side(Router, WithBind("inproc://front-"+victim)), Back: side(Dealer, WithBind("inproc://back-"+victim))})
			rep := open(t, sys, Rep, WithConnect("inproc://back-"+victim))
			var reqs []*Socket
			for range 3 {
				reqs = append(reqs, open(t, sys, Req, WithConnect("inproc://front-"+victim)))
			}
			for round := range 5 {
				for i, req := range reqs {
					must(t, req.Send(ctx, Text(fmt.Sprint(i), "", fmt.Sprint(round))))
				}
				for range reqs {
					must(t, rep.Send(ctx, receive(t, rep)))
				}
				for i, req := range reqs {
					if m := receive(t, req); !m.Equal(Text(fmt.Sprint(i), "", fmt.Sprint(round))) {
						t.Fatal(m.Frames())
					}
				}
			}
			proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.Forwarded == 15 && s.Back.Forwarded == 15 })
			must(t, map[string]*Socket{"front": p.Front(), "back": p.Back()}[victim].Close())
			if err := p.Run(ctx); err != nil {
				t.Error(err)
			}
			if !p.Front().Closed() || !p.Back().Closed() {
				t.Error("a socket of an ended proxy is open")
			}
		})
	}
	t.Run("one way", func(t *testing.T) {
		sys := testSystem(t)
		p, _, _ := around(t, sys, ProxySpec{})
		must(t, p.Back().Close()) // nothing is on its way, so nobody would find out by a send
		must(t, p.Run(testContext(t)))
	})
}

func TestSeed_S30_AProxyEndsWithAnyEventAndReturnsItsValue(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	p, in, out := around(t, sys, ProxySpec{})
	must(t, in.Send(ctx, Text("x")))
	receive(t, out)
	event := make(chan string, 1)
	event <- "enough"
	if value, err := RunUntil(ctx, p, event); value != "enough" || err != nil {
		t.Error(value, err)
	}
	p, _, _ = around(t, sys, ProxySpec{})
	wanted := errors.New("the operator said so")
	short, cancel := context.WithCancelCause(ctx)
	cancel(wanted)
	if err := p.Run(short); !errors.Is(err, wanted) {
		t.Error(err)
	}
	p, _, _ = around(t, sys, ProxySpec{})
	must(t, p.Stop(ctx, wanted))
	if err := p.Run(ctx); !errors.Is(err, wanted) || p.Err() != err {
		t.Error(err)
	}
}

func TestSeed_S31_CaptureSeesEachMessageBeforeItIsForwarded(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	seen := make(chan string, 10)
	release := make(chan struct{})
	p, in, out := around(t, sys, ProxySpec{
		Capture: func(ctx context.Context, from *Socket, m Message) error {
			if from.Type() != Pull {
				t.Error(from.Name())
			}
			seen <- m.String()
			select {
			case <-release:
			case <-ctx.Done():
			}
			return nil
		},
		CaptureTo: &Side{Pub, []SocketOption{WithBind("inproc://captured")}},
	})
	tap := open(t, sys, Sub, WithConnect("inproc://captured"), WithSubscribe(""))
	must(t, p.capture.WaitSubscribers(ctx, "", 1))
	must(t, in.Send(ctx, Text("one", "more")))
	if text := <-seen; text != "one" {
		t.Error(text)
	}
	if m, err := out.TryRecv(); !errors.Is(err, ErrWouldBlock) {
		t.Error("forwarded before the callback returned:", m, err)
	}
	close(release)
	for _, s := range []*Socket{out, tap} {
		if m := receive(t, s); !m.Equal(Text("one", "more")) {
			t.Error(s.Name(), m.Frames())
		}
	}
}

func TestSeed_S32_AnErrorOfCaptureEndsTheProxyOrRestartsIt(t *testing.T) {
	wrong := errors.New("wrong")
	poison := func(_ context.Context, _ *Socket, m Message) error {
		switch m.String() {
		case "error":
			return wrong
		case "panic":
			panic("wrong")
		case "exit":
			runtime.Goexit()
		}
		return nil
	}
	for _, how := range []string{"error", "panic", "exit"} {
		t.Run(how+" ends", func(t *testing.T) {
			letters := make(chan actor.DeadLetter, 10)
			sys := testSystem(t, WithDeadLetters(func(l actor.DeadLetter) { letters <- l }))
			ctx := testContext(t)
			p, in, out := around(t, sys, ProxySpec{Capture: poison})
			must(t, in.Send(ctx, Text("good")))
			receive(t, out)
			must(t, in.Send(ctx, Text(how)))
			err := p.Run(ctx)
			if _, panicked := errors.AsType[*actor.PanicError](err); !panicked && !errors.Is(err, wrong) && !errors.Is(err, errExited) {
				t.Error(err)
			}
			if m := (<-letters).Message.(Message); m.String() != how {
				t.Error(m)
			}
		})
		t.Run(how+" restarts", func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			p, in, out := around(t, sys, ProxySpec{Capture: poison, Restart: true,
				Supervision: supervision.Spec{Intensity: 3, Backoff: supervision.Backoff{Min: time.Millisecond}}})
			for i := range 3 {
				must(t, in.Send(ctx, Text(how)))
				must(t, in.Send(ctx, Text(fmt.Sprint(i))))
				if m := receive(t, out); m.String() != fmt.Sprint(i) {
					t.Fatal(m)
				}
			}
			proxyShows(t, p, func(s ProxyStats) bool {
				return s.Forth.Restarts == 3 && s.Forth.Refused == 3 && s.Forth.Forwarded == 3
			})
			must(t, in.Send(ctx, Text(how))) // once too often
			err := p.Run(ctx)
			if _, panicked := errors.AsType[*actor.PanicError](err); !panicked && !errors.Is(err, wrong) && !errors.Is(err, errExited) {
				t.Error(err)
			}
		})
	}
}

func TestAProxyForwardsSubscriptionsAndKeepsThemThroughARestart(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	p := startProxy(t, sys, ProxySpec{Front: side(XSub, WithBind("tcp://127.0.0.1:*")), Back: side(XPub, WithBind("tcp://127.0.0.1:*"))})
	pub := open(t, sys, Pub, WithConnect(bound(t, p.Front())), WithOption("reconnect_ivl", 5*time.Millisecond))
	var subs []*Socket
	for range 2 {
		subs = append(subs, open(t, sys, Sub, WithConnect(bound(t, p.Back())), WithSubscribe("a"), WithOption("reconnect_ivl", 5*time.Millisecond)))
	}
	must(t, pub.WaitSubscribers(ctx, "a", 1))
	reach := func() {
		t.Helper()
		for _, sub := range subs {
			for {
				must(t, pub.Send(ctx, Text("b")))
				must(t, pub.Send(ctx, Text("a1")))
				short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
				m, err := sub.Recv(short)
				cancel()
				if err == nil && m.String() != "a1" {
					t.Fatal(m)
				}
				if err == nil {
					break
				}
				if ctx.Err() != nil {
					t.Fatal(err)
				}
			}
		}
	}
	reach()
	lose(t, p.Front())
	must(t, pub.WaitSubscribers(ctx, "a", 1))
	reach()
	lose(t, p.Back())
	reach()
}

func TestAMessageToAnUnknownPeerIsADeadLetterAndHoldsNobodyUp(t *testing.T) {
	letters := make(chan actor.DeadLetter, 10)
	sys := testSystem(t, WithDeadLetters(func(l actor.DeadLetter) { letters <- l }))
	ctx := testContext(t)
	p := startProxy(t, sys, ProxySpec{Front: side(Pull, WithBind("inproc://in")), Back: side(Router, WithBind("inproc://out"))})
	in := open(t, sys, Push, WithConnect("inproc://in"))
	out := open(t, sys, Dealer, WithIdentity([]byte("there")), WithConnect("inproc://out"))
	must(t, out.WaitConnected(ctx, 1))
	for _, peer := range []string{"there", "nowhere", "there"} {
		must(t, in.Send(ctx, Text(peer, "hello")))
	}
	must(t, in.Send(ctx, Text("no body")))
	for range 2 {
		receive(t, out)
	}
	for _, want := range []error{ErrNoPeer, ErrMultipart} {
		if l := <-letters; !errors.Is(l.Reason, want) {
			t.Errorf("%v, want %v", l.Reason, want)
		}
	}
	proxyShows(t, p, func(s ProxyStats) bool {
		return s.Forth.Received == 4 && s.Forth.Forwarded == 2 && s.Forth.Refused == 2
	})
}

func TestProxyRefusesWhatCannotPass(t *testing.T) {
	sys := testSystem(t)
	for _, spec := range []ProxySpec{
		{Front: side(Pull), Back: side(Pull)}, {Front: side(Pub), Back: side(Push)}, {Front: side(Type(77)), Back: side(Push)},
		{Front: side(Pull), Back: side(Push), CaptureTo: &Side{Pull, nil}},
	} {
		if _, err := sys.StartProxy(testContext(t), spec); !errors.Is(err, ErrType) {
			t.Errorf("%+v: %v", spec, err)
		}
	}
	if _, err := sys.StartProxy(testContext(t), ProxySpec{Front: side(Pull, WithBind("nonsense")), Back: side(Push)}); !errors.Is(err, ErrEndpoint) {
		t.Error(err)
	}
	must(t, startProxy(t, sys, ProxySpec{Front: side(Pull), Back: side(Push)}).Stop(testContext(t), nil))
}

func TestAProxyMovesAMillionMessagesThroughPausesKillsAndRestarts(t *testing.T) {
	total := uint64(1_000_000)
	if testing.Short() || raceEnabled {
		total = 50_000
	}
	var dead, crashes atomic.Uint64
	sys := testSystem(t, quickRestarts(), WithDeadLetters(func(actor.DeadLetter) { dead.Add(1) }))
	ctx := testContext(t)
	crash := make(chan struct{}, 1)
	p, in, out := around(t, sys, ProxySpec{
		Restart: true, Supervision: supervision.Spec{Intensity: 1000, Backoff: supervision.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond}},
		Capture: func(context.Context, *Socket, Message) error {
			select {
			case <-crash:
				crashes.Add(1)
				panic("killed in the middle")
			default:
				return nil
			}
		},
	})
	go func() {
		batch := make([]Message, 0, 100)
		for n := uint64(0); n < total; {
			batch = batch[:0]
			for ; n < total && len(batch) < cap(batch); n++ {
				frames := make([][]byte, 1+n%5)
				for i := range frames {
					frames[i] = binary.LittleEndian.AppendUint64(nil, n)
				}
				batch = append(batch, Bytes(frames...))
			}
			if _, err := in.SendBatch(ctx, batch); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	seen := make([]bool, total)
	got, disturbed, kills := uint64(0), uint64(0), 0
	buffer := make([]Message, 256)
	for got+dead.Load() < total {
		n, err := out.RecvBatch(ctx, buffer)
		if err != nil {
			t.Fatalf("%v: %d of %d, %d dead, %+v", err, got, total, dead.Load(), p.Stats())
		}
		for _, m := range buffer[:n] {
			number := binary.LittleEndian.Uint64(m.Frame(0))
			if uint64(m.Len()) != 1+number%5 || !slices.Equal(m.Frame(0), m.Frame(m.Len()-1)) {
				t.Fatalf("message %d came with %d frames", number, m.Len())
			}
			if seen[number] {
				t.Fatalf("message %d came twice", number)
			}
			seen[number] = true
		}
		if got += uint64(n); got*10/total > disturbed {
			disturbed = got * 10 / total
			switch disturbed % 3 {
			case 0: // its linger lets what libzmq has taken arrive
				must(t, p.Back().Ref().Tell(ctx, Fault{}))
				kills++
			case 1:
				must(t, p.Pause(ctx))
				before := p.Stats().Forth.Received
				if after := p.Stats().Forth.Received; after != before {
					t.Errorf("received %d, then %d during a pause", before, after)
				}
				p.Resume()
			default:
				select {
				case crash <- struct{}{}:
				default:
				}
			}
		}
	}
	if got+dead.Load() != total || crashes.Load() == 0 || dead.Load() != crashes.Load() {
		t.Errorf("%d of %d messages, %d dead, %d crashes", got, total, dead.Load(), crashes.Load())
	}
	proxyShows(t, p, func(s ProxyStats) bool {
		return s.Forth.Restarts == crashes.Load() && s.Forth.Received == total && s.Forth.Forwarded == got
	})
	t.Logf("%d messages, %d dead letters, %d restarts, %d sockets killed", got, dead.Load(), p.Stats().Forth.Restarts, kills)
}
