package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/actomq/actomq/bench/internal/figure"
)

// digits writes a figure with three significant digits or so and a unit prefix.
func digits(v float64) string {
	switch size := math.Abs(v); {
	case size >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', 2, 64) + " M"
	case size >= 1e4:
		return strconv.FormatFloat(v/1e3, 'f', 1, 64) + " k"
	case size >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 10 || size == 0:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

// printTable writes the figures for people, with a column for each contender that ratios are taken to.
func printTable(out io.Writer, m machine, lines []figure.Figure) error {
	fmt.Fprintf(out, "%s\n\n", m)
	bases := basesOf(lines)
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	header := []string{"CASE", "BYTES", "FIGURE", "CONTENDER", "MEDIAN", "MIN..MAX", "ROUNDS"}
	for _, b := range bases {
		header = append(header, "/ "+b)
	}
	fmt.Fprintln(table, strings.Join(header, "\t"))
	var remarks []string
	previous := ""
	for _, f := range lines {
		if previous != "" && previous != f.Work() {
			fmt.Fprintln(table, strings.Repeat("\t", len(header)-1))
		}
		previous = f.Work()
		row := []string{f.Place(), strconv.Itoa(f.Size), f.Metric + ", " + f.Unit, f.Contender}
		if f.Refused != "" {
			row = append(row, "refused")
			remarks = append(remarks, fmt.Sprintf("%s, %s: %s", f.Case, f.Contender, f.Refused))
		} else {
			row = append(row, digits(f.Median), digits(f.Min)+".."+digits(f.Max), strconv.Itoa(f.Rounds))
			for _, b := range bases {
				cell := "-"
				if r, ok := f.Ratios[b]; ok {
					cell = r.Ratio()
				}
				row = append(row, cell)
			}
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nRates and throughput: higher is better; of all else less. Ratios are medians of the ratios within each round.")
	for _, r := range remarks {
		fmt.Fprintln(out, r)
	}
	return nil
}

// basesOf are the contenders that any of the lines has a ratio to, in the order of all.
func basesOf(lines []figure.Figure) []string {
	var bases []string
	for _, c := range append(contenders(), otherContenders("")...) {
		if slices.ContainsFunc(lines, func(f figure.Figure) bool { _, ok := f.Ratios[c.name]; return ok }) {
			bases = append(bases, c.name)
		}
	}
	return bases
}

// save writes figures to a file.
func save(name string, m machine, lines []figure.Figure) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(figure.Write(file, m, lines), file.Close())
}
