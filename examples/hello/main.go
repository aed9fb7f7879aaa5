// Hello is the hello world of ZeroMQ: a client asks "Hello", a server answers "World", over REQ and REP.
//
//	go run ./examples/hello                 # both sides in one process
//	go run ./examples/hello -role server    # one side, in this or in any other language on the other end
//	go run ./examples/hello -role client
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"

	"github.com/actomq/actomq/zsock"
)

func main() {
	role := flag.String("role", "both", "`side` to run: server, client or both")
	endpoint := flag.String("endpoint", "tcp://127.0.0.1:5555", "where the server binds; port 0 lets the system choose")
	n := flag.Int("n", 0, "requests (default 3; a server of its own runs until interrupted)")
	flag.Parse()
	if *n == 0 && *role != "server" {
		*n = 3
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-c kills
	if err := run(ctx, *role, *endpoint, *n); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, role, endpoint string, n int) (err error) {
	sys, err := zsock.NewSystem()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close(context.Background())) }()

	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unexpected argument %q; -h lists the flags", flag.Arg(0))
	case n < 0:
		return errors.New("-n needs at least 1")
	case role == "both":
		return both(ctx, sys, endpoint, n)
	case role == "client":
		return client(ctx, sys, endpoint, n)
	case role == "server":
		rep, _, err := listen(ctx, sys, endpoint)
		if err != nil {
			return err
		}
		if err := server(ctx, rep, n); ctx.Err() == nil {
			return err
		}
		return nil // an interrupt is how a server ends
	}
	return fmt.Errorf("-role %q is not server, client or both", role)
}

func both(ctx context.Context, sys *zsock.System, endpoint string, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rep, where, err := listen(ctx, sys, endpoint)
	if err != nil {
		return err
	}
	var side sync.WaitGroup
	side.Go(func() {
		if err := server(ctx, rep, n); err != nil {
			cancel(err) // which the client returns
		}
	})
	err = client(ctx, sys, where, n)
	cancel(nil)
	side.Wait()
	return err
}

// listen opens the server's socket and tells where it is bound.
func listen(ctx context.Context, sys *zsock.System, endpoint string) (rep *zsock.Socket, where string, err error) {
	rep, err = sys.Open(zsock.Rep, zsock.WithName("server"), zsock.WithBind(endpoint))
	if err != nil {
		return nil, "", err
	}
	bound, err := rep.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return nil, "", err
	}
	fmt.Println("listening on", bound[0])
	return rep, bound[0], nil
}

// server answers n requests, or any number when n is 0.
func server(ctx context.Context, rep *zsock.Socket, n int) error {
	answered := 0
	for request, err := range rep.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("Server received: %q\n", request)
		if err := rep.Send(ctx, zsock.Text("World")); err != nil {
			return err
		}
		if answered++; answered == n {
			break
		}
	}
	return nil
}

func client(ctx context.Context, sys *zsock.System, endpoint string, n int) error {
	req, err := sys.Open(zsock.Req, zsock.WithName("client"), zsock.WithConnect(endpoint))
	if err != nil {
		return err
	}
	for i := range n {
		if err := req.Send(ctx, zsock.Text("Hello")); err != nil {
			return err
		}
		answer, err := req.RecvString(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("Client received %q (#%d)\n", answer, i)
	}
	return nil
}
