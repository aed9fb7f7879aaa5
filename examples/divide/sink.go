package main

import (
	"context"
	"fmt"
	"time"

	"github.com/actomq/actomq/zsock"
)

// collect receives the begin of the batch and a result for each task, and returns how long that took. Messages of different
// peers have no order: the first result may even come before the begin, so only their number counts.
func (j job) collect(ctx context.Context, results *zsock.Socket) (wall time.Duration, err error) {
	if _, err := results.Recv(ctx); err != nil {
		return 0, err
	}
	begin := time.Now()
	for range j.tasks {
		if _, err := results.Recv(ctx); err != nil {
			return 0, err
		}
	}
	wall = time.Since(begin)
	fmt.Println("Total elapsed time:", wall.Milliseconds(), "ms")
	return wall, nil
}
