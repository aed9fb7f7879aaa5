package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
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

// ratio writes the median of ratios with the smallest and the largest.
func (s spread) ratio() string { return fmt.Sprintf("%.2f (%.2f..%.2f)", s.Median, s.Min, s.Max) }

// printTable writes the figures for people.
func printTable(out io.Writer, m machine, bases []string, lines []figure) error {
	fmt.Fprintf(out, "%s\n\n", m)
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	header := []string{"CASE", "BYTES", "FIGURE", "CONTENDER", "MEDIAN", "MIN..MAX", "ROUNDS"}
	for _, b := range bases {
		header = append(header, "/ "+b)
	}
	fmt.Fprintln(table, strings.Join(header, "\t"))
	var remarks []string
	previous := ""
	for _, f := range lines {
		if key := f.work(); previous != "" && previous != key {
			fmt.Fprintln(table, strings.Repeat("\t", len(header)-1))
		}
		previous = f.work()
		row := []string{f.place(), strconv.Itoa(f.Size), f.Metric + ", " + f.Unit, f.Contender}
		if f.Refused != "" {
			row = append(row, "refused")
			remarks = append(remarks, fmt.Sprintf("%s, %s: %s", f.Case, f.Contender, f.Refused))
		} else {
			row = append(row, digits(f.Median), digits(f.Min)+".."+digits(f.Max), strconv.Itoa(f.Rounds))
			for _, b := range bases {
				cell := "-"
				if r, ok := f.Ratios[b]; ok {
					cell = r.ratio()
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

// place is the case with what crowds it.
func (f figure) place() string {
	place := f.Case
	if f.Pairs > 1 {
		place += fmt.Sprintf(" %d pairs", f.Pairs)
	}
	if f.Idle > 0 {
		place += fmt.Sprintf(" %d idle", f.Idle)
	}
	return place
}

// work is what figures of different contenders and files have in common when they can be compared.
func (f figure) work() string { return fmt.Sprintf("%s, %d B, %s", f.place(), f.Size, f.Metric) }

// printJSON writes the machine and then each figure as one JSON object a line.
func printJSON(out io.Writer, m machine, lines []figure) error {
	encoder := json.NewEncoder(out)
	if err := encoder.Encode(m); err != nil {
		return err
	}
	for _, f := range lines {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// saveJSON writes what printJSON prints to a file.
func saveJSON(name string, m machine, lines []figure) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(printJSON(file, m, lines), file.Close())
}
