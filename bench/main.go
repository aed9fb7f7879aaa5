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
	"time"
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

// run is the program: it measures what the arguments ask for and prints the figures to out.
func run(ctx context.Context, arguments []string, out io.Writer, console *os.File) error {
	p, asJSON, err := parsePlan(arguments, console)
	if err != nil {
		return err
	}
	if p.self, err = os.Executable(); err != nil {
		return fmt.Errorf("bench: find this program: %w", err)
	}
	if p.peer == "" {
		dir, err := os.MkdirTemp("", "actomq-bench-")
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		defer os.RemoveAll(dir)
		if p.peer, err = compilePeer(ctx, dir); err != nil {
			return err
		}
	}
	here := thisMachine()
	shown := newProgress(console, p.steps())
	var lines []figure
	for _, c := range p.cases {
		all, err := p.measure(ctx, c, shown.step)
		if err != nil {
			return err
		}
		lines = append(lines, figures(p, c, all)...)
	}
	if asJSON {
		err = printJSON(out, here, lines)
	} else {
		err = printTable(out, here, p.bases, lines)
	}
	if err != nil {
		return fmt.Errorf("bench: print: %w", err)
	}
	if slices.ContainsFunc(lines, func(f figure) bool { return f.Refused != "" }) {
		return fmt.Errorf("%w: some contenders have no figure", errRefused)
	}
	return nil
}

func parsePlan(arguments []string, console io.Writer) (p plan, asJSON bool, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(console)
	rounds := flags.Int("rounds", 0, "`rounds` of each case (default 5; 3 with -quick)")
	cases := flags.String("cases", "", "comma-separated `cases` (default all)")
	names := flags.String("contenders", "", "comma-separated `contenders` (default all)")
	bases := flags.String("base", "libzmq-c,pebbe", "comma-separated `contenders` to take ratios to")
	flags.IntVar(&p.messages, "messages", 0, "`messages` timed in a run (default the case's own)")
	flags.IntVar(&p.size, "size", 0, "`bytes` of a message, at least 8 (default the case's own)")
	flags.BoolVar(&p.quick, "quick", false, "fewer messages and rounds")
	flags.DurationVar(&p.limit, "timeout", 30*time.Second, "`time` after which a run is stopped and refused")
	flags.StringVar(&p.peer, "peer", "", "compiled peer.c to use (default: compile it now)")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	flags.Usage = func() {
		fmt.Fprintln(console, "bench compares ways to move ZeroMQ messages. Flags:")
		flags.PrintDefaults()
		fmt.Fprintln(console, "Cases:")
		for _, c := range benchCases() {
			fmt.Fprintf(console, "  %-20s%s\n", c.name, c.about)
		}
		fmt.Fprintln(console, "Contenders:")
		for _, c := range contenders() {
			fmt.Fprintf(console, "  %-20s%s\n", c.name, c.about)
		}
	}
	if err := flags.Parse(arguments); err != nil {
		return p, false, err
	}
	if flags.NArg() > 0 {
		return p, false, fmt.Errorf("bench: unexpected argument %q", flags.Arg(0))
	}
	p.rounds = *rounds
	if p.rounds == 0 {
		p.rounds = 5
		if p.quick {
			p.rounds = 3
		}
	}
	if p.rounds < 0 || p.messages < 0 || p.size < 0 || p.size > 0 && p.size < minSize || p.limit <= 0 {
		return p, false, fmt.Errorf("bench: rounds, messages and timeout are positive, the size is at least %d", minSize)
	}
	if p.cases, err = choose("case", benchCases(), caseName, *cases); err != nil {
		return p, false, err
	}
	if p.contenders, err = choose("contender", contenders(), contenderName, *names); err != nil {
		return p, false, err
	}
	chosen, err := choose("base", contenders(), contenderName, *bases)
	if err != nil {
		return p, false, err
	}
	// A base that does not run has no column.
	for _, c := range chosen {
		if slices.ContainsFunc(p.contenders, func(o contender) bool { return o.name == c.name }) {
			p.bases = append(p.bases, c.name)
		}
	}
	return p, asJSON, nil
}
