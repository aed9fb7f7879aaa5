package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"time"
)

// roleFlag, as the first argument, makes this program one role of a run: -role CONTENDER and what role.Play takes.
const roleFlag = "-role"

// options are what the arguments ask for.
type options struct {
	plan
	json bool   // on the output, instead of a table
	save string // file that gets the JSON lines as well

	goals bool   // measure the goals instead of the cases
	only  string // these goals
	guard float64
}

func parseOptions(arguments []string, console io.Writer) (o options, err error) {
	o.sums = make(map[[2]int]uint64)
	if len(arguments) > 0 && arguments[0] == "goals" {
		o.goals, arguments = true, arguments[1:]
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(console)
	cases := flags.String("cases", "", "comma-separated `cases` (default all)")
	names := flags.String("contenders", "", "comma-separated `contenders` (default all)")
	bases := flags.String("base", "libzmq-c,pebbe", "comma-separated `contenders` to take ratios to")
	sizes := flags.String("sizes", "", "comma-separated `bytes` of a message, 1 to 1M, in the cases where it may vary (default the case's own)")
	pairs := flags.String("pairs", "", "comma-separated `numbers` of socket pairs in the cases named pairs (default 100)")
	idle := flags.String("idle", "", "comma-separated `numbers` of silent sockets in the cases beside-idle and quiet, and in the goals (default 1000)")
	kinds := flags.String("profile", "", "comma-separated `kinds` of profiles of the roles: cpu, heap, trace")
	dir := flags.String("profiles", ".build/profiles", "`folder` for the profiles")
	flags.IntVar(&o.rounds, "rounds", 0, "`rounds` of each case (default 5; 3 with -quick)")
	flags.IntVar(&o.messages, "messages", 0, "`messages` timed in a run (default the case's own)")
	flags.BoolVar(&o.quick, "quick", false, "fewer messages and rounds")
	flags.DurationVar(&o.limit, "timeout", time.Minute, "`time` after which a run is stopped and refused")
	flags.StringVar(&o.peer, "peer", "", "compiled peer.c to use (default: compile it now)")
	others := flags.String("others", "", "compiled bench/others, whose contenders run as well")
	flags.BoolVar(&o.json, "json", false, "print one JSON object a line")
	flags.StringVar(&o.only, "only", "", "comma-separated `goals` to measure: P1 to P11 (default all)")
	flags.Float64Var(&o.guard, "guard", 0, "`factor` by which a goal may be missed before bench goals fails (default any)")
	flags.StringVar(&o.save, "save", "", "`file` that gets the JSON lines as well, for bench compare and the plots")
	flags.Usage = func() { usage(console, flags) }
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("bench: unexpected argument %q", flags.Arg(0))
	}
	if o.rounds == 0 {
		o.rounds = 5
		if o.quick {
			o.rounds = 3
		}
	}
	if o.rounds < 0 || o.messages < 0 || o.limit <= 0 {
		return o, fmt.Errorf("bench: rounds, messages and timeout are positive")
	}
	for _, list := range []struct {
		name, text string
		least      int
		into       *[]int
	}{{"sizes", *sizes, 1, &o.sizes}, {"pairs", *pairs, 1, &o.pairs}, {"idle", *idle, 0, &o.idle}} {
		if *list.into, err = numbers(list.name, list.text, list.least); err != nil {
			return o, err
		}
	}
	if o.profile, err = parseProfile(*kinds, *dir); err != nil {
		return o, err
	}
	if o.cases, err = choose("case", benchCases(), caseName, *cases); err != nil {
		return o, err
	}
	known := contenders()
	if *others != "" {
		known = append(known, otherContenders(*others)...)
	}
	if o.contenders, err = choose("contender", known, contenderName, *names); err != nil {
		return o, err
	}
	chosen, err := choose("base", known, contenderName, *bases)
	if err != nil {
		return o, err
	}
	// A base that does not run has no column.
	for _, c := range chosen {
		if slices.ContainsFunc(o.contenders, func(other contender) bool { return other.name == c.name }) {
			o.bases = append(o.bases, c.name)
		}
	}
	return o, nil
}

func usage(console io.Writer, flags *flag.FlagSet) {
	fmt.Fprintln(console, "bench compares ways to move ZeroMQ messages.")
	fmt.Fprintln(console, "  bench [flags]                    measure and print a table")
	fmt.Fprintln(console, "  bench goals [flags]              measure what this library should reach, and print a line for each goal")
	fmt.Fprintln(console, "  bench compare [flags] OLD NEW    compare what -save or bench goals -json wrote")
	fmt.Fprintln(console, "Flags:")
	flags.PrintDefaults()
	fmt.Fprintln(console, "Cases:")
	for _, c := range benchCases() {
		fmt.Fprintf(console, "  %-22s%s\n", c.name, c.about)
	}
	fmt.Fprintln(console, "Contenders, the last ones with -others:")
	for _, c := range append(contenders(), otherContenders("")...) {
		fmt.Fprintf(console, "  %-22s%s\n", c.name, c.about)
	}
}
