package reqrep

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
)

func wantLost(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, ErrLost) || !errors.Is(err, ErrNoAnswer) {
		t.Errorf("got %v, want a lost call", err)
	}
}

func quietStats(t testing.TB, cli *Client[question, answer], want ClientStats) {
	t.Helper()
	if got := cli.Stats(); got != want || !got.Balanced() {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The contexts of these calls would last for a minute.
func TestCallsEndWhenTheConnectionIsLostAndTheNextOneSucceeds(t *testing.T) {
	for _, victim := range []string{"server", "client"} {
		t.Run(victim, func(t *testing.T) {
			onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
				g := newGated()
				srv, err := Serve(sys, endpoint, g.handle, WithConcurrency(2))
				must(t, err)
				cli := dial(t, sys, srv.Endpoint(), quick())
				const calls = 5 // more than the handlers
				results := make(chan error, calls)
				for n := range calls {
					go func() { _, err := cli.Call(ctx, question{n}); results <- err }()
				}
				<-g.begun
				<-g.begun
				for cli.Socket().Stats().Sent < calls {
					if ctx.Err() != nil {
						t.Fatal(cli.Socket().Stats())
					}
					<-time.After(time.Millisecond)
				}
				socket := srv.Socket()
				if victim == "client" {
					socket = cli.Socket()
				}
				must(t, socket.Ref().Tell(ctx, zsock.Fault{}))
				for range calls {
					wantLost(t, <-results)
				}
				quietStats(t, cli, ClientStats{Calls: calls, Lost: calls})
				close(g.gate)
				if a, err := cli.Call(ctx, question{3}); err != nil || a.Square != 9 {
					t.Error(a, err)
				}
			})
		})
	}
}

func TestALostCallIsSentAgainWithRetry(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		g := newGated()
		srv, err := Serve(sys, endpoint, g.handle)
		must(t, err)
		cli := dial(t, sys, srv.Endpoint(), quick(), WithRetry(2, time.Hour))
		result := make(chan error, 1)
		go func() {
			a, err := cli.Call(ctx, question{3})
			if err == nil && a.Square != 9 {
				err = errors.New("a wrong answer")
			}
			result <- err
		}()
		<-g.begun
		must(t, srv.Socket().Ref().Tell(ctx, zsock.Fault{}))
		<-g.begun
		close(g.gate)
		must(t, <-result)
		quietStats(t, cli, ClientStats{Calls: 1, Answered: 1, Retries: 1})
	})
}

// What a server has answered is no loss, even if it went right after it, and the client has no room for all the answers.
func TestAnswersThatCameBeforeTheEndOfTheirConnectionCount(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		router, err := sys.Open(zsock.Router, zsock.WithBind(endpoint), zsock.WithLinger(time.Minute))
		must(t, err)
		bound, err := router.Endpoints(ctx, zsock.Bound)
		must(t, err)
		cli := dial(t, sys, bound[0], WithSocket(zsock.WithInbox(2, 1<<20)))
		const calls = 500
		var group sync.WaitGroup
		for range calls {
			group.Go(func() {
				if a, err := cli.Call(ctx, question{7}); err != nil || a.Square != 49 {
					t.Error(a, err)
				}
			})
		}
		requests := make([]zsock.Message, calls)
		for i := range requests {
			requests[i], err = router.Recv(ctx)
			must(t, err)
		}
		for _, request := range requests {
			route, _ := request.Unwrap()
			must(t, router.Send(ctx, zsock.Text(`{"Square":49}`).Wrap(route...)))
		}
		must(t, router.Close())
		group.Wait()
		quietStats(t, cli, ClientStats{Calls: calls, Answered: calls})
	})
}

func TestTheLossOfOneServerOfTwoDoesNotEndTheCallsOfTheOther(t *testing.T) {
	ctx, sys := setUp(t)
	g := newGated()
	first, err := Serve(sys, "tcp://127.0.0.1:0", g.handle)
	must(t, err)
	second, err := Serve(sys, "tcp://127.0.0.1:0", g.handle)
	must(t, err)
	cli := dial(t, sys, first.Endpoint(), quick(), WithSocket(zsock.WithConnect(second.Endpoint())))
	must(t, cli.Socket().WaitConnected(ctx, 2))
	results := make(chan error, 2)
	for range 2 { // in turn, to either
		go func() { _, err := cli.Call(ctx, question{1}); results <- err }()
		<-g.begun
	}
	must(t, first.Socket().Ref().Tell(ctx, zsock.Fault{}))
	must(t, cli.Socket().WaitConnected(ctx, 2))
	select {
	case err := <-results:
		t.Error("one connection is still the same, and a call is over:", err)
	default:
	}
	// Now each connection is younger than the call that went over the first.
	must(t, second.Socket().Ref().Tell(ctx, zsock.Fault{}))
	for range 2 {
		wantLost(t, <-results)
	}
	close(g.gate)
}

// serverEndpoint makes the test binary a server process instead, whose answers wait for ever if serverMute is set.
const (
	serverEndpoint = "REQREP_TEST_SERVER"
	serverMute     = "REQREP_TEST_MUTE"
)

func serverProcess() error {
	sys, err := zsock.NewSystem()
	if err != nil {
		return err
	}
	srv, err := Serve(sys, os.Getenv(serverEndpoint), func(ctx context.Context, q question) (answer, error) {
		if os.Getenv(serverMute) != "" {
			<-ctx.Done()
		}
		return square(ctx, q)
	})
	if err != nil {
		return err
	}
	<-srv.Done() // until it is killed
	return srv.Err()
}

func TestAServerProcessThatIsKilledEndsItsCallsAndItsSuccessorAnswersTheRetries(t *testing.T) {
	ctx, sys := setUp(t)
	endpoint := "ipc://" + t.TempDir() + "/server"
	start := func(mute string) *exec.Cmd {
		self, err := os.Executable()
		must(t, err)
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), serverEndpoint+"="+endpoint, serverMute+"="+mute)
		cmd.Stderr = os.Stderr
		must(t, cmd.Start())
		return cmd
	}
	mute := start("yes")
	once, again := dial(t, sys, endpoint, quick()), dial(t, sys, endpoint, quick(), WithRetry(2, time.Hour))
	lost, retried := make(chan error, 1), make(chan error, 1)
	go func() { _, err := once.Call(ctx, question{3}); lost <- err }()
	go func() { _, err := again.Call(ctx, question{3}); retried <- err }()
	for once.Socket().Stats().Sent+again.Socket().Stats().Sent < 2 {
		if ctx.Err() != nil {
			t.Fatal("the server does not come")
		}
		<-time.After(time.Millisecond)
	}
	must(t, mute.Process.Kill())
	_ = mute.Wait()
	wantLost(t, <-lost)
	successor := start("")
	must(t, <-retried)
	if a, err := once.Call(ctx, question{4}); err != nil || a.Square != 16 {
		t.Error(a, err)
	}
	must(t, successor.Process.Kill())
	_ = successor.Wait()
}
