package main

import (
	"slices"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
	"golang.org/x/exp/stats"
)

// figures makes the lines of what was compared, metric by metric.
func figures(bases []string, all []series) []figure.Figure {
	var lines []figure.Figure
	if len(all) == 0 {
		return nil
	}
	for _, m := range all[0].entrant.metrics {
		for _, s := range all {
			lines = append(lines, s.line(m, bases, all))
		}
	}
	return lines
}

func (s series) line(m metric, bases []string, all []series) figure.Figure {
	w := s.entrant.work
	f := figure.Figure{Case: s.entrant.benchCase.name, Metric: m.name, Unit: m.unit, Better: "lower", Contender: s.entrant.contender.name,
		Size: w.Size, Messages: w.Count, Pairs: w.Pairs, Flight: w.Flight, Idle: w.Idle}
	if m.higher {
		f.Better = "higher"
	}
	own := s.values(m)
	if len(own) == 0 {
		f.Refused = "no run"
		if s.failure != nil {
			f.Refused = s.failure.Error()
		}
		return f
	}
	f.Rounds, f.Spread = len(own), figure.SpreadOf(own)
	f.Ratios = make(map[string]figure.Spread)
	for _, other := range all {
		if name := other.entrant.contender.name; slices.Contains(bases, name) || name == other.entrant.base {
			if r := ratios(own, other.values(m)); r != nil {
				f.Ratios[name] = figure.SpreadOf(r)
			}
		}
	}
	if m.name == p50.name {
		f.Latency = s.latency()
	}
	return f
}

// values are one a round, none after a failure.
func (s series) values(m metric) []float64 {
	if s.failure != nil {
		return nil
	}
	var all []float64
	for _, r := range s.reports {
		all = append(all, m.of(s.entrant.work, r))
	}
	return all
}

// latency is the median over the rounds of each quantile, in microseconds.
func (s series) latency() []float64 {
	var medians []float64
	for _, q := range role.Quantiles {
		medians = append(medians, stats.Median(s.values(lap("", q))))
	}
	return medians
}

// ratios are own/base round by round; nil when one of them has no figure for a round, or the base is 0.
func ratios(own, base []float64) []float64 {
	if len(own) == 0 || len(base) != len(own) || slices.Contains(base, 0) {
		return nil
	}
	each := make([]float64, len(own))
	for i := range own {
		each[i] = own[i] / base[i]
	}
	return each
}
