package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/actomq/actomq/zsock"
)

// work runs all workers until ctx ends or one of them fails.
func (j job) work(ctx context.Context, sys *zsock.System) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for range j.workers {
		workers.Go(func() { cancel(j.worker(ctx, sys)) })
	}
	workers.Wait()
	return context.Cause(ctx)
}

// worker does one task after the other and tells the sink of each. It has two sockets of its own.
func (j job) worker(ctx context.Context, sys *zsock.System) error {
	results, err := sys.Open(zsock.Push, zsock.WithConnect(j.sink))
	if err != nil {
		return err
	}
	tasks, err := sys.Open(zsock.Pull, zsock.WithConnect(j.ventilator))
	if err != nil {
		return err
	}
	for task, err := range tasks.All(ctx) {
		if err != nil {
			return err
		}
		milliseconds, err := strconv.ParseUint(task.String(), 10, 31)
		if err != nil {
			return fmt.Errorf("task %q is not a number of milliseconds", task)
		}
		select {
		case <-time.After(time.Duration(milliseconds) * time.Millisecond): // the work
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := results.Send(ctx, zsock.Text("")); err != nil {
			return err
		}
	}
	return nil
}
