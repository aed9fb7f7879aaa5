package main

import (
	"slices"

	"golang.org/x/exp/stats"
)

// figure is one line of the outcome: a metric of a contender in a case.
type figure struct {
	Case      string  `json:"case"`
	Metric    string  `json:"metric"`
	Unit      string  `json:"unit"`
	Better    string  `json:"better"` // "higher" or "lower"
	Contender string  `json:"contender"`
	Size      int     `json:"size"`     // bytes a message
	Messages  int     `json:"messages"` // timed in each round
	Rounds    int     `json:"rounds"`
	Median    float64 `json:"median"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	// Ratios are the medians over the rounds of value/value of the base in the same round, by name of the base.
	Ratios map[string]float64 `json:"ratios,omitempty"`
	// Refused says why there is no figure.
	Refused string `json:"refused,omitempty"`
}

// figures makes the lines of a case, metric by metric.
func figures(p plan, c benchCase, all []series) []figure {
	w := c.work(p.messages, p.size, p.quick)
	var lines []figure
	for _, m := range c.metrics {
		values := make(map[string][]float64)
		for _, s := range all {
			if s.failure != nil {
				continue
			}
			for _, r := range s.reports {
				values[s.contender] = append(values[s.contender], m.of(w, r))
			}
		}
		for _, s := range all {
			f := figure{Case: c.name, Metric: m.name, Unit: m.unit, Better: "lower", Contender: s.contender, Size: w.size, Messages: w.count}
			if m.higher {
				f.Better = "higher"
			}
			own := values[s.contender]
			if len(own) == 0 {
				f.Refused = "no run"
				if s.failure != nil {
					f.Refused = s.failure.Error()
				}
				lines = append(lines, f)
				continue
			}
			f.Rounds, f.Median, f.Min, f.Max = len(own), stats.Median(own), slices.Min(own), slices.Max(own)
			f.Ratios = ratios(own, values, p.bases)
			lines = append(lines, f)
		}
	}
	return lines
}

// ratios compares own with each base that has a value for every round.
func ratios(own []float64, values map[string][]float64, bases []string) map[string]float64 {
	result := make(map[string]float64)
	for _, name := range bases {
		base := values[name]
		if len(base) != len(own) {
			continue
		}
		each := make([]float64, len(own))
		for i := range own {
			each[i] = own[i] / base[i]
		}
		result[name] = stats.Median(each)
	}
	return result
}
