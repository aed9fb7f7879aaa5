package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/actomq/actomq/bench/internal/figure"
)

// errWorse: a comparison that was asked to found a figure that got worse.
var errWorse = errors.New("bench: worse than before")

// least is the probability below which a difference is no accident of the rounds.
const least = 0.05

// compare prints what changed between two files that -save or -json made. It trusts ratios to a base that ran in turns with
// the contender, and shows absolute figures beside them: those differ with the machine and its load.
func compare(arguments []string, out, console io.Writer) error {
	flags := flag.NewFlagSet("bench compare", flag.ContinueOnError)
	flags.SetOutput(console)
	bases := flags.String("base", "pebbe,channel,adapter,"+peerName, "comma-separated `contenders`: ratios are to the first of them that a figure has a ratio to")
	margin := flags.Float64("margin", 10, "`percent` by which a ratio may get worse")
	check := flags.Bool("check", false, "fail when a ratio of this library's contenders, or a goal, got worse by more than the margin and by no accident")
	flags.Usage = func() {
		fmt.Fprintln(console, "bench compare [flags] OLD NEW compares files that bench -save or bench goals -json made. Flags:")
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return errors.New("bench: compare takes two files, the old one and the new one")
	}
	var files [2][]figure.Figure
	for i := range files {
		var err error
		if files[i], err = figure.ReadFile(flags.Arg(i)); err != nil {
			return err
		}
	}
	changes := changesBetween(files[0], files[1], strings.Split(*bases, ","))
	if len(changes) == 0 {
		return errors.New("bench: the files have no figure in common")
	}
	if err := printChanges(out, changes); err != nil {
		return fmt.Errorf("bench: print: %w", err)
	}
	if !*check {
		return nil
	}
	var worse []string
	for _, c := range changes {
		if c.worse(*margin / 100) {
			worse = append(worse, c.name())
		}
	}
	if len(worse) > 0 {
		return fmt.Errorf("%w by more than %g%%: %s", errWorse, *margin, strings.Join(worse, "; "))
	}
	return nil
}

// change is a figure that both files have.
type change struct {
	was, is figure.Figure
	base    string // "" when there is no ratio, or when the figure is one itself
}

func changesBetween(was, is []figure.Figure, bases []string) []change {
	key := func(f figure.Figure) string { return f.Work() + "\n" + f.Contender }
	before := make(map[string]figure.Figure)
	for _, f := range was {
		before[key(f)] = f
	}
	var all []change
	for _, f := range is {
		old, ok := before[key(f)]
		if !ok || len(old.Values) == 0 || len(f.Values) == 0 {
			continue
		}
		c := change{was: old, is: f}
		for _, b := range bases {
			if b != f.Contender && len(f.Ratios[b].Values) > 0 && len(old.Ratios[b].Values) > 0 {
				c.base = b
				break
			}
		}
		all = append(all, c)
	}
	return all
}

func (c change) name() string { return c.is.Work() + ", " + c.is.Contender }

// judged are the values that a verdict is about: ratios, and goals as they are.
func (c change) judged() (was, is figure.Spread, ok bool) {
	if c.base != "" {
		return c.was.Ratios[c.base], c.is.Ratios[c.base], true
	}
	return c.was.Spread, c.is.Spread, c.is.Contender == figure.GoalContender
}

// worse tells whether a figure of this library got worse by more than the margin, and not by accident.
func (c change) worse(margin float64) bool {
	was, is, ok := c.judged()
	ours := c.is.Contender == figure.GoalContender || slices.ContainsFunc(contenders(), func(o contender) bool { return o.ours && o.name == c.is.Contender })
	if !ok || !ours || figure.Whitney(was.Values, is.Values) >= least {
		return false
	}
	if c.is.Better == "higher" {
		return is.Median < was.Median*(1-margin)
	}
	return is.Median > was.Median*(1+margin)
}

func printChanges(out io.Writer, changes []change) error {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "CASE\tBYTES\tFIGURE\tCONTENDER\tOLD\tNEW\tCHANGE\tP\tOLD RATIO\tNEW RATIO\tCHANGE\tP")
	for _, c := range changes {
		row := []string{c.is.Place(), strconv.Itoa(c.is.Size), c.is.Metric, c.is.Contender}
		row = append(row, digits(c.was.Median), digits(c.is.Median))
		row = append(row, difference(c.was.Spread, c.is.Spread)...)
		if c.base != "" {
			was, is, _ := c.judged()
			row = append(row, fmt.Sprintf("%.2f / %s", was.Median, c.base), fmt.Sprintf("%.2f / %s", is.Median, c.base))
			row = append(row, difference(was, is)...)
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nP is the probability that rounds of one and the same program differ like that (Mann-Whitney U, exact); ~ stands for %.2f and more.\n", least)
	return err
}

// difference is the change of the median in percent, ~ when it may be an accident, and the probability of that.
func difference(was, is figure.Spread) []string {
	p := figure.Whitney(was.Values, is.Values)
	text := "~"
	if p < least && was.Median != 0 {
		text = fmt.Sprintf("%+.1f%%", 100*(is.Median/was.Median-1))
	}
	return []string{text, fmt.Sprintf("%.3f", p)}
}
