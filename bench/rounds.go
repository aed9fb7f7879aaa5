package main

import (
	"context"
	"fmt"
	"time"

	"github.com/actomq/actomq/bench/internal/role"
)

// plan is what a bench measures and how.
type plan struct {
	cases      []benchCase
	contenders []contender
	bases      []string // names of contenders that ratios are taken to
	rounds     int
	messages   int   // 0: the case's own
	sizes      []int // empty: the case's own; likewise the next two
	pairs      []int
	idle       []int
	quick      bool
	limit      time.Duration // of one run
	self       string        // this program, for the roles of Go contenders
	peer       string        // the compiled peer.c
	profile    profile

	sums map[[2]int]uint64 // expected checksums by size and number, which take their time
}

// series is what one entrant did.
type series struct {
	entrant entrant
	reports []role.Report // one a round, in order; none after a failure
	failure error
}

// field are those that play the case with the work.
func (p plan) field(c benchCase, w role.Work) []entrant {
	var all []entrant
	for _, who := range p.contenders {
		if who.plays(c) {
			all = append(all, entrant{who, c, w})
		}
	}
	return all
}

// steps is the number of runs that measure makes at most.
func (p plan) steps() int {
	n := 0
	for _, c := range p.cases {
		for _, w := range p.works(c) {
			n += len(p.field(c, w)) * p.rounds
		}
	}
	return n
}

// measure runs all rounds of the entrants, which take turns. After a failure one runs no more. done is called after each
// run, with a line that says what came out. An error means that nothing was measured: the context ended.
func (p plan) measure(ctx context.Context, entrants []entrant, done func(string)) ([]series, error) {
	all := make([]series, len(entrants))
	for i, e := range entrants {
		if err := e.work.Check(); err != nil {
			return nil, err
		}
		all[i].entrant = e
	}
	for round := range p.rounds {
		for turn := range entrants {
			// Whoever goes first in a round goes last in the next one.
			i := (turn + round) % len(entrants)
			s := &all[i]
			if s.failure == nil {
				r, err := p.run(ctx, entrants[i], round)
				if ctx.Err() != nil {
					return nil, fmt.Errorf("bench: stopped: %w", context.Cause(ctx))
				}
				if err != nil {
					s.failure = err
				} else {
					s.reports = append(s.reports, r)
				}
			}
			done(fmt.Sprintf("%s, round %d of %d, %s: %s", s.entrant.describe(s.entrant.work), round+1, p.rounds, s.entrant.contender.name, s.latest()))
		}
	}
	return all, nil
}

// expected is the checksum of all messages of w.
func (p plan) expected(w role.Work) uint64 {
	key := [2]int{w.Size, w.Total()}
	sum, known := p.sums[key]
	if !known {
		sum = role.Expected(w.Size, w.Total())
		p.sums[key] = sum
	}
	return sum
}

func (s *series) latest() string {
	if s.failure != nil {
		return s.failure.Error()
	}
	m := s.entrant.metrics[0]
	return fmt.Sprintf("%s %s", digits(m.of(s.entrant.work, s.reports[len(s.reports)-1])), m.unit)
}
