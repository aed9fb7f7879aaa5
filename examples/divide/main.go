// Divide is divide and conquer: a ventilator pushes tasks to workers, and the workers push results to a sink. A task is a
// number of milliseconds to work for, a result is an empty message, and "0" tells the sink that the batch begins.
//
//	go run ./examples/divide                                # all sides in one process
//	go run ./examples/divide -role sink                     # one side, in this or in any other language on the other ends
//	go run ./examples/divide -role worker -workers 10
//	go run ./examples/divide -role ventilator -workers 10
//
// PUSH and PULL deliver at most once: the tasks of a worker that dies are lost. The package patterns/pipeline hands them to
// another worker instead.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/actomq/actomq/zsock"
)

// job is what the flags say.
type job struct {
	ventilator string // endpoint that it binds
	sink       string // endpoint that it binds
	tasks      int
	workers    int
}

func main() {
	var j job
	role := flag.String("role", "all", "`side` to run: ventilator, worker, sink or all")
	flag.StringVar(&j.ventilator, "ventilator", "tcp://127.0.0.1:5557", "where the ventilator binds; port 0 lets the system choose")
	flag.StringVar(&j.sink, "sink", "tcp://127.0.0.1:5558", "where the sink binds; port 0 lets the system choose")
	flag.IntVar(&j.tasks, "n", 100, "tasks")
	flag.IntVar(&j.workers, "workers", 10, "workers to run, and for the ventilator to wait for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-c kills
	if err := j.run(ctx, *role); err != nil {
		fmt.Fprintln(os.Stderr, "divide:", err)
		os.Exit(1)
	}
}

func (j job) run(ctx context.Context, role string) (err error) {
	sys, err := zsock.NewSystem()
	if err != nil {
		return err
	}
	defer func() {
		closing := ctx // ctrl-c ends the wait for unsent tasks
		if ctx.Err() != nil {
			closing = context.Background()
		}
		err = errors.Join(err, sys.Close(closing))
	}()

	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unexpected argument %q; -h lists the flags", flag.Arg(0))
	case j.tasks < 1 || j.workers < 1:
		return errors.New("-n and -workers need at least 1")
	case role == "all":
		return j.all(ctx, sys)
	case role == "ventilator":
		tasks, _, err := listen(ctx, sys, zsock.Push, j.ventilator)
		if err != nil {
			return err
		}
		_, err = j.ventilate(ctx, sys, tasks)
		return err
	case role == "worker":
		if err := j.work(ctx, sys); ctx.Err() == nil {
			return err
		}
		return nil // an interrupt is how workers end
	case role == "sink":
		results, _, err := listen(ctx, sys, zsock.Pull, j.sink)
		if err != nil {
			return err
		}
		_, err = j.collect(ctx, results)
		return err
	}
	return fmt.Errorf("-role %q is not ventilator, worker, sink or all", role)
}

func (j job) all(ctx context.Context, sys *zsock.System) error {
	results, where, err := listen(ctx, sys, zsock.Pull, j.sink)
	if err != nil {
		return err
	}
	j.sink = where
	tasks, where, err := listen(ctx, sys, zsock.Push, j.ventilator)
	if err != nil {
		return err
	}
	j.ventilator = where

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var sides sync.WaitGroup
	var cost time.Duration
	sides.Go(func() {
		var err error
		if cost, err = j.ventilate(ctx, sys, tasks); err != nil {
			cancel(err) // which the sink returns
		}
	})
	sides.Go(func() {
		if err := j.work(ctx, sys); err != nil {
			cancel(err)
		}
	})
	wall, err := j.collect(ctx, results)
	cancel(nil)
	sides.Wait()
	if err != nil {
		return err
	}
	fmt.Printf("Speed-up: %.1f with %d workers\n", cost.Seconds()/wall.Seconds(), j.workers)
	return nil
}

// listen opens a socket that binds, and tells where.
func listen(ctx context.Context, sys *zsock.System, t zsock.Type, endpoint string) (s *zsock.Socket, where string, err error) {
	s, err = sys.Open(t, zsock.WithBind(endpoint))
	if err != nil {
		return nil, "", err
	}
	bound, err := s.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return nil, "", err
	}
	fmt.Println("listening on", bound[0])
	return s, bound[0], nil
}
