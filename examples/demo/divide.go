package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/patterns/pipeline"
	"github.com/actomq/actomq/zsock"
)

const (
	workers = 10
	tasks   = 100
)

// Task is work of a given cost in milliseconds.
type Task struct{ Cost int }

// divided is what the divide and conquer came to.
type divided struct {
	cost    time.Duration // of all tasks, one after the other
	wall    time.Duration
	results int // tasks with exactly one right result
	stats   pipeline.Stats
}

func divideAndConquer(ctx context.Context, out io.Writer, sys *zsock.System, seed uint64) (d divided, err error) {
	dice := rand.New(rand.NewPCG(seed, 0))
	costs := make([]int, tasks)
	for i := range costs {
		costs[i] = 1 + dice.IntN(100)
		d.cost += time.Duration(costs[i]) * time.Millisecond
	}
	var begun atomic.Int64
	job := pipeline.Topology[Task, int]{Workers: workers, Endpoint: "tcp://127.0.0.1:*",
		Work: func(ctx context.Context, t Task) (int, error) {
			if begun.Add(1) == tasks/3 {
				panic("this worker was made to panic")
			}
			return simulate(ctx, t.Cost)
		}}
	run, err := job.Run(sys)
	if err != nil {
		return d, err
	}
	fmt.Fprintf(out, "Divide and conquer: %d tasks of 1 to 100 ms, %d workers on %s\n", tasks, workers, run.Endpoint())
	fmt.Fprintf(out, "expected cost: %v\n", d.cost)

	seen := make([]int, tasks)
	begin, done := time.Now(), 0
	for r, err := range run.Process(ctx, func(yield func(Task) bool) {
		for _, cost := range costs {
			if !yield(Task{cost}) {
				return
			}
		}
	}) {
		if err != nil {
			return d, err
		}
		if r.Value == costs[r.Number] {
			seen[r.Number]++
		}
		if done++; done == tasks/2 {
			// All workers have tasks, and messages are under way.
			if err := run.Socket().Ref().Tell(ctx, zsock.Fault{}); err != nil {
				return d, err
			}
		}
	}
	d.wall = time.Since(begin)
	for _, times := range seen {
		if times == 1 {
			d.results++
		}
	}
	d.stats = run.Stats()
	return d, nil
}

// simulate takes as long as the work would.
func simulate(ctx context.Context, cost int) (int, error) {
	timer := time.NewTimer(time.Duration(cost) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return cost, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
