package reqrep

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

func TestACallToNowhereEndsWithItsContextAndWasNotSent(t *testing.T) {
	_, sys := setUp(t)
	for _, endpoint := range []string{"tcp://127.0.0.1:1", "ipc://" + t.TempDir() + "/nobody", "inproc://nobody"} {
		cli := dial(t, sys, endpoint, WithTimeout(20*time.Millisecond))
		_, err := cli.Call(context.Background(), question{1})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrNotSent) || !strings.Contains(err.Error(), endpoint) {
			t.Error(err)
		}
		if got := cli.Stats(); got != (ClientStats{Calls: 1, Abandoned: 1}) {
			t.Errorf("%+v", got)
		}
	}
}

func TestACallThatEndedBeforeItsServerCameIsNotHandled(t *testing.T) {
	ctx, sys := setUp(t)
	endpoint := "ipc://" + t.TempDir() + "/later"
	cli := dial(t, sys, endpoint, quick())
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := cli.Call(short, question{7}); !errors.Is(err, ErrNotSent) {
		t.Fatal(err)
	}
	srv, err := Serve(sys, endpoint, func(_ context.Context, q question) (answer, error) {
		if q.N == 7 {
			t.Error("the request of a call that was over")
		}
		return answer{q.N * q.N}, nil
	}, WithConcurrency(1))
	must(t, err)
	for range 3 { // one worker keeps the order
		if a, err := cli.Call(ctx, question{8}); err != nil || a.Square != 64 {
			t.Fatal(a, err)
		}
	}
	if got := srv.Stats().Requests; got != 3 {
		t.Error(got, "requests")
	}
}

func TestACallThatIsOverDoesNotTouchItsRequestAnyMore(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://alias", echo, WithCodec(patterns.Raw))
	must(t, err)
	cli, err := Dial[[]byte, []byte](sys, srv.Endpoint(), WithCodec(patterns.Raw))
	must(t, err)
	for _, size := range []int{100, 100_000} {
		request := bytes.Repeat([]byte("x"), size)
		for range 500 {
			short, cancel := context.WithCancel(ctx)
			go cancel()
			_, _ = cli.Call(short, request)
			request[0]++ // the race detector tells
		}
	}
}

func TestAStormOfCancelledCallsLeavesNothingBehind(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		srv, err := Serve(sys, endpoint, square)
		must(t, err)
		cli := dial(t, sys, srv.Endpoint(), WithInFlight(10))
		var group sync.WaitGroup
		for caller := range 50 {
			group.Go(func() {
				for i := range 40 {
					short, cancel := context.WithCancel(ctx)
					if i%2 == 0 {
						go cancel()
					}
					n := 40*caller + i
					a, err := cli.Call(short, question{n})
					if err == nil && a.Square != n*n || err != nil && (i%2 == 1 || !errors.Is(err, context.Canceled)) {
						t.Errorf("%d: %v %v", n, a, err)
					}
					cancel()
				}
			})
		}
		group.Wait()
		got := cli.Stats()
		if got.InFlight != 0 || got.Calls != got.Answered+got.Abandoned || got.Refused+got.Malformed+got.Retries != 0 {
			t.Errorf("%+v", got)
		}
		cli.pending.mu.Lock()
		defer cli.pending.mu.Unlock()
		if left := len(cli.pending.calls); left != 0 {
			t.Error(left, "calls left in the table")
		}
	})
}

func TestCloseEndsAllCallsWithErrClosed(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		g := newGated()
		defer close(g.gate)
		srv, err := Serve(sys, endpoint, g.handle)
		must(t, err)
		cli := dial(t, sys, srv.Endpoint(), WithInFlight(4))
		results := make(chan error, 8)
		for n := range cap(results) { // half of them wait for a slot
			go func() { _, err := cli.Call(ctx, question{n}); results <- err }()
		}
		for range 4 {
			<-g.begun
		}
		must(t, cli.Close(ctx))
		for range cap(results) {
			if err := <-results; !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		}
		<-cli.Done()
		must(t, cli.Err())
		if err := cli.WaitConnected(ctx); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func TestTheEndOfTheSystemEndsCalls(t *testing.T) {
	ctx, sys := setUp(t)
	g := newGated()
	srv, err := Serve(sys, "inproc://system", g.handle)
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	result := make(chan error, 1)
	go func() { _, err := cli.Call(ctx, question{}); result <- err }()
	<-g.begun
	must(t, sys.Close(ctx))
	if err := <-result; err == nil {
		t.Error("an answer")
	}
	<-srv.Done()
	<-cli.Done()
	if _, err := Dial[int, int](sys, "inproc://system"); err == nil {
		t.Error("a client in a closed system")
	}
}

func TestARetriedCallIsAnsweredOnceAndItsFirstAnswerCounts(t *testing.T) {
	ctx, sys := setUp(t)
	g := newGated()
	srv, err := Serve(sys, "inproc://retry", g.handle, WithConcurrency(3))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint(), WithRetry(3, 5*time.Millisecond))
	result := make(chan answer, 1)
	go func() {
		a, err := cli.Call(ctx, question{3})
		if err != nil {
			t.Error(err)
		}
		result <- a
	}()
	for range 3 {
		if n := <-g.begun; n != 3 {
			t.Error(n)
		}
	}
	close(g.gate)
	if a := <-result; a.Square != 9 {
		t.Error(a)
	}
	for cli.Stats().Late < 2 {
		if _, err := cli.Call(ctx, question{1}); err != nil {
			t.Fatal(err)
		}
	}
	if got := cli.Stats(); got.Calls != got.Answered || got.Retries < 2 {
		t.Errorf("%+v", got)
	}
}

func TestNonsenseFromTheServerIsCountedAndEndsNoOtherCall(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		router, err := sys.Open(zsock.Router, zsock.WithBind(endpoint))
		must(t, err)
		bound, err := router.Endpoints(ctx, zsock.Bound)
		must(t, err)
		cli := dial(t, sys, bound[0])
		result := make(chan error, 1)
		call := func() { _, err := cli.Call(ctx, question{1}); result <- err }
		go call()
		request, err := router.Recv(ctx)
		must(t, err)
		peer, number := request.Frame(0), request.Frame(1)
		for _, nonsense := range []zsock.Message{
			zsock.Text(""), zsock.Text("x"), zsock.Text("", "x"), zsock.Text("short", "", "{}"), zsock.Text("a", "b", "", "{}"),
			zsock.Text("12345678", "", "{}"), zsock.Bytes(number, []byte("{}")),
		} {
			must(t, router.Send(ctx, nonsense.Prepend(peer)))
		}
		must(t, router.Send(ctx, zsock.Text("one", "two").Wrap(peer, number)))
		if err := <-result; !errors.Is(err, ErrReply) {
			t.Error(err)
		}
		if got := cli.Stats(); got != (ClientStats{Calls: 1, Refused: 1, Malformed: 6, Late: 1}) {
			t.Errorf("%+v", got)
		}
	})
}

func FuzzRepliesAreReadWithoutPanic(f *testing.F) {
	f.Add([]byte("12345678"), []byte(""), []byte(""), []byte("code"), []byte("text"))
	f.Add([]byte("1"), []byte("2"), []byte("3"), []byte("4"), []byte("5"))
	f.Fuzz(func(t *testing.T, a, b, c, d, e []byte) {
		for n := 1; n <= 5; n++ {
			m := zsock.Bytes([][]byte{a, b, c, d, e}[:n]...)
			_, body, ok := splitReply(m)
			if !ok {
				continue
			}
			payload, err := readReply(body)
			if remote, is := errors.AsType[*RemoteError](err); is && (len(remote.Code) > maxCode || len(remote.Text) > maxText) {
				t.Error("not bounded")
			}
			if err == nil && body.Len() != 1 || err != nil && payload != nil {
				t.Error(payload, err)
			}
		}
	})
}
