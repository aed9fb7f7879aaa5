package supervision

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Strategy says whom a failure concerns.
type Strategy int

const (
	// OneForOne restarts the child that failed, and nobody else.
	OneForOne Strategy = iota
	// AllForOne restarts all children when one fails: they stop in reverse order, and start again in order.
	AllForOne
	// RestForOne restarts the child that failed and those that were started after it, in the same way.
	RestForOne
	// Dynamic is OneForOne for any number of children of one kind that come and go, see Kind: it begins without children,
	// they have no order, and they stop all at the same time.
	Dynamic
)

func (s Strategy) String() string {
	switch s {
	case OneForOne:
		return "one-for-one"
	case AllForOne:
		return "all-for-one"
	case RestForOne:
		return "rest-for-one"
	case Dynamic:
		return "dynamic"
	}
	return fmt.Sprintf("Strategy(%d)", int(s))
}

// AutoShutdown says when a supervisor ends because its significant children have.
type AutoShutdown int

const (
	// Never is the default.
	Never AutoShutdown = iota
	// AnySignificant ends the supervisor with the first significant child that is gone.
	AnySignificant
	// AllSignificant ends it with the last one.
	AllSignificant
)

// Spec describes how a supervisor works. The zero value is a sensible one: one-for-one, at most 5 restarts in 10 seconds,
// backing off from 50 ms to 5 s, 5 s for each child to stop.
type Spec struct {
	Strategy Strategy
	// Intensity is how many restarts Period may see; one more, and the supervisor gives up. 0 means 5, a negative number none.
	// Restarting several children because of one counts once.
	Intensity int
	// Period is the length of the window; 0 means 10 s.
	Period  time.Duration
	Backoff Backoff
	// Isolate gives each child a window of its own: a child that fails too often is then stopped and reported, and takes
	// neither its siblings nor the supervisor along. It suits children that have nothing to do with each other, so not
	// AllForOne and RestForOne.
	Isolate bool
	// Shutdown is how long a child may take to stop before it is reported and left behind; 0 means 5 s, a negative value as
	// long as it likes. Nested supervisors may always take as long as their children.
	Shutdown time.Duration
	// MaxChildren is how many children there may be at a time; 0 means 10,000 for Dynamic, and otherwise no limit, as a
	// negative value does for all.
	MaxChildren int
	// AutoShutdown has the supervisor end when its significant children have; the default is Never.
	AutoShutdown AutoShutdown
}

// Backoff says how long to wait before a restart. The zero value means the defaults named below.
type Backoff struct {
	Min        time.Duration // before the first restart; 50 ms
	Max        time.Duration // at most; 5 s
	Factor     float64       // from one failure in a row to the next, 1 or more; 2
	Jitter     float64       // a part of the delay, at most all, taken away or added at random within Max; 0.2; negative for none
	ResetAfter time.Duration // a child that ran this long after its Start counts as well again; 10 s
}

func (s Spec) withDefaults() Spec {
	if s.Intensity == 0 {
		s.Intensity = 5
	}
	if s.Period == 0 {
		s.Period = 10 * time.Second
	}
	if s.Shutdown == 0 {
		s.Shutdown = 5 * time.Second
	}
	if s.MaxChildren == 0 && s.Strategy == Dynamic {
		s.MaxChildren = 10_000
	}
	b := &s.Backoff
	if b.Min == 0 {
		b.Min = 50 * time.Millisecond
	}
	if b.Max == 0 {
		b.Max = 5 * time.Second
	}
	b.Max = max(b.Max, b.Min)
	if b.Factor == 0 {
		b.Factor = 2
	}
	switch {
	case b.Jitter == 0:
		b.Jitter = 0.2
	case b.Jitter < 0:
		b.Jitter = 0
	}
	b.Jitter = min(b.Jitter, 1)
	if b.ResetAfter == 0 {
		b.ResetAfter = 10 * time.Second
	}
	return s
}

// check says what is wrong with s and the children that the supervisor starts with.
func (s Spec) check(children []Child) error {
	switch {
	case s.Strategy < OneForOne || s.Strategy > Dynamic:
		return fmt.Errorf("%w: unknown %v", ErrSpec, s.Strategy)
	case s.Period < 0:
		return fmt.Errorf("%w: Period is %v: want more than 0, or 0 for 10 s", ErrSpec, s.Period)
	case s.AutoShutdown < Never || s.AutoShutdown > AllSignificant:
		return fmt.Errorf("%w: unknown AutoShutdown(%d)", ErrSpec, int(s.AutoShutdown))
	case s.Isolate && s.inCompany():
		return fmt.Errorf("%w: Isolate does not go with %v, whose children are restarted together", ErrSpec, s.Strategy)
	case s.Strategy == Dynamic && len(children) > 0:
		return fmt.Errorf("%w: a dynamic supervisor begins without children: want them added by a Kind", ErrSpec)
	case s.MaxChildren > 0 && len(children) > s.MaxChildren:
		return fmt.Errorf("%w: %d children, but MaxChildren is %d", ErrSpec, len(children), s.MaxChildren)
	}
	if err := s.Backoff.check(); err != nil {
		return err
	}
	names := make(map[string]bool)
	for _, c := range children {
		if err := c.check(s); err != nil {
			return err
		}
		if names[c.Name] && c.Name != "" {
			return fmt.Errorf("%w: two children are named %q", ErrSpec, c.Name)
		}
		names[c.Name] = true
	}
	return nil
}

// check says what is wrong with b.
func (b Backoff) check() error {
	for name, d := range map[string]time.Duration{"Min": b.Min, "Max": b.Max, "ResetAfter": b.ResetAfter} {
		if d < 0 {
			return fmt.Errorf("%w: Backoff.%s is %v: want more than 0, or 0 for the default", ErrSpec, name, d)
		}
	}
	switch {
	case b.Max > 0 && b.Max < b.Min:
		return fmt.Errorf("%w: Backoff.Max is %v, less than Min, which is %v", ErrSpec, b.Max, b.Min)
	case b.Factor != 0 && !(b.Factor >= 1):
		return fmt.Errorf("%w: Backoff.Factor is %v: want 1 or more, or 0 for 2", ErrSpec, b.Factor)
	case math.IsNaN(b.Jitter):
		return fmt.Errorf("%w: Backoff.Jitter is NaN: want a part of the delay, 0 for 0.2, or a negative number for none", ErrSpec)
	}
	return nil
}

// inCompany reports whether a failure of one child restarts others.
func (s Spec) inCompany() bool { return s.Strategy == AllForOne || s.Strategy == RestForOne }

// delay before the restart that follows the given failure in a row, counted from 1. dice gives numbers in [0, 1).
func (b Backoff) delay(failure int, dice func() float64) time.Duration {
	d := min(float64(b.Min)*math.Pow(b.Factor, float64(failure-1)), float64(b.Max))
	d += d * b.Jitter * (2*dice() - 1)
	if d >= float64(b.Max) { // which as a float may be more than a Duration can be
		return b.Max
	}
	return time.Duration(d)
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
