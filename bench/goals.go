package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
)

// goal is a figure that this library should reach: ours in a metric, divided by theirs where there are some.
type goal struct {
	id     string
	text   string
	ours   int // among the entrants of the contest
	theirs int // or alone
	metric metric
	limit  float64 // that the median is at least, when more of the metric is better, otherwise at most
}

// alone, in place of theirs, says that the figure itself is the goal.
const alone = -1

// contest is what takes turns for some goals.
type contest struct {
	entrants []entrant
	goals    []goal
}

// outcome compares a goal with what was measured.
func (g goal) outcome(all []series) figure.Goal {
	o := figure.Goal{Goal: g.id, Text: g.text, Limit: g.limit, AtLeast: g.metric.higher}
	ours := all[g.ours]
	values := ours.values(g.metric)
	failures := []error{ours.failure}
	if g.theirs != alone {
		theirs := all[g.theirs]
		failures = append(failures, theirs.failure)
		values = ratios(values, theirs.values(g.metric))
	}
	for _, err := range failures {
		if err != nil && o.Refused == "" {
			o.Refused = err.Error()
		}
	}
	if len(values) == 0 {
		if o.Refused == "" {
			o.Refused = "no figure to compare with"
		}
		return o
	}
	o.Spread = figure.SpreadOf(values)
	// A verdict is on the figure as it is printed.
	o.Met = rounded(o.Median) <= g.limit
	if o.AtLeast {
		o.Met = rounded(o.Median) >= g.limit
	}
	return o
}

// verdict is the line of a goal.
func verdict(o figure.Goal) string {
	if o.Refused != "" {
		return fmt.Sprintf("%s %s: not measured: %s", o.Goal, o.Text, o.Refused)
	}
	than, word := "less", "missed"
	if o.AtLeast {
		than = "more"
	}
	if o.Met {
		word = "met"
	}
	return fmt.Sprintf("%s %s: %s (%s to %s), goal %s or %s, %s", o.Goal, o.Text, plain(o.Median), plain(o.Min), plain(o.Max), plain(o.Limit), than, word)
}

// rounded keeps two digits behind the point of a small figure, none of a large one.
func rounded(v float64) float64 {
	if v >= 1000 {
		return math.Round(v)
	}
	return math.Round(v*100) / 100
}

func plain(v float64) string { return strconv.FormatFloat(rounded(v), 'f', -1, 64) }

// runGoals prints where the figures come from, and the goals.
func (o options) runGoals(ctx context.Context, out io.Writer, console *os.File, here machine) (err error) {
	contests, err := o.contests(o.only)
	if err != nil {
		return err
	}
	if o.json {
		err = json.NewEncoder(out).Encode(here)
	} else {
		_, err = fmt.Fprintln(out, here)
	}
	if err != nil {
		return fmt.Errorf("bench: print: %w", err)
	}
	steps := 0
	for _, c := range contests {
		steps += len(c.entrants) * o.rounds
	}
	return o.reach(ctx, out, newProgress(console, steps), contests)
}

// reach measures the goals and prints a line for each as soon as it is known. The error says that some could not be measured.
func (o options) reach(ctx context.Context, out io.Writer, shown *progress, contests []contest) error {
	encoder := json.NewEncoder(out)
	unknown, far := 0, 0
	for _, c := range contests {
		all, err := o.measure(ctx, c.entrants, shown.step)
		if err != nil {
			return err
		}
		shown.clear()
		for _, g := range c.goals {
			result := g.outcome(all)
			switch {
			case result.Refused != "":
				unknown++
			case o.guard > 0 && farFrom(result, o.guard):
				far++
			}
			if o.json {
				err = encoder.Encode(result)
			} else {
				_, err = fmt.Fprintln(out, verdict(result))
			}
			if err != nil {
				return fmt.Errorf("bench: print: %w", err)
			}
		}
	}
	if unknown > 0 {
		return fmt.Errorf("%w: %d goals could not be measured", errRefused, unknown)
	}
	if far > 0 {
		return fmt.Errorf("bench: %d goals were missed by more than a factor of %s", far, plain(o.guard))
	}
	return nil
}

// farFrom reports whether a goal was missed by more than that factor, which no noise of the machine explains.
func farFrom(o figure.Goal, factor float64) bool {
	if o.AtLeast {
		return o.Median < o.Limit/factor
	}
	return o.Median > o.Limit*factor
}

// contests are those of the goals named in the comma-separated list, all of them for "". P1 names P1b as well.
func (p plan) contests(list string) ([]contest, error) {
	var chosen []contest
	names := strings.Split(list, ",")
	named := func(g goal, name string) bool {
		return name == "" || g.id == name || strings.TrimRight(g.id, "bcd") == name
	}
	found := make(map[string]bool)
	for _, c := range p.allContests() {
		c.goals = slices.DeleteFunc(c.goals, func(g goal) bool {
			hit := false
			for _, name := range names {
				if named(g, name) {
					found[name], hit = true, true
				}
			}
			return !hit
		})
		if len(c.goals) > 0 {
			chosen = append(chosen, c)
		}
	}
	for _, name := range names {
		if !found[name] {
			return nil, fmt.Errorf("bench: unknown goal %q: they are P1 to P11", name)
		}
	}
	return chosen, nil
}

// gather makes the entrants of a contest: the contenders in the case of that name.
func (p plan) gather(caseName string, names ...string) []entrant {
	c := find(benchCases(), func(c benchCase) bool { return c.name == caseName })
	var all []entrant
	for _, name := range names {
		who := find(contenders(), func(c contender) bool { return c.name == name })
		all = append(all, entrant{who, c, p.sizedWork(c, c.size, max(1, c.pairs), c.idle)})
	}
	return all
}

func find[T any](all []T, is func(T) bool) T { return all[slices.IndexFunc(all, is)] }

// mostThreads is what a process with idle sockets may have.
func mostThreads() float64 { return float64(runtime.GOMAXPROCS(0) + 12) }

// beside makes an entrant again with silent sockets beside its own.
func (e entrant) beside(idle int) entrant {
	e.work.Idle = idle
	return e
}

// sending makes an entrant again of which the sender's report counts, for what it allocates.
func (e entrant) sending() entrant {
	e.measured, e.metrics = role.Push, []metric{mallocs}
	return e
}
