package role

import (
	"runtime"
	"time"
)

// Tally counts, sums and times what a role receives, or only counts and times what it sends. One goroutine uses it.
type Tally struct {
	work     Work
	messages int
	sum      uint64
	started  time.Time
	ended    time.Time
	before   uint64 // objects allocated when the clock started
	after    uint64
	laps     []float64
	extra    Report // what else the role measured
}

// NewTally starts one for w.
func NewTally(w Work) *Tally { return &Tally{work: w} }

// Take adds a received message; it keeps no reference to it.
func (t *Tally) Take(message []byte) {
	t.sum = next(t.sum, value(message))
	t.count()
}

// TakeNumber adds a message that is nothing but its number, as Take does one of 8 bytes.
func (t *Tally) TakeNumber(seq uint64) {
	t.sum = next(t.sum, 8+seq)
	t.count()
}

// Sent adds messages that a sender got rid of.
func (t *Tally) Sent(messages int) {
	for range messages {
		t.count()
	}
}

func (t *Tally) count() {
	t.messages++
	switch t.messages {
	case t.work.Warmup:
		t.start()
	case t.work.Total():
		t.end()
	}
}

func (t *Tally) start() {
	t.before = mallocs()
	t.started = time.Now()
}

func (t *Tally) end() {
	t.ended = time.Now()
	t.after = mallocs()
}

// mallocs is how many objects the process has allocated.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// Done tells whether all messages were taken.
func (t *Tally) Done() bool { return t.messages >= t.work.Total() }

// Lap adds the latency of a round trip whose reply was just taken; warm-up is left out.
func (t *Tally) Lap(since time.Time) {
	if t.messages <= t.work.Warmup {
		return
	}
	if t.laps == nil {
		t.laps = make([]float64, 0, t.work.Count)
	}
	t.laps = append(t.laps, time.Since(since).Seconds())
}

// Report is what the tally has come to.
func (t *Tally) Report() Report {
	r := t.extra
	r.Messages, r.Checksum, r.Laps = t.messages, t.sum, quantiles(t.laps)
	if t.Done() {
		r.Seconds = t.ended.Sub(t.started).Seconds()
		r.Mallocs = t.after - t.before
	}
	return r
}
