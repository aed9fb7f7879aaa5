// Package figure is what the bench measured, as lines of JSON: it writes them, and the comparison and the plots read them.
package figure

import (
	"fmt"
	"slices"

	"golang.org/x/exp/stats"
)

// Figure is one line of the outcome: a metric of a contender in a case.
type Figure struct {
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
	Spread
	// Ratios are value/value of the base in the same round, by name of the base.
	Ratios map[string]Spread `json:"ratios,omitempty"`
	// Latency is the median over the rounds at each quantile of role.Quantiles, in the metric's unit, beside the median round trip.
	Latency []float64 `json:"latency,omitempty"`
	// Refused says why there is no figure.
	Refused string `json:"refused,omitempty"`
}

// Place is the case with what crowds it.
func (f Figure) Place() string {
	place := f.Case
	if f.Pairs > 1 {
		place += fmt.Sprintf(" %d pairs", f.Pairs)
	}
	if f.Idle > 0 {
		place += fmt.Sprintf(" %d idle", f.Idle)
	}
	return place
}

// Work is what figures of different contenders have in common when they can be compared.
func (f Figure) Work() string { return fmt.Sprintf("%s, %d B, %s", f.Place(), f.Size, f.Metric) }

// Spread is what came out in the rounds.
type Spread struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Values []float64 `json:"values"` // in the order of the rounds
}

// SpreadOf is that of at least one value.
func SpreadOf(values []float64) Spread {
	return Spread{stats.Median(values), slices.Min(values), slices.Max(values), values}
}

// Ratio writes the median of ratios with the smallest and the largest.
func (s Spread) Ratio() string { return fmt.Sprintf("%.2f (%.2f..%.2f)", s.Median, s.Min, s.Max) }

// Goal is what became of a performance goal.
type Goal struct {
	Goal    string  `json:"goal"`
	Text    string  `json:"text"`
	Limit   float64 `json:"limit"`
	AtLeast bool    `json:"at_least"`
	Met     bool    `json:"met"`
	Spread
	Refused string `json:"refused,omitempty"` // why there is no figure
}

// GoalContender stands for a contender in the figure of a goal.
const GoalContender = "goal"

// Figure is the goal as a figure.
func (g Goal) Figure() Figure {
	f := Figure{Case: g.Goal, Metric: g.Text, Better: "lower", Contender: GoalContender, Rounds: len(g.Values), Spread: g.Spread, Refused: g.Refused}
	if g.AtLeast {
		f.Better = "higher"
	}
	return f
}
