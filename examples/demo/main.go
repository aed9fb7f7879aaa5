// Demo shows what ActoMQ is for: a hundred tasks go to ten workers over tcp, one worker panics and one socket is killed on the
// way, the supervisor brings both back, and every task yields exactly one result. Then it measures a plain PUSH to PULL
// connection. It exits with 1 when anything is not as it should be.
//
//	go run ./examples/demo
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/actomq/actomq/zsock"
)

func main() {
	os.Exit(program(os.Args[1:]))
}

func program(arguments []string) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "of the simulated costs")
	length := flags.Duration("throughput", 3*time.Second, "length of the throughput run")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := demo(ctx, os.Stdout, *seed, *length); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return 1
	}
	return 0
}

func demo(ctx context.Context, out io.Writer, seed uint64, length time.Duration) (err error) {
	var restarts tally
	sys, err := zsock.NewSystem(zsock.WithEvents(restarts.note), zsock.WithLogger(slog.New(newTidyHandler(out))))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close(ctx)) }()

	divided, err := divideAndConquer(ctx, out, sys, seed)
	if err != nil {
		return err
	}
	speed, err := throughput(ctx, out, sys, length)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nSupervision tree\n%v\n", sys.Snapshot())
	return report(out, divided, speed, &restarts)
}
