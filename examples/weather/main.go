// Weather publishes a random report at a time for one of 100,000 places; a client subscribes to one of them and works out the
// average of ten temperatures. A report is one frame, "ZIP TEMPERATURE HUMIDITY", over PUB and SUB.
//
//	go run ./examples/weather                             # both sides in one process
//	go run ./examples/weather -role server                # one side, in this or in any other language on the other end
//	go run ./examples/weather -role client -zip 10001
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
	endpoint := flag.String("endpoint", "tcp://127.0.0.1:5556", "where the server binds; port 0 lets the system choose")
	zip := flag.String("zip", "10001", "ZIP code to subscribe to, or the first digits of several")
	n := flag.Int("n", 0, "reports for the client to receive (default 10), or for a server of its own to publish (default: no end)")
	flag.Parse()
	if *n == 0 && *role != "server" {
		*n = 10
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-c kills
	if err := run(ctx, *role, *endpoint, *zip, *n); err != nil {
		fmt.Fprintln(os.Stderr, "weather:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, role, endpoint, zip string, n int) (err error) {
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
		return both(ctx, sys, endpoint, zip, n)
	case role == "client":
		return client(ctx, sys, endpoint, zip, n)
	case role == "server":
		pub, _, err := listen(ctx, sys, endpoint)
		if err != nil {
			return err
		}
		if err := server(ctx, pub, n); ctx.Err() == nil {
			return err
		}
		return nil // an interrupt is how a server ends
	}
	return fmt.Errorf("-role %q is not server, client or both", role)
}

func both(ctx context.Context, sys *zsock.System, endpoint, zip string, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pub, where, err := listen(ctx, sys, endpoint)
	if err != nil {
		return err
	}
	var side sync.WaitGroup
	side.Go(func() {
		if err := server(ctx, pub, 0); err != nil {
			cancel(err) // which the client returns
		}
	})
	err = client(ctx, sys, where, zip, n)
	cancel(nil)
	side.Wait()
	return err
}
