package reqrep

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

func square(_ context.Context, q question) (answer, error) {
	switch {
	case q.N == -1:
		panic("no such square")
	case q.N < 0:
		return answer{}, errors.New("negative")
	}
	return answer{q.N * q.N}, nil
}

func TestManyCallsAreMatchedWithTheirAnswers(t *testing.T) {
	for name, endpoint := range map[string]string{
		"inproc": "inproc://calls", "ipc": "ipc://" + t.TempDir() + "/calls", "tcp": "tcp://127.0.0.1:0",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, sys := setUp(t)
			srv, err := Serve(sys, endpoint, square, WithName("squares"))
			must(t, err)
			cli := dial(t, sys, srv.Endpoint(), WithInFlight(50))
			must(t, cli.WaitConnected(ctx))
			var group sync.WaitGroup
			for caller := range 100 {
				group.Go(func() {
					for i := range 20 {
						n := 20*caller + i
						if a, err := cli.Call(ctx, question{n}); err != nil || a.Square != n*n {
							t.Errorf("%d: %v %v", n, a, err)
						}
					}
				})
			}
			group.Wait()
			if got := srv.Stats(); got != (ServerStats{Received: 2000, Requests: 2000, Answered: 2000, Sent: 2000}) || !got.Balanced() {
				t.Errorf("%+v", got)
			}
			if got := cli.Stats(); got != (ClientStats{Calls: 2000, Answered: 2000}) {
				t.Errorf("%+v", got)
			}
			must(t, cli.Close(ctx))
			must(t, cli.Close(ctx))
			if _, err := cli.Call(ctx, question{1}); !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
			must(t, srv.Close(ctx))
			must(t, srv.Close(ctx))
		})
	}
}

func TestErrorsAndPanicsReachTheCallerAndTheServerGoesOn(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://errors", square, WithConcurrency(2))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	for round := range 20 {
		_, err := cli.Call(ctx, question{-1})
		remote, ok := errors.AsType[*RemoteError](err)
		if !ok || remote.Code != CodePanic || strings.Contains(remote.Text, "square") {
			t.Fatal(round, err)
		}
		_, err = cli.Call(ctx, question{-2})
		if remote, ok := errors.AsType[*RemoteError](err); !ok || remote.Code != CodeHandler || remote.Text != "negative" {
			t.Fatal(round, err)
		}
		if a, err := cli.Call(ctx, question{round}); err != nil || a.Square != round*round {
			t.Fatal(a, err)
		}
	}
}

func TestAPlainReqIsServedAndItsBadRequestsAreAnswered(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "tcp://127.0.0.1:0", square)
	must(t, err)
	req, err := sys.Open(zsock.Req, zsock.WithConnect(srv.Endpoint()))
	must(t, err)
	for request, want := range map[string]string{`{"N":3}`: `{"Square":9}`, `{"N":`: CodeRequest, "": CodeRequest} {
		must(t, req.Send(ctx, zsock.Text(request)))
		m, err := req.Recv(ctx)
		must(t, err)
		if m.Len() == 1 && m.String() != want || m.Len() == 3 && string(m.Frame(1)) != want {
			t.Errorf("%q: %q", request, m.Frames())
		}
	}
	// What has no envelope can't be answered; it is counted, and the next request is served.
	dealer, err := sys.Open(zsock.Dealer, zsock.WithConnect(srv.Endpoint()))
	must(t, err)
	must(t, dealer.Send(ctx, zsock.Text("no delimiter")))
	must(t, req.Send(ctx, zsock.Text(`{"N":4}`)))
	if s, err := req.RecvString(ctx); s != `{"Square":16}` || err != nil {
		t.Error(s, err)
	}
}

func TestTheClientSpeaksWithAPlainRepAndSurvivesNonsense(t *testing.T) {
	ctx, sys := setUp(t)
	rep, err := sys.Open(zsock.Rep, zsock.WithBind("tcp://127.0.0.1:0"))
	must(t, err)
	where, err := rep.Endpoints(ctx, zsock.Bound)
	must(t, err)
	cli := dial(t, sys, where[0])
	go func() {
		for m, err := range rep.All(ctx) {
			if err != nil {
				return
			}
			reply := zsock.Text(`{"Square":49}`)
			if m.String() == `{"N":8}` {
				reply = zsock.Text("nonsense")
			}
			if err := rep.Send(ctx, reply); err != nil {
				t.Error(err)
			}
		}
	}()
	if _, err := cli.Call(ctx, question{8}); !errors.Is(err, patterns.ErrCodec) {
		t.Error(err)
	}
	if a, err := cli.Call(ctx, question{7}); err != nil || a.Square != 49 {
		t.Error(a, err)
	}
}

func TestACallThatEndsFreesItsPlaceAndALateAnswerIsDropped(t *testing.T) {
	ctx, sys := setUp(t)
	gate := make(chan struct{})
	srv, err := Serve(sys, "inproc://slow", func(ctx context.Context, q question) (answer, error) {
		if q.N == 0 {
			select {
			case <-gate:
			case <-ctx.Done():
				return answer{}, ctx.Err()
			}
		}
		return answer{q.N}, nil
	}, WithConcurrency(4))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint(), WithInFlight(1))
	for range 3 {
		short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		if _, err := cli.Call(short, question{0}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		cancel()
		// One handler is stuck; the others, and the client's only place, are free.
		if a, err := cli.Call(ctx, question{5}); err != nil || a.Square != 5 {
			t.Fatal(a, err)
		}
	}
	close(gate)
	for cli.Stats().Late < 3 {
		if _, err := cli.Call(ctx, question{1}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCloseEndsCallsAndHandlers(t *testing.T) {
	ctx, sys := setUp(t)
	started := make(chan struct{})
	srv, err := Serve(sys, "inproc://stuck", func(ctx context.Context, _ question) (answer, error) {
		started <- struct{}{}
		<-ctx.Done()
		return answer{}, ctx.Err()
	})
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	result := make(chan error, 1)
	go func() { _, err := cli.Call(ctx, question{}); result <- err }()
	<-started
	must(t, cli.Close(ctx))
	if err := <-result; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	soon, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_ = srv.Close(soon) // interrupts the handler
	must(t, srv.Close(ctx))
}

func TestAServerWhoseSocketIsLostComesBackAndRetriedCallsSucceed(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "tcp://127.0.0.1:0", square)
	must(t, err)
	cli := dial(t, sys, srv.Endpoint(), WithRetry(50, 300*time.Millisecond), WithSocket(zsock.WithOption("reconnect_ivl", 5*time.Millisecond)))
	var group sync.WaitGroup
	for caller := range 20 {
		group.Go(func() {
			for i := range 100 {
				if caller == 0 && i%40 == 20 {
					if err := srv.Socket().Ref().Tell(ctx, zsock.Fault{}); err != nil {
						t.Error(err)
					}
				}
				if a, err := cli.Call(ctx, question{i}); err != nil || a.Square != i*i {
					t.Errorf("%d: %v %v", i, a, err)
					return
				}
			}
		})
	}
	group.Wait()
}
