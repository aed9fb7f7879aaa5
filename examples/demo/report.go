package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report prints what came out, and returns what should not have.
func report(out io.Writer, d divided, s speed, restarts *tally) error {
	ofWorkers, ofSockets := restarts.get()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, values ...any) {
		fmt.Fprintf(table, "%s:\t%s\n", name, fmt.Sprintf(format, values...))
	}
	fmt.Fprintln(out, "Results")
	row("expected cost", "%v", d.cost)
	row("wall time", "%v", d.wall.Round(time.Millisecond))
	row("speed-up", "%.1f with %d workers", d.cost.Seconds()/d.wall.Seconds(), workers)
	row("tasks", "%d of %d results", d.results, tasks)
	row("handed out again", "%d tasks", d.stats.Redelivered)
	row("duplicates dropped", "%d", d.stats.Duplicates)
	row("throughput", "%.2f million messages/s, %.0f MB/s", float64(s.messages)/s.elapsed.Seconds()/1e6,
		float64(s.messages)*messageSize/s.elapsed.Seconds()/1e6)
	row("messages checked", "%d", s.messages)
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "worker restarts: %d\nsocket restarts: %d\n", ofWorkers, ofSockets)

	var wrong []error
	expect := func(what string, got, want int) {
		if got != want {
			wrong = append(wrong, fmt.Errorf("%s: %d, want %d", what, got, want))
		}
	}
	expect("tasks with exactly one right result", d.results, tasks)
	expect("worker restarts", ofWorkers, 1)
	expect("socket restarts", ofSockets, 1)
	if s.messages == 0 {
		wrong = append(wrong, errors.New("no message came through in the throughput run"))
	}
	return errors.Join(wrong...)
}
