package zsock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestSeed_S03_EverySocketTypeMakesARoundTrip(t *testing.T) {
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		ctx := testContext(t)
		request, reply := Text("ask", "", "more"), Text("answer")
		there := func(t *testing.T, from, to *Socket, m Message) {
			t.Helper()
			must(t, from.Send(ctx, m))
			if got := receive(t, to); !got.Equal(m) {
				t.Fatalf("got %q, want %q", got.Frames(), m.Frames())
			}
		}
		t.Run("PAIR", func(t *testing.T) {
			a, b := pair(t, sys, endpoint, Pair, Pair)
			defer a.Close()
			defer b.Close()
			there(t, a, b, request)
			there(t, b, a, reply)
		})
		t.Run("PUSH PULL", func(t *testing.T) {
			pull, push := pair(t, sys, endpoint, Pull, Push)
			defer pull.Close()
			defer push.Close()
			there(t, push, pull, request)
		})
		t.Run("REQ REP", func(t *testing.T) {
			rep, req := pair(t, sys, endpoint, Rep, Req)
			defer rep.Close()
			defer req.Close()
			for range 3 {
				there(t, req, rep, request)
				there(t, rep, req, reply)
			}
		})
		t.Run("DEALER ROUTER", func(t *testing.T) {
			router, dealer := pair(t, sys, endpoint, Router, Dealer, WithOption("linger", time.Second))
			defer router.Close()
			defer dealer.Close()
			must(t, dealer.Send(ctx, request))
			id, body, ok := receive(t, router).PopFront()
			if !ok || !body.Equal(request) {
				t.Fatal(body)
			}
			must(t, router.Send(ctx, reply.Prepend(id)))
			if got := receive(t, dealer); !got.Equal(reply) {
				t.Fatal(got)
			}
		})
		for _, types := range [][2]Type{{Pub, Sub}, {XPub, Sub}, {Pub, XSub}, {XPub, XSub}} {
			t.Run(fmt.Sprint(types), func(t *testing.T) {
				pub, sub := pair(t, sys, endpoint, types[0], types[1])
				defer pub.Close()
				defer sub.Close()
				must(t, sub.Subscribe(ctx, "ask"))
				must(t, pub.WaitSubscribers(ctx, "ask", 1))
				must(t, pub.Send(ctx, Text("other")))
				there(t, pub, sub, request)
			})
		}
		t.Run("STREAM", func(t *testing.T) {
			if endpoint[:3] != "tcp" {
				return // libzmq's STREAM speaks tcp only
			}
			server := open(t, sys, Stream, WithBind(endpoint))
			defer server.Close()
			client := open(t, sys, Stream, WithConnect(bound(t, server)))
			defer client.Close()
			hello := receive(t, client) // the notice of the connection: its id and an empty frame
			must(t, client.Send(ctx, Bytes(hello.Frame(0), []byte("raw"))))
			receive(t, server)
			if got := receive(t, server); string(got.Frame(1)) != "raw" {
				t.Fatal(got.Frames())
			}
		})
	})
}

func TestSeed_S26_ManySendersNeverTearAMessage(t *testing.T) {
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		ctx := testContext(t)
		pull, push := pair(t, sys, endpoint, Pull, Push)
		const senders, each = 100, 200
		var group sync.WaitGroup
		for sender := range senders {
			group.Go(func() {
				for i := range each {
					who := fmt.Sprint(sender)
					send := push.Send
					if i%2 == 0 {
						send = push.Post
					}
					if err := send(ctx, Text(who, fmt.Sprint(i), "", who)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		var mu sync.Mutex
		next := make(map[string]map[string]bool)
		var got atomic.Int64
		var readers sync.WaitGroup
		reading, stop := context.WithCancel(ctx)
		for range 100 {
			readers.Go(func() {
				for m, err := range pull.All(reading) {
					if err != nil {
						return
					}
					frames, err := m.Match(4)
					if err != nil || string(frames[0]) != string(frames[3]) || len(frames[2]) != 0 {
						t.Errorf("torn: %q %v", m.Frames(), err)
					}
					mu.Lock()
					seen := next[string(frames[0])]
					if seen == nil {
						seen = make(map[string]bool)
						next[string(frames[0])] = seen
					}
					if seen[string(frames[1])] {
						t.Errorf("doubled: %q", m.Frames())
					}
					seen[string(frames[1])] = true
					mu.Unlock()
					if got.Add(1) == senders*each {
						stop()
					}
				}
			})
		}
		group.Wait()
		readers.Wait()
		stop()
		if got.Load() != senders*each {
			t.Fatalf("%d of %d messages came", got.Load(), senders*each)
		}
	})
}

func TestSeed_S28_AThousandWaitingReceiversAllWake(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://waiters", Pull, Push)
	const waiters = 1000
	got := make(chan string, waiters)
	var group sync.WaitGroup
	for range waiters {
		group.Go(func() {
			m, err := pull.Recv(ctx)
			if err != nil {
				t.Error(err)
			}
			got <- m.String()
		})
	}
	for i := range waiters {
		must(t, push.Post(ctx, Text(fmt.Sprint(i))))
	}
	group.Wait()
	close(got)
	seen := make(map[string]bool)
	for s := range got {
		if seen[s] {
			t.Fatal("doubled", s)
		}
		seen[s] = true
	}
	if len(seen) != waiters {
		t.Fatal(len(seen))
	}
}

func TestSeed_S38_ACancelledReceiveLosesNoMessage(t *testing.T) {
	for name, channel := range map[string]bool{"inbox": false, "channel": true} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			pull, push := pair(t, sys, "inproc://cancel", Pull, Push)
			if channel {
				pull.Messages()
			}
			const rounds = 10000
			next, cancelledCount := 0, 0
			for i := range rounds {
				short, cancel := context.WithCancel(ctx)
				go cancel()
				must(t, push.Post(ctx, Text(fmt.Sprint(i))))
				m, err := pull.Recv(short)
				cancel()
				switch {
				case err == nil:
					if m.String() != fmt.Sprint(next) {
						t.Fatalf("got %s, want %d", m, next)
					}
					next++
				case errors.Is(err, context.Canceled):
					cancelledCount++
				default:
					t.Fatal(err)
				}
				for ; i-next > 500; next++ { // before the queues are full
					if m := receive(t, pull); m.String() != fmt.Sprint(next) {
						t.Fatalf("got %s, want %d", m, next)
					}
				}
			}
			for ; next < rounds; next++ {
				if m := receive(t, pull); m.String() != fmt.Sprint(next) {
					t.Fatalf("got %s, want %d", m, next)
				}
			}
			t.Logf("%d of %d receives were cancelled", cancelledCount, rounds)
			if cancelledCount == 0 {
				t.Error("no receive was cancelled: the test shows nothing")
			}
		})
	}
}

func TestSeed_S27_ACancelledSendIsEitherSentOrNot(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://cancel-send", Pull, Push, WithSendHWM(1), WithRecvHWM(1), WithInbox(1, 1))
	const rounds = 5000
	sent := make(chan uint64, rounds)
	go func() {
		defer close(sent)
		for i := range uint64(rounds) {
			short, cancel := context.WithCancel(ctx)
			go cancel()
			if push.Send(short, Bytes(binary.BigEndian.AppendUint64(nil, i))) == nil {
				sent <- i
			}
			cancel()
		}
	}()
	for i := range sent {
		if got := binary.BigEndian.Uint64(receive(t, pull).Frame(0)); got != i {
			t.Fatalf("got %d, want %d: a send that was reported cancelled arrived, or one that was reported sent did not", got, i)
		}
	}
	if m, err := pull.TryRecv(); !errors.Is(err, ErrWouldBlock) {
		t.Fatal(m, err)
	}
}

func TestOpeningAndClosingLeavesNothing(t *testing.T) {
	cycles := 10000
	if testing.Short() {
		cycles = 500
	}
	sys := testSystem(t)
	ctx := testContext(t)
	cycle := func(i int) {
		s, err := sys.Open(Type(i%12), WithLinger(0))
		must(t, err)
		if i%10 == 0 {
			must(t, s.Bind(ctx, "tcp://127.0.0.1:0"))
		}
		must(t, s.Close())
	}
	measure := func() (goroutines, fds int, heap uint64) {
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return runtime.NumGoroutine(), descriptors(), stats.HeapAlloc
	}
	for i := range 500 {
		cycle(i)
	}
	goroutines, fds, heap := measure()
	for i := range cycles {
		cycle(i)
	}
	for descriptors() > fds+5 && ctx.Err() == nil { // a thread of libzmq closes them, later
		runtime.Gosched()
	}
	goroutinesAfter, fdsAfter, heapAfter := measure()
	t.Logf("goroutines %d to %d, descriptors %d to %d, heap %d to %d KiB", goroutines, goroutinesAfter, fds, fdsAfter, heap>>10, heapAfter>>10)
	if goroutinesAfter > goroutines+3 || fdsAfter > fds+5 || heapAfter > heap+heap/2+1<<20 {
		t.Error("something grows")
	}
}

func TestBadInputIsAClearErrorAndHurtsNothing(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	rep, req := pair(t, sys, "tcp://127.0.0.1:0", Rep, Req)
	works := func() {
		t.Helper()
		must(t, req.Send(ctx, Text("still there?")))
		receive(t, rep)
		must(t, rep.Send(ctx, Text("yes")))
		receive(t, req)
	}
	check := func(name string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
			return
		}
		t.Logf("%s: %v", name, err)
		works()
	}
	_, err := sys.Open(Type(99))
	check("unknown type", err, ErrType)
	_, err = sys.Open(Pull, WithBind("tcp:/127.0.0.1:1"))
	check("endpoint that can't be parsed", err, ErrEndpoint)
	_, err = sys.Open(Pull, WithBind("tcp://127.0.0.1:99999"))
	check("port out of range", err, ErrEndpoint)
	_, err = sys.Open(Pull, WithBind(bound(t, rep)))
	check("address in use", err, ErrAddressInUse)
	_, err = sys.Open(Pull, WithBind("tcp://*:0"))
	check("bind to the world", err, ErrDenied)
	_, err = sys.Open(Push, WithSubscribe("a"))
	check("subscribe on PUSH", err, ErrType)
	check("bind again", rep.Bind(ctx, bound(t, rep)), ErrAddressInUse)
	check("unbind of nothing", rep.Unbind(ctx, "tcp://127.0.0.1:1"), ErrNoEndpoint)
	check("reply without request", rep.Send(ctx, Text("?")), ErrState)
	check("unknown option", rep.SetOption(ctx, "nonsense", 1), ErrUnknownOption)
	check("option of the wrong type", rep.SetOption(ctx, "sndhwm", "1"), ErrOptionType)
	check("option that can't be set", rep.SetOption(ctx, "last_endpoint", "x"), ErrOptionDirection)
	check("reserved option", rep.SetOption(ctx, "fd", 1), ErrOptionDirection)
	check("too large", req.Send(ctx, Bytes(make([]byte, 64<<20+1))), ErrTooLarge)

	pull, push := pair(t, sys, "inproc://frames", Pull, Push)
	check("send on PULL", pull.Send(ctx, Text("x")), ErrType)
	_, err = push.Recv(ctx)
	check("receive on PUSH", err, ErrType)
	must(t, push.Send(ctx, Text("one", "two")))
	must(t, push.Send(ctx, Bytes([]byte{0xff})))
	must(t, push.Send(ctx, Text("good")))
	_, err = pull.RecvBytes(ctx)
	check("two frames where one is wanted", err, ErrMultipart)
	_, err = pull.RecvString(ctx)
	check("invalid UTF-8", err, ErrText)
	if s, err := pull.RecvString(ctx); s != "good" || err != nil {
		t.Error(s, err)
	}
	router := open(t, sys, Router)
	check("nobody of that id", router.Send(ctx, Text("nobody", "hello")), ErrNoPeer)
	must(t, push.Close())
	check("send on a closed socket", push.Send(ctx, Text("x")), ErrClosed)
	check("post on a closed socket", push.Post(ctx, Text("x")), ErrClosed)
	check("bind on a closed socket", push.Bind(ctx, "inproc://y"), ErrClosed)
	must(t, pull.Close())
	_, err = pull.Recv(ctx)
	check("receive on a closed socket", err, ErrClosed)
}

func TestAConnectToNowhereStaysPendingAndIsVisible(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	nowhere := "ipc://" + t.TempDir() + "/nowhere" // a free port of tcp may be somebody else's by the time it is bound
	push := open(t, sys, Push, WithConnect(nowhere), WithOption("reconnect_ivl", 10*time.Millisecond))
	if list, err := push.Endpoints(ctx, Connected); err != nil || len(list) != 1 || list[0] != nowhere {
		t.Fatal(list, err)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := push.WaitConnected(short, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	must(t, push.Send(ctx, Text("for later")))
	late := open(t, sys, Pull, WithBind(nowhere))
	must(t, push.WaitConnected(ctx, 1))
	if m := receive(t, late); m.String() != "for later" {
		t.Fatal(m)
	}
}

func TestSendersFeelAFullPeerAndConnectOvertakesThem(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	push := open(t, sys, Push, WithOutbox(4))
	// Nobody is connected: libzmq takes nothing, so the outbox fills and Post waits.
	posted := 0
	for {
		err := push.TryPost(Text(fmt.Sprint(posted)))
		if errors.Is(err, ErrWouldBlock) {
			short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
			err = push.Post(short, Text(fmt.Sprint(posted)))
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				break
			}
		}
		must(t, err)
		posted++
	}
	if posted > 1000 {
		t.Fatalf("%d messages were accepted with nobody there", posted)
	}
	if err := push.TrySend(Text("now")); !errors.Is(err, ErrWouldBlock) {
		t.Fatal(err)
	}
	pull := open(t, sys, Pull, WithBind("inproc://late"))
	must(t, push.Connect(ctx, "inproc://late"))
	for i := range posted {
		if m := receive(t, pull); m.String() != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", m, i)
		}
	}
	must(t, push.TrySend(Text("now")))
	if m := receive(t, pull); m.String() != "now" {
		t.Fatal(m)
	}
}

func TestPressureReachesTheSenderAndNothingIsLost(t *testing.T) {
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		ctx := testContext(t)
		pull, push := pair(t, sys, endpoint, Pull, Push, WithSendHWM(10), WithRecvHWM(10), WithInbox(10, 1<<20), WithOutbox(10))
		const total = 20000
		go func() {
			batch := make([]Message, 100)
			for i := 0; i < total; i += len(batch) {
				for j := range batch {
					batch[j] = Text(fmt.Sprint(i + j))
				}
				if n, err := push.SendBatch(ctx, batch); err != nil || n != len(batch) {
					t.Error(n, err)
					return
				}
			}
		}()
		buf := make([]Message, 7)
		for i := 0; i < total; {
			n, err := pull.RecvBatch(ctx, buf)
			must(t, err)
			for _, m := range buf[:n] {
				if m.String() != fmt.Sprint(i) {
					t.Fatalf("got %s, want %d", m, i)
				}
				i++
			}
		}
		balance(t, push)
	})
}

// balance checks that every accepted message is accounted for. A peer can have a message before its sender has counted it,
// so the books are given time to close.
func balance(t testing.TB, s *Socket) {
	t.Helper()
	ctx := testContext(t)
	for !s.Stats().Balanced() {
		if ctx.Err() != nil {
			t.Errorf("%s: %v", s.Name(), s.Stats())
			return
		}
		runtime.Gosched()
	}
}

func TestSeed_S06_MessagesIsClosedWithTheSocketAndGivesNoEmptyMessage(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://channel", Pull, Push)
	ch := pull.Messages()
	if ch != pull.Messages() {
		t.Fatal("another channel")
	}
	const total = 1000
	for i := range total {
		must(t, push.Post(ctx, Text(fmt.Sprint(i))))
	}
	for i := range total / 2 {
		if m := <-ch; m.String() != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", m, i)
		}
	}
	for pull.received.Load() < total {
		runtime.Gosched()
	}
	must(t, pull.Close())
	if m, open := <-ch; open {
		t.Fatalf("the channel of a closed socket gave %q", m)
	}
	if got, want := pull.Stats(), (Stats{Received: total, Read: total / 2, Unread: total / 2}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if count, _ := sys.DeadLetters(); count != total/2 {
		t.Errorf("%d dead letters", count)
	}
}

func TestSeed_S08_CloseIsIdempotentAndConcurrent(t *testing.T) {
	sys := testSystem(t)
	s := open(t, sys, Pull, WithBind("inproc://close"))
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	must(t, s.Close())
	if !s.Closed() {
		t.Error("not closed")
	}
	<-s.Done()
}

func TestCloseWakesEverybodyWhoWaits(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull := open(t, sys, Pull, WithBind("inproc://wake"))
	push := open(t, sys, Push, WithLinger(0))
	errs := make(chan error, 40)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { _, err := pull.Recv(ctx); errs <- err })
		group.Go(func() { errs <- push.Send(ctx, Text("x")) })
		group.Go(func() { errs <- pull.WaitConnected(ctx, 1) })
	}
	must(t, pull.Close())
	must(t, push.Close())
	group.Wait()
	close(errs)
	for err := range errs {
		if !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
	balance(t, push)
}

func TestAReqDropsRepliesThatNobodyReadInTime(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	rep, req := pair(t, sys, "tcp://127.0.0.1:0", Rep, Req)
	must(t, req.Send(ctx, Text("first")))
	receive(t, rep)
	must(t, rep.Send(ctx, Text("to first")))
	for req.received.Load() == 0 {
		runtime.Gosched()
	}
	must(t, req.Send(ctx, Text("second")))
	receive(t, rep)
	must(t, rep.Send(ctx, Text("to second")))
	if m := receive(t, req); m.String() != "to second" {
		t.Fatalf("the answer to the second request is %q", m)
	}
}

func TestSystemCloseReturnsAtItsDeadlineAndCanBeRepeated(t *testing.T) {
	peers, sys := testSystem(t), testSystem(t)
	address := "ipc://" + t.TempDir() + "/late"
	push := open(t, sys, Push, WithConnect(address), WithLinger(-1), WithOption("reconnect_ivl", 5*time.Millisecond))
	must(t, push.Send(testContext(t), Text("kept for ever")))
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := sys.Close(short)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	t.Log(err)
	if _, err := sys.Open(Pull); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	pull := open(t, peers, Pull, WithBind(address))
	must(t, sys.Close(testContext(t)))
	if m := receive(t, pull); m.String() != "kept for ever" {
		t.Error(m)
	}
}

func TestWhatWasSentBeforeACloseArrivesWithinTheLinger(t *testing.T) {
	for name, endpoint := range map[string]string{"ipc": "ipc://" + t.TempDir() + "/linger", "tcp": "tcp://127.0.0.1:0"} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			push, pull := pair(t, sys, endpoint, Push, Pull, WithLinger(patience), WithInbox(10, 1<<20))
			const total = 500
			body := make([]byte, 70000)
			for range total {
				must(t, push.Send(ctx, Bytes(body))) // nobody reads yet, so most of it waits in libzmq
			}
			must(t, push.Close())
			for i := range total {
				if m, err := pull.Recv(ctx); err != nil || m.Size() != len(body) {
					t.Fatalf("message %d of %d: %v", i, total, err)
				}
			}
		})
	}
}
