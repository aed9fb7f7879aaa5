package main

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/exp/stats"
)

// stall is how long a role waits for one message, or for room for one, before it gives up and reports what it has.
const stall = 10 * time.Second

// work is what one run moves.
type work struct {
	size   int // bytes a message
	warmup int // messages before the clock starts, at least 1
	count  int // messages timed
	hwm    int // high-water mark of every socket, in messages
}

// total is the number of messages that a run moves, warm-up included.
func (w work) total() int { return w.warmup + w.count }

// arguments are those of a role's process, after the mode; peer.c takes the same.
func (w work) arguments(endpoint string) []string {
	return []string{endpoint, strconv.Itoa(w.size), strconv.Itoa(w.warmup), strconv.Itoa(w.count), strconv.Itoa(w.hwm)}
}

func parseWork(arguments []string) (endpoint string, w work, err error) {
	if len(arguments) != 5 {
		return "", w, fmt.Errorf("bench: a role takes ENDPOINT SIZE WARMUP COUNT HWM, not %q", arguments)
	}
	for i, field := range []*int{&w.size, &w.warmup, &w.count, &w.hwm} {
		if *field, err = strconv.Atoi(arguments[i+1]); err != nil {
			return "", w, fmt.Errorf("bench: %w", err)
		}
	}
	return arguments[0], w, w.check()
}

func (w work) check() error {
	if w.size < minSize || w.warmup < 1 || w.count < 1 || w.hwm < 1 {
		return fmt.Errorf("bench: size is at least %d, warm-up, count and high-water mark at least 1: %+v", minSize, w)
	}
	return nil
}

// report is what a role tells when it is done: one line of JSON. Times are in seconds.
type report struct {
	Endpoint string  `json:"endpoint,omitempty"` // first line of a role that binds: it is ready; the rest is not set
	Messages int     `json:"messages"`           // moved, warm-up included
	Checksum uint64  `json:"checksum"`           // of what was received, in order
	Seconds  float64 `json:"seconds"`            // from the end of the warm-up to the last message
	P50      float64 `json:"p50"`                // of round trips, requester only
	P99      float64 `json:"p99"`
}

// tally counts, sums and times what a role receives. One goroutine uses it.
type tally struct {
	work     work
	messages int
	sum      uint64
	started  time.Time
	ended    time.Time
	laps     []float64
}

func newTally(w work) *tally { return &tally{work: w} }

// take adds a received message; it keeps no reference to it.
func (t *tally) take(message []byte) {
	t.sum = checksum(t.sum, message)
	t.messages++
	switch t.messages {
	case t.work.warmup:
		t.started = time.Now()
	case t.work.total():
		t.ended = time.Now()
	}
}

// done tells whether all messages were taken.
func (t *tally) done() bool { return t.messages >= t.work.total() }

// lap adds the latency of a round trip whose reply was just taken; warm-up is left out.
func (t *tally) lap(since time.Time) {
	if t.messages <= t.work.warmup {
		return
	}
	if t.laps == nil {
		t.laps = make([]float64, 0, t.work.count)
	}
	t.laps = append(t.laps, time.Since(since).Seconds())
}

func (t *tally) report() report {
	r := report{Messages: t.messages, Checksum: t.sum}
	if t.done() {
		r.Seconds = t.ended.Sub(t.started).Seconds()
	}
	if len(t.laps) > 0 {
		q := stats.Quantiles(t.laps, 0.50, 0.99)
		r.P50, r.P99 = q[0], q[1]
	}
	return r
}
