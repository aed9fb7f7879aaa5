package main

import (
	"context"
	"fmt"
	"time"
)

// plan is what a bench measures and how.
type plan struct {
	cases      []benchCase
	contenders []contender
	bases      []string // names of contenders that ratios are taken to
	rounds     int
	messages   int // 0: the case's own
	size       int // 0: the case's own
	quick      bool
	limit      time.Duration // of one run
	self       string        // this program, for the roles of Go contenders
	peer       string        // the compiled peer.c
}

// series is what one contender did in one case.
type series struct {
	contender string
	reports   []report // one a round, in order; none after a failure
	failure   error
}

// steps is the number of runs that measure makes at most.
func (p plan) steps() int { return len(p.cases) * len(p.contenders) * p.rounds }

// measure runs all rounds of a case. After a failure a contender runs no more in it. done is called after each run, with a
// line that says what came out. An error means that nothing was measured: the context ended.
func (p plan) measure(ctx context.Context, c benchCase, done func(string)) ([]series, error) {
	w := c.work(p.messages, p.size, p.quick)
	if err := w.check(); err != nil {
		return nil, err
	}
	want := expected(w.size, w.total())
	all := make([]series, len(p.contenders))
	for i, contender := range p.contenders {
		all[i].contender = contender.name
	}
	for round := range p.rounds {
		for turn := range p.contenders {
			// Whoever goes first in a round goes last in the next one.
			i := (turn + round) % len(p.contenders)
			s := &all[i]
			if s.failure == nil {
				r, err := p.run(ctx, p.contenders[i], c, w, want)
				if ctx.Err() != nil {
					return nil, fmt.Errorf("bench: stopped: %w", context.Cause(ctx))
				}
				if err != nil {
					s.failure = err
				} else {
					s.reports = append(s.reports, r)
				}
			}
			done(fmt.Sprintf("%s, round %d of %d, %s: %s", c.name, round+1, p.rounds, s.contender, s.latest(c, w)))
		}
	}
	return all, nil
}

func (p plan) run(ctx context.Context, who contender, c benchCase, w work, want uint64) (report, error) {
	outcomes, err := perform(ctx, p.limit, c, func(mode, endpoint string) []string {
		program := []string{p.self, roleFlag, who.name, mode}
		if who.open == nil {
			program = []string{p.peer, mode}
		}
		return append(program, w.arguments(endpoint)...)
	})
	if err != nil {
		return report{}, err
	}
	return judge(c, w, want, outcomes)
}

func (s *series) latest(c benchCase, w work) string {
	if s.failure != nil {
		return s.failure.Error()
	}
	m := c.metrics[0]
	return fmt.Sprintf("%s %s", digits(m.of(w, s.reports[len(s.reports)-1])), m.unit)
}
