package main

import (
	"errors"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

const (
	width  = 18 * vg.Centimeter
	height = 11 * vg.Centimeter
)

// draw writes the chart to a file of the kind that its name ends with. Both axes are logarithmic.
func (c chart) draw(name string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.title, c.x, c.y
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = decades{}, decades{}
	if c.latency {
		p.X.Tick.Marker = shares
	}
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.Left = true, true
	lowest, highest := math.Inf(1), 0.0
	for i, l := range c.lines {
		points := l.positive()
		if len(points.XYs) == 0 {
			continue
		}
		drawn, marks, err := plotter.NewLinePoints(points.XYs)
		bars, err2 := plotter.NewYErrorBars(points)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		drawn.Color, drawn.Width = plotutil.Color(i), vg.Points(1.5)
		marks.Color, marks.Shape = plotutil.Color(i), plotutil.Shape(i)
		bars.Color = plotutil.Color(i)
		p.Add(drawn, marks)
		if !c.latency {
			p.Add(bars)
		}
		p.Legend.Add(l.name, drawn, marks)
		_, _, low, high := bars.DataRange()
		lowest, highest = min(lowest, low), max(highest, high)
	}
	if highest == 0 {
		return errors.New("all figures are 0")
	}
	// Room for the legend above the lines.
	p.Y.Min, p.Y.Max = lowest/1.2, highest*3
	if p.X.Min == p.X.Max {
		p.X.Max *= 10
	}
	return p.Save(width, height, name)
}

// errorPoints are points with what they vary between.
type errorPoints struct {
	plotter.XYs
	plotter.YErrors
}

// positive leaves out what a logarithmic axis has no place for.
func (l line) positive() errorPoints {
	var all errorPoints
	for _, p := range l.points {
		if p.x > 0 && p.y > 0 && p.low > 0 {
			all.XYs = append(all.XYs, plotter.XY{X: p.x, Y: p.y})
			all.YErrors = append(all.YErrors, struct{ Low, High float64 }{p.y - p.low, p.high - p.y})
		}
	}
	return all
}

// decades marks the powers of ten, and labels 2 and 5 as well when there are few.
type decades struct{}

func (decades) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	few := high/low < 1000
	for power := math.Pow(10, math.Floor(math.Log10(low))); power <= high; power *= 10 {
		for digit := 1.0; digit < 10; digit++ {
			v := power * digit
			if v < low*0.999 || v > high*1.001 {
				continue
			}
			t := plot.Tick{Value: v}
			if digit == 1 || few && (digit == 2 || digit == 5) {
				t.Label = short(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// short writes a number with a prefix for thousands and millions.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 3, 64) + " M"
	case v >= 1e3:
		return strconv.FormatFloat(v/1e3, 'g', 3, 64) + " k"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// shares label 1 in 1/(1-share): the axis gives each further nine the same room.
var shares = plot.ConstantTicks{
	{Value: 1, Label: "0"}, {Value: 2, Label: "50 %"}, {Value: 10, Label: "90 %"}, {Value: 100, Label: "99 %"},
	{Value: 1e3, Label: "99.9 %"}, {Value: 1e4, Label: "99.99 %"}, {Value: 1e5, Label: "99.999 %"}, {Value: 1e6, Label: "99.9999 %"},
}
