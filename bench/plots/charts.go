package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
)

// chart is one picture.
type chart struct {
	file, title, x, y string
	lines             []line
	latency           bool // x is a quantile
}

// line is what one contender did, in the order of x.
type line struct {
	name   string
	points []point
}

// point is a median with what it varied between.
type point struct{ x, y, low, high float64 }

// chartsOf finds the questions that the figures answer.
func chartsOf(all []figure.Figure) []chart {
	all = slices.DeleteFunc(slices.Clone(all), func(f figure.Figure) bool { return f.Refused != "" })
	var charts []chart
	for _, question := range []struct {
		prefix, metric, x, y string
		at                   func(figure.Figure) int
		scale                func(figure.Figure) float64
	}{
		{"throughput", "rate", "bytes a message", "MB/s", func(f figure.Figure) int { return f.Size }, func(f figure.Figure) float64 { return float64(f.Size) / 1e6 }},
		{"pairs", "rate", "pairs of sockets", "messages/s", func(f figure.Figure) int { return f.Pairs }, one},
		{"idle", "round trip p50", "silent sockets", "median round trip, us", idle, one},
		{"memory", "Go memory", "silent sockets", "bytes of Go memory, each", idle, one},
		{"threads", "threads", "silent sockets", "threads of the process", idle, one},
	} {
		for _, c := range casesOf(all) {
			lines := lines(all, func(f figure.Figure) bool { return f.Case == c && f.Metric == question.metric }, question.at, question.scale)
			if slices.ContainsFunc(lines, func(l line) bool { return len(l.points) > 1 }) {
				charts = append(charts, chart{file: question.prefix + "-" + c, title: c, x: question.x, y: question.y, lines: lines})
			}
		}
	}
	return append(charts, latencies(all)...)
}

func idle(f figure.Figure) int { return f.Idle }

func one(figure.Figure) float64 { return 1 }

func casesOf(all []figure.Figure) []string {
	var names []string
	for _, f := range all {
		if !slices.Contains(names, f.Case) {
			names = append(names, f.Case)
		}
	}
	return names
}

// lines makes one line a contender of the figures that belong to the chart. Where several have the same x, since something
// else varies, the first one counts.
func lines(all []figure.Figure, belongs func(figure.Figure) bool, at func(figure.Figure) int, scale func(figure.Figure) float64) []line {
	var result []line
	for _, f := range all {
		if !belongs(f) {
			continue
		}
		i := slices.IndexFunc(result, func(l line) bool { return l.name == f.Contender })
		if i < 0 {
			result, i = append(result, line{name: f.Contender}), len(result)
		}
		l, x := &result[i], float64(max(1, at(f))) // the axis is logarithmic
		if !slices.ContainsFunc(l.points, func(p point) bool { return p.x == x }) {
			k := scale(f)
			l.points = append(l.points, point{x, f.Median * k, f.Min * k, f.Max * k})
		}
	}
	for _, l := range result {
		slices.SortFunc(l.points, func(a, b point) int { return int(a.x - b.x) })
	}
	return result
}

// latencies are the distributions of round trips, a chart for each work.
func latencies(all []figure.Figure) []chart {
	var charts []chart
	for _, f := range all {
		if len(f.Latency) != len(role.Quantiles) {
			continue
		}
		title := fmt.Sprintf("%s, %d bytes", f.Place(), f.Size)
		i := slices.IndexFunc(charts, func(c chart) bool { return c.title == title })
		if i < 0 {
			file := strings.ReplaceAll(fmt.Sprintf("latency-%s-%d", f.Place(), f.Size), " ", "-")
			charts, i = append(charts, chart{file: file, title: title, x: "share of the round trips that were faster", y: "us", latency: true}), len(charts)
		}
		l := line{name: f.Contender}
		for i, q := range role.Quantiles {
			// The slowest of all stands for itself: there is one in so many.
			rest := max(1-q, 1/float64(max(1, f.Messages)))
			l.points = append(l.points, point{1 / rest, f.Latency[i], f.Latency[i], f.Latency[i]})
		}
		charts[i].lines = append(charts[i].lines, l)
	}
	return charts
}
