package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		if err := playRole(os.Args[2:], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// playRole runs the role that the arguments after roleFlag name, and writes its reports to out.
func playRole(arguments []string, out io.Writer) error {
	if len(arguments) == 0 {
		return errors.New("bench: a role takes CONTENDER MODE and its work")
	}
	chosen, err := choose("contender", contenders(), contenderName, arguments[0])
	if err != nil {
		return err
	}
	if len(chosen) != 1 || chosen[0].open == nil {
		return fmt.Errorf("bench: %s plays no roles in this program", arguments[0])
	}
	return role.Play(arguments[0], chosen[0].open, arguments[1:], out)
}

// run is the program: it does what the arguments ask for and prints the figures to out.
func run(ctx context.Context, arguments []string, out io.Writer, console *os.File) error {
	if len(arguments) > 0 && arguments[0] == "compare" {
		return compare(arguments[1:], out, console)
	}
	o, err := parseOptions(arguments, console)
	if err != nil {
		return err
	}
	clean, err := o.findPrograms(ctx)
	if err != nil {
		return err
	}
	defer clean()
	here := thisMachine()
	if o.goals {
		return o.runGoals(ctx, out, console, here)
	}
	shown := newProgress(console, o.steps())
	var lines []figure.Figure
	for _, c := range o.cases {
		for _, w := range o.works(c) {
			all, err := o.measure(ctx, o.field(c, w), shown.step)
			if err != nil {
				return err
			}
			lines = append(lines, figures(o.bases, all)...)
		}
	}
	if o.json {
		err = figure.Write(out, here, lines)
	} else {
		err = printTable(out, here, lines)
	}
	if err == nil && o.save != "" {
		err = save(o.save, here, lines)
	}
	if err != nil {
		return fmt.Errorf("bench: print: %w", err)
	}
	if slices.ContainsFunc(lines, func(f figure.Figure) bool { return f.Refused != "" }) {
		return fmt.Errorf("%w: some contenders have no figure", errRefused)
	}
	return nil
}

// findPrograms finds the programs of the contenders, or makes them; clean removes what it made.
func (p *plan) findPrograms(ctx context.Context) (clean func(), err error) {
	if p.self, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("bench: find this program: %w", err)
	}
	if p.peer != "" {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "actomq-bench-")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if p.peer, err = compilePeer(ctx, dir); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return func() { os.RemoveAll(dir) }, nil
}
