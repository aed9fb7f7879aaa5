package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// digits writes a figure with three significant digits and a unit prefix.
func digits(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', 2, 64) + " M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'f', 1, 64) + " k"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
}

// printTable writes the figures for people.
func printTable(out io.Writer, m machine, bases []string, lines []figure) error {
	fmt.Fprintf(out, "%s\n\n", m)
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	header := []string{"CASE", "FIGURE", "CONTENDER", "MEDIAN", "MIN", "MAX", "ROUNDS"}
	for _, b := range bases {
		header = append(header, "/ "+b)
	}
	fmt.Fprintln(table, strings.Join(header, "\t"))
	var remarks []string
	previous := ""
	for _, f := range lines {
		if previous != "" && previous != f.Case+f.Metric {
			fmt.Fprintln(table, strings.Repeat("\t", len(header)-1))
		}
		previous = f.Case + f.Metric
		row := []string{f.Case, f.Metric + ", " + f.Unit, f.Contender}
		if f.Refused != "" {
			row = append(row, "refused")
			remarks = append(remarks, fmt.Sprintf("%s, %s: %s", f.Case, f.Contender, f.Refused))
		} else {
			row = append(row, digits(f.Median), digits(f.Min), digits(f.Max), strconv.Itoa(f.Rounds))
			for _, b := range bases {
				cell := "-"
				if r, ok := f.Ratios[b]; ok {
					cell = strconv.FormatFloat(r, 'f', 2, 64)
				}
				row = append(row, cell)
			}
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nRates: higher is better. Round trips: lower is better. Ratios are medians of the ratios within each round.")
	for _, r := range remarks {
		fmt.Fprintln(out, r)
	}
	return nil
}

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
