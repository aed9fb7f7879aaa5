package reqrep

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

func TestAPeerThatDoesNotReadHoldsUpNobodyElse(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, _ *zsock.System, endpoint string) {
		var letters letters
		_, sys := setUp(t, zsock.WithDeadLetters(letters.note))
		large := make([]byte, 64<<10)
		srv, err := Serve(sys, endpoint, func(context.Context, []byte) ([]byte, error) { return large, nil },
			WithCodec(patterns.Raw), WithSocket(zsock.WithSendHWM(10)))
		must(t, err)
		deaf, err := sys.Open(zsock.Dealer, zsock.WithConnect(srv.Endpoint()), zsock.WithRecvHWM(1), zsock.WithInbox(1, 1))
		must(t, err)
		var group sync.WaitGroup
		defer group.Wait()
		group.Go(func() {
			for range 1000 {
				if err := deaf.Send(ctx, zsock.Text("id", "", "x")); err != nil {
					t.Error(err)
					return
				}
			}
		})
		cli, err := Dial[[]byte, []byte](sys, srv.Endpoint(), WithCodec(patterns.Raw))
		must(t, err)
		for srv.Stats().Unread == 0 {
			if a, err := cli.Call(ctx, []byte("y")); err != nil || len(a) != len(large) {
				t.Fatal(len(a), err)
			}
		}
		for range 100 {
			if a, err := cli.Call(ctx, []byte("y")); err != nil || len(a) != len(large) {
				t.Fatal(len(a), err)
			}
		}
		for ; !srv.Stats().Balanced() || srv.Stats().Received < 1000; runtime.Gosched() {
			if ctx.Err() != nil {
				t.Fatalf("%+v", srv.Stats())
			}
		}
		// What is left is what was kept for it: everything else is a dead letter with the reason.
		got := srv.Stats()
		if n := letters.count(ErrUnread); n != got.Unread || got.Gone != 0 {
			t.Errorf("%+v, %d dead letters", got, n)
		}
		for kept := got.Sent - cli.Stats().Answered; kept > 0; kept-- {
			m, err := deaf.Recv(ctx)
			must(t, err)
			if m.Len() != 3 || len(m.Frame(2)) != len(large) {
				t.Fatal(m.Len())
			}
		}
		if m, err := deaf.TryRecv(); err == nil {
			t.Error("one more", m.Len())
		}
		// And it is served again.
		must(t, deaf.Send(ctx, zsock.Text("id", "", "x")))
		_, err = deaf.Recv(ctx)
		must(t, err)
	})
}

func TestRepliesWhoseCallerIsGoneAreDeadLetters(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, _ *zsock.System, endpoint string) {
		var letters letters
		_, sys := setUp(t, zsock.WithDeadLetters(letters.note))
		turn := make(chan struct{})
		srv, err := Serve(sys, endpoint, func(ctx context.Context, _ int) (int, error) {
			select {
			case <-turn:
			case <-ctx.Done():
			}
			return 1, nil
		}, WithConcurrency(1))
		must(t, err)
		caller, err := sys.Open(zsock.Dealer, zsock.WithIdentity("gone"), zsock.WithConnect(srv.Endpoint()))
		must(t, err)
		const requests = 20
		for range requests {
			must(t, caller.Send(ctx, zsock.Text("id", "", "1")))
		}
		for ; srv.Stats().Received < requests || srv.Stats().InHand == 0; runtime.Gosched() {
			if ctx.Err() != nil {
				t.Fatalf("%+v", srv.Stats())
			}
		}
		if got := srv.Stats(); got != (ServerStats{Received: requests, Waiting: requests - 1, Requests: 1, InHand: 1}) || !got.Balanced() {
			t.Errorf("%+v", got)
		}
		must(t, caller.Close())
		for ; !errors.Is(srv.Socket().TrySend(zsock.Text("gone", "are you there?")), zsock.ErrNoPeer); runtime.Gosched() {
			if ctx.Err() != nil {
				t.Fatal("libzmq does not notice")
			}
		}
		close(turn)
		for ; srv.Stats().Gone < requests || !srv.Stats().Balanced(); runtime.Gosched() {
			if ctx.Err() != nil {
				t.Fatalf("%+v", srv.Stats())
			}
		}
		if n := letters.count(ErrGone); n != requests {
			t.Errorf("%d dead letters", n)
		}
	})
}

func TestACallerHearsOfARefusalThatIsTooLongItself(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://short", func(context.Context, int) (int, error) { return 0, errors.New(strings.Repeat("x", 1000)) },
		WithSocket(zsock.WithOption("maxmsgsize", 100)))
	must(t, err)
	cli, err := Dial[int, int](sys, srv.Endpoint())
	must(t, err)
	_, err = cli.Call(ctx, 1)
	wantCode(t, err, CodeHandler)
	if got := srv.Stats(); got != (ServerStats{Received: 1, Requests: 1, Failed: 1, Sent: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestRequestsThatNobodyTakesAreAccountedForAtTheEnd(t *testing.T) {
	ctx, sys := setUp(t)
	g := newGated()
	srv, err := Serve(sys, "inproc://end", g.handle, WithConcurrency(1))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	const calls = 10
	results := make(chan error, calls)
	for n := range calls {
		go func() { _, err := cli.Call(ctx, question{n}); results <- err }()
	}
	<-g.begun
	for ; srv.Stats().Received < calls; runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("%+v", srv.Stats())
		}
	}
	if got := srv.Stats(); got != (ServerStats{Received: calls, Requests: 1, InHand: 1, Waiting: calls - 1}) || !got.Balanced() {
		t.Errorf("%+v", got)
	}
	closed := make(chan error, 1)
	go func() { closed <- srv.Close(ctx) }()
	<-srv.draining.Done()
	close(g.gate)
	must(t, <-closed)
	if got := srv.Stats(); got != (ServerStats{Received: calls, Requests: 1, Answered: 1, Sent: 1, Dropped: calls - 1}) || !got.Balanced() {
		t.Errorf("%+v", got)
	}
	for range calls {
		if err := <-results; err != nil {
			wantLost(t, err)
		}
	}
	if got := cli.Stats(); got != (ClientStats{Calls: calls, Answered: 1, Lost: calls - 1}) {
		t.Errorf("%+v", got)
	}
}

func TestASlowHandlerHoldsUpItsOwnCallOnly(t *testing.T) {
	ctx, sys := setUp(t)
	g := newGated()
	srv, err := Serve(sys, "inproc://slow", func(ctx context.Context, q question) (answer, error) {
		if q.N == 0 {
			return g.handle(ctx, q)
		}
		return square(ctx, q)
	}, WithConcurrency(2))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	slow := make(chan error, 1)
	go func() { _, err := cli.Call(ctx, question{0}); slow <- err }()
	<-g.begun
	for n := range 100 {
		if a, err := cli.Call(ctx, question{n + 1}); err != nil || a.Square != (n+1)*(n+1) {
			t.Fatal(a, err)
		}
	}
	close(g.gate)
	must(t, <-slow)
}

func TestAnOverloadIsFeltByTheCallersAndDropsNothing(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		small := []zsock.SocketOption{zsock.WithInbox(2, 1<<20), zsock.WithSendHWM(2), zsock.WithRecvHWM(2)}
		srv, err := Serve(sys, endpoint, square, WithConcurrency(1), WithSocket(append(small, zsock.WithSendHWM(1000))...))
		must(t, err)
		cli := dial(t, sys, srv.Endpoint(), WithSocket(small...), WithSocket(zsock.WithRecvHWM(1000)))
		var group sync.WaitGroup
		for n := range 500 {
			group.Go(func() {
				if a, err := cli.Call(ctx, question{n}); err != nil || a.Square != n*n {
					t.Errorf("%d: %v %v", n, a, err)
				}
			})
		}
		group.Wait()
		if got := srv.Stats(); got != (ServerStats{Received: 500, Requests: 500, Answered: 500, Sent: 500}) {
			t.Errorf("%+v", got)
		}
	})
}

func TestNoNumberOfPanicsBurnsTheServerDownAndTheStackIsReported(t *testing.T) {
	failed := make(failures, 1)
	ctx, sys := setUp(t, zsock.WithEvents(failed.note))
	srv, err := Serve(sys, "inproc://poison", square, WithConcurrency(4))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	var group sync.WaitGroup
	const poison, good = 100, 100
	for n := range poison + good {
		group.Go(func() {
			if n < poison {
				_, err := cli.Call(ctx, question{-1})
				wantCode(t, err, CodePanic)
			} else if a, err := cli.Call(ctx, question{n}); err != nil || a.Square != n*n {
				t.Error(a, err)
			}
		})
	}
	group.Wait()
	const all = poison + good
	if got := srv.Stats(); got != (ServerStats{Received: all, Requests: all, Answered: good, Panicked: poison, Sent: all}) {
		t.Errorf("%+v", got)
	}
	e := <-failed
	if p, ok := errors.AsType[*actor.PanicError](e.Err); !ok || p.Value != "no such square" || !strings.Contains(string(e.Stack), "square") {
		t.Errorf("%v\n%s", e.Err, e.Stack)
	}
}

func TestAHandlerThatEndsItsGoroutineIsAPanic(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://exit", func(_ context.Context, n int) (int, error) {
		if n == 0 {
			runtime.Goexit()
		}
		return n, nil
	}, WithConcurrency(1))
	must(t, err)
	cli, err := Dial[int, int](sys, srv.Endpoint())
	must(t, err)
	for range 3 {
		_, err = cli.Call(ctx, 0)
		wantCode(t, err, CodePanic)
		if n, err := cli.Call(ctx, 1); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
}

type faulty struct{ patterns.Codec }

func (faulty) Unmarshal([]byte, any) error { panic("codec") }

func TestACodecThatPanicsCostsItsRequestOnly(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://codec", square, WithCodec(faulty{patterns.JSON}))
	must(t, err)
	_, err = dial(t, sys, srv.Endpoint()).Call(ctx, question{1})
	wantCode(t, err, CodePanic)
}

func TestTheHandlerChoosesTheCodeAndTheRestIsToldByTheServer(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://codes", func(_ context.Context, n int) (any, error) {
		switch n {
		case 0:
			return nil, fmt.Errorf("wrapped: %w", &RemoteError{"own", "text"})
		case 1:
			return func() {}, nil
		case 2:
			return strings.Repeat("x", 1<<20), nil
		}
		return nil, errors.New(strings.Repeat("ä", maxText))
	}, WithSocket(zsock.WithOption("maxmsgsize", 1<<20)))
	must(t, err)
	cli, err := Dial[int, any](sys, srv.Endpoint())
	must(t, err)
	for n, code := range []string{"own", CodeReply, CodeReply, CodeHandler} {
		_, err := cli.Call(ctx, n)
		wantCode(t, err, code)
	}
	_, err = cli.Call(ctx, 3)
	if remote, ok := errors.AsType[*RemoteError](err); !ok || remote.Text != strings.Repeat("ä", maxText/2) {
		t.Error("a long text is not cut to whole characters")
	}
	text, err := Dial[string, any](sys, srv.Endpoint())
	must(t, err)
	_, err = text.Call(ctx, "no number")
	wantCode(t, err, CodeRequest)
	if got := srv.Stats(); got != (ServerStats{Received: 6, Requests: 6, Failed: 5, Refused: 1, Sent: 6}) {
		t.Errorf("%+v", got)
	}
}

func TestCloseLetsHandlersFinishAndTheirAnswersArrive(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		g := newGated()
		srv, err := Serve(sys, endpoint, g.handle, WithConcurrency(3))
		must(t, err)
		cli := dial(t, sys, srv.Endpoint())
		var group sync.WaitGroup
		for n := range 3 {
			group.Go(func() {
				if a, err := cli.Call(ctx, question{n}); err != nil || a.Square != n*n {
					t.Errorf("%v %v %+v %+v", a, err, srv.Stats(), cli.Stats())
				}
			})
			<-g.begun
		}
		closed := make(chan error, 1)
		go func() { closed <- srv.Close(ctx) }()
		<-srv.draining.Done()
		close(g.gate)
		must(t, <-closed)
		group.Wait()
		<-srv.Done()
		must(t, srv.Err())
	})
}

func TestCloseThatRunsOutOfTimeInterruptsHandlersAndSaysSo(t *testing.T) {
	ctx, sys := setUp(t)
	g, release := newGated(), make(chan struct{})
	srv, err := Serve(sys, "inproc://stuck", func(ctx context.Context, q question) (answer, error) {
		defer func() { <-release }()
		return g.handle(ctx, q)
	}, WithName("stubborn"))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	result := make(chan error, 1)
	go func() { _, err := cli.Call(ctx, question{}); result <- err }()
	<-g.begun
	over, cancel := context.WithCancel(ctx)
	cancel()
	if err := srv.Close(over); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stubborn") {
		t.Error(err)
	}
	close(release)
	must(t, srv.Close(ctx))
	must(t, cli.Close(ctx))
	if err := <-result; err == nil {
		t.Error("an interrupted call has an answer")
	}
}

func TestAServerWhoseSocketIsGivenUpEndsAndSaysWhy(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://doomed", square)
	must(t, err)
	for {
		select {
		case <-srv.Done():
			if srv.Err() == nil {
				t.Error("no cause")
			}
			return
		case <-ctx.Done():
			t.Fatal("it was not given up")
		default:
			_ = srv.Socket().Ref().Tell(ctx, zsock.Fault{}) // until the supervisor has enough
			runtime.Gosched()
		}
	}
}

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	_, sys := setUp(t)
	for name, opt := range map[string]Option{
		"foreign": WithInFlight(1), "no handler": WithConcurrency(0), "codec": WithSocket(zsock.WithOption("nonsense", 1)),
	} {
		if srv, err := Serve(sys, "inproc://options", square, opt); err == nil {
			t.Error(name, srv)
		}
	}
	for name, opt := range map[string]Option{
		"foreign": WithConcurrency(1), "no call": WithInFlight(0), "no time": WithTimeout(0), "no try": WithRetry(0, time.Second),
	} {
		if cli, err := Dial[int, int](sys, "inproc://options", opt); !errors.Is(err, ErrOption) {
			t.Error(name, cli, err)
		}
	}
	first, err := Serve(sys, "inproc://options", square, WithName("one"))
	must(t, err)
	if _, err := Serve(sys, "inproc://other", square, WithName("one")); !errors.Is(err, actor.ErrNameTaken) {
		t.Error(err)
	}
	if _, err := Serve(sys, "inproc://options", square); !errors.Is(err, zsock.ErrAddressInUse) {
		t.Error(err)
	}
	if seen := sys.Snapshot().String(); !strings.Contains(seen, "handled=0") || first.Name() != "one" {
		t.Error(seen)
	}
}
