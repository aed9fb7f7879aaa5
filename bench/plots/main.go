// Plots draws what the bench measured:
//
//	go run ./bench -sizes 1,10,100,1K,10K,100K,1M -save figures.json
//	go run -C bench/plots . -out plots figures.json
//
// It makes one SVG file for each question that the figures answer: throughput by size, rate by number of pairs, round trip,
// memory and threads by number of idle sockets, and the distribution of round trips. It is a module of its own, so that the library does not
// depend on what draws.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/actomq/actomq/bench/internal/figure"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run draws the files that the arguments name, and prints the names of the pictures to out.
func run(arguments []string, out, console io.Writer) error {
	flags := flag.NewFlagSet("plots", flag.ContinueOnError)
	flags.SetOutput(console)
	dir := flags.String("out", ".", "`folder` for the pictures")
	flags.Usage = func() {
		fmt.Fprintln(console, "plots [flags] FILE... draws files that bench -save made. Flags:")
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("plots: no file of figures: bench -save makes one")
	}
	var all []figure.Figure
	for _, name := range flags.Args() {
		figures, err := figure.ReadFile(name)
		if err != nil {
			return fmt.Errorf("plots: %w", err)
		}
		all = append(all, figures...)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return fmt.Errorf("plots: %w", err)
	}
	charts := chartsOf(all)
	if len(charts) == 0 {
		return errors.New("plots: nothing to draw: there are neither round trips nor several sizes, pairs or idle sockets")
	}
	for _, c := range charts {
		name := filepath.Join(*dir, c.file+".svg")
		if err := c.draw(name); err != nil {
			return fmt.Errorf("plots: %s: %w", name, err)
		}
		fmt.Fprintln(out, name)
	}
	return nil
}
