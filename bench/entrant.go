package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
)

const (
	mostMarked = 1000    // messages: libzmq's own default for high-water marks
	mostQueued = 1 << 25 // bytes that one full queue may hold
	mostMoved  = 1 << 30 // bytes a run when nobody asked for a count
)

// entrant is a contender with its work in a case. Those that are compared take turns.
type entrant struct {
	contender
	benchCase
	work role.Work
}

// describe names the work where it is not the case's own.
func (c benchCase) describe(w role.Work) string {
	var parts []string
	add := func(varies bool, n int, what string) {
		if varies {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(w.Size != c.size, w.Size, "B")
	add(c.paired, w.Pairs, "pairs")
	add(c.lonely, w.Idle, "idle")
	if len(parts) == 0 {
		return c.name
	}
	return c.name + " " + strings.Join(parts, " ")
}

// works are what the case moves by the flags: one work for each combination of what they change.
func (p plan) works(c benchCase) []role.Work {
	one := func(list []int, applies bool, own int) []int {
		if applies && len(list) > 0 {
			return list
		}
		return []int{own}
	}
	var all []role.Work
	for _, size := range one(p.sizes, c.sized, c.size) {
		for _, pairs := range one(p.pairs, c.paired, max(1, c.pairs)) {
			for _, idle := range one(p.idle, c.lonely, c.idle) {
				all = append(all, p.sizedWork(c, size, pairs, idle))
			}
		}
	}
	return all
}

func (p plan) sizedWork(c benchCase, size, pairs, idle int) role.Work {
	w := role.Work{Size: size, Count: c.count, Pairs: pairs, Flight: max(1, c.flight), Idle: idle}
	w.Count = min(w.Count, max(1, mostMoved/w.Size))
	if p.quick {
		w.Count = max(1, w.Count/5)
	}
	if p.messages > 0 {
		w.Count = p.messages
	}
	// The same for each pair.
	w.Warmup = max(1, w.Count/10/pairs) * pairs
	w.Count = max(1, w.Count/pairs) * pairs
	w.HWM = max(1, min(mostMarked, mostQueued/w.Size))
	w.Flight = min(w.Flight, w.HWM)
	return w
}

// run has the entrant do its work once.
func (p plan) run(ctx context.Context, e entrant, round int) (role.Report, error) {
	environment := p.profile.environment(e, round)
	outcomes, err := perform(ctx, p.limit, e.benchCase, environment, func(mode, endpoint string) []string {
		program := []string{p.self, roleFlag, e.contender.name, mode}
		switch {
		case e.command != nil:
			program = append(e.command[:len(e.command):len(e.command)], mode)
		case e.open == nil:
			program = []string{p.peer, mode}
		}
		return append(program, e.work.Arguments(endpoint)...)
	})
	if err != nil {
		return role.Report{}, err
	}
	return judge(e.benchCase, e.work, p.expected(e.work), outcomes)
}
