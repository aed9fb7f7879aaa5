package supervision

import (
	"math/rand/v2"
	"time"
)

// Strategy says whom a failure concerns.
type Strategy int

// OneForOne restarts the child that failed, and nobody else.
const OneForOne Strategy = iota

func (s Strategy) String() string {
	if s == OneForOne {
		return "one-for-one"
	}
	return "unknown"
}

// Restart says which ends of a child call for a restart.
type Restart int

// The kinds of children.
const (
	Permanent Restart = iota // restarted after every failure
	Temporary                // never restarted
)

// Spec describes how a supervisor works. The zero value is a sensible one: one-for-one, at most 5 restarts in 10 seconds,
// backing off from 50 ms to 5 s.
type Spec struct {
	Strategy Strategy
	// Intensity is how many restarts Period may see; one more, and the supervisor gives up. 0 means 5, a negative number none.
	Intensity int
	// Period is the length of the window; 0 means 10 s.
	Period  time.Duration
	Backoff Backoff
	// Isolate gives each child a window of its own: a child that fails too often is then stopped and reported, and takes
	// neither its siblings nor the supervisor along. It suits children that have nothing to do with each other.
	Isolate bool
}

// Backoff says how long to wait before a restart. The zero value means the defaults named below.
type Backoff struct {
	Min        time.Duration // before the first restart; 50 ms
	Max        time.Duration // at most; 5 s
	Factor     float64       // from one failure in a row to the next; 2
	Jitter     float64       // a part of the delay, taken away or added at random within Max; 0.2; negative for none
	ResetAfter time.Duration // a child that ran this long after a restart counts as well again; 10 s
}

func (s Spec) withDefaults() Spec {
	if s.Intensity == 0 {
		s.Intensity = 5
	}
	if s.Period <= 0 {
		s.Period = 10 * time.Second
	}
	b := &s.Backoff
	if b.Min <= 0 {
		b.Min = 50 * time.Millisecond
	}
	if b.Max <= 0 {
		b.Max = 5 * time.Second
	}
	b.Max = max(b.Max, b.Min)
	if b.Factor < 1 {
		b.Factor = 2
	}
	switch {
	case b.Jitter == 0:
		b.Jitter = 0.2
	case b.Jitter < 0:
		b.Jitter = 0
	}
	b.Jitter = min(b.Jitter, 1)
	if b.ResetAfter <= 0 {
		b.ResetAfter = 10 * time.Second
	}
	return s
}

// delay before the restart that follows the given failure in a row, counted from 1. dice gives numbers in [0, 1).
func (b Backoff) delay(failure int, dice func() float64) time.Duration {
	d := float64(b.Min)
	for i := 1; i < failure && d < float64(b.Max); i++ {
		d *= b.Factor
	}
	d = min(d, float64(b.Max))
	d += d * b.Jitter * (2*dice() - 1)
	return time.Duration(min(d, float64(b.Max)))
}

// window remembers when restarts happened, no longer than it must.
type window struct{ times []time.Time }

// add reports whether one more restart at now stays within the limit.
func (w *window) add(now time.Time, limit int, period time.Duration) bool {
	first := 0
	for first < len(w.times) && now.Sub(w.times[first]) >= period {
		first++
	}
	w.times = append(w.times[:0], w.times[first:]...)
	if len(w.times) >= max(0, limit) {
		return false
	}
	w.times = append(w.times, now)
	return true
}

func defaultDice() float64 { return rand.Float64() }
