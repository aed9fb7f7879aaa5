package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/actomq/actomq/zsock"
)

// ventilate sends the tasks once everybody is there, and returns what they cost together.
func (j job) ventilate(ctx context.Context, sys *zsock.System, tasks *zsock.Socket) (cost time.Duration, err error) {
	sink, err := sys.Open(zsock.Push, zsock.WithConnect(j.sink))
	if err != nil {
		return 0, err
	}
	if err := sink.WaitConnected(ctx, 1); err != nil {
		return 0, err
	}
	// A worker that comes late gets no share of what was sent before.
	if err := tasks.WaitConnected(ctx, j.workers); err != nil {
		return 0, err
	}
	if err := sink.Send(ctx, zsock.Text("0")); err != nil {
		return 0, err
	}
	for range j.tasks {
		milliseconds := 1 + rand.IntN(100)
		if err := tasks.Send(ctx, zsock.Text(strconv.Itoa(milliseconds))); err != nil {
			return 0, err
		}
		cost += time.Duration(milliseconds) * time.Millisecond
	}
	fmt.Println("Total expected cost:", cost.Milliseconds(), "ms")
	// libzmq has all tasks, the workers perhaps not yet. The close of the socket waits for them.
	return cost, tasks.SetOption(ctx, "linger", time.Duration(-1))
}
