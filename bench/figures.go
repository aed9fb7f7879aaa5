package main

import (
	"slices"

	"github.com/actomq/actomq/bench/internal/role"
	"golang.org/x/exp/stats"
)

// figure is one line of the outcome: a metric of a contender in a case.
type figure struct {
	Case      string `json:"case"`
	Metric    string `json:"metric"`
	Unit      string `json:"unit"`
	Better    string `json:"better"` // "higher" or "lower"
	Contender string `json:"contender"`
	Size      int    `json:"size"`     // bytes a message
	Messages  int    `json:"messages"` // timed in each round
	Pairs     int    `json:"pairs"`
	Flight    int    `json:"flight"`
	Idle      int    `json:"idle"`
	Rounds    int    `json:"rounds"`
	spread
	// Ratios are value/value of the base in the same round, by name of the base.
	Ratios map[string]spread `json:"ratios,omitempty"`
	// Latency is the median over the rounds at each quantile of role.Quantiles, in the metric's unit, beside the median round trip.
	Latency []float64 `json:"latency,omitempty"`
	// Refused says why there is no figure.
	Refused string `json:"refused,omitempty"`
}

// spread is what came out in the rounds.
type spread struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Values []float64 `json:"values"` // in the order of the rounds
}

// spreadOf is that of at least one value.
func spreadOf(values []float64) spread {
	return spread{stats.Median(values), slices.Min(values), slices.Max(values), values}
}

// figures makes the lines of what was compared, metric by metric.
func figures(bases []string, all []series) []figure {
	var lines []figure
	if len(all) == 0 {
		return nil
	}
	for _, m := range all[0].entrant.metrics {
		for _, s := range all {
			lines = append(lines, s.figure(m, bases, all))
		}
	}
	return lines
}

func (s series) figure(m metric, bases []string, all []series) figure {
	w := s.entrant.work
	f := figure{Case: s.entrant.benchCase.name, Metric: m.name, Unit: m.unit, Better: "lower", Contender: s.entrant.contender.name,
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
	f.Rounds, f.spread = len(own), spreadOf(own)
	f.Ratios = make(map[string]spread)
	for _, other := range all {
		if slices.Contains(bases, other.entrant.contender.name) {
			if r := ratios(own, other.values(m)); r != nil {
				f.Ratios[other.entrant.contender.name] = spreadOf(r)
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
