package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/actomq/actomq/zsock"
)

// fault is one thing that goes wrong.
type fault struct {
	name string
	run  func(ctx context.Context, s *scene) error
}

// all is in the order in which they run.
func all() []fault {
	return []fault{
		{"socket killed under load", socketKilled},
		{"peer killed", peerKilled},
		{"peer stopped", peerStopped},
		{"peer stopped for long", peerStoppedForLong},
		{"worker process killed", workerKilled},
		{"connection half open", halfOpen},
		{"address taken during a rebind", addressTaken},
		{"system closed under load", closedUnderLoad},
		{"high-water marks full", marksFull},
		{"slow subscriber", slowSubscriber},
		{"garbage on the port", garbage},
		{"descriptors exhausted", descriptorsExhausted},
		{"sockets exhausted", socketsExhausted},
		{"message too large", messageTooLarge},
		{"signals", signalStorm},
		{"one of two systems closed", twoSystems},
		{"opened and closed", cycles},
		{"nobody judges", nobodyJudges},
		{"callers leave", callersLeave},
		{"restart while calls wait", callsWait},
		{"calls while sockets are killed", callsUnderFaults},
		{"panic in every callback", panicEverywhere},
		{"poison message", poisonMessage},
		{"restart storm", restartStorm},
		{"two actors fill each other", mutualFill},
		{"handler that never returns", neverReturns},
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		os.Exit(playRole(os.Args[2:]))
	}
	os.Exit(run(os.Args[1:], os.Stdout))
}

func run(arguments []string, out io.Writer) int {
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "what is left to chance follows from it")
	only := flags.String("only", "", "faults whose name matches this regular expression")
	load := flags.Int("messages", 20_000, "messages of a fault under load")
	soak := flags.Duration("soak", 0, "instead, have a load fail every 100 ms for so long, beside the same load undisturbed")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	pattern, err := regexp.Compile(*only)
	if err == nil {
		err = zsock.Available()
	}
	if err != nil {
		fmt.Fprintln(out, "faults:", err)
		return 2
	}
	if *soak > 0 {
		if err := soakFor(*soak, *seed, out); err != nil {
			fmt.Fprintln(out, "FAILED:", err)
			return 1
		}
		return 0
	}
	return survive(out, *seed, *load, pattern)
}

// patience is how long one fault may take.
const patience = 20 * time.Second

func survive(out io.Writer, seed uint64, load int, only *regexp.Regexp) (status int) {
	survived, failed := 0, 0
	for _, f := range all() {
		if !only.MatchString(f.name) {
			continue
		}
		s := newScene(seed, load)
		ctx, cancel := context.WithTimeoutCause(context.Background(), patience, fmt.Errorf("not survived within %v", patience))
		begin := time.Now()
		err := f.run(ctx, s)
		cancel()
		s.running.Wait()
		if err == nil {
			err = s.check()
		}
		fmt.Fprintln(out, s.line(f.name, time.Since(begin), err))
		if err != nil {
			failed++
			status = 1
		} else {
			survived++
		}
	}
	fmt.Fprintf(out, "%d survived, %d failed\n", survived, failed)
	return status
}

// line is what is shown of a fault.
func (s *scene) line(name string, took time.Duration, err error) string {
	b := s.ledger.balance()
	text := fmt.Sprintf("%-30s sent %6d  accepted %6d  refused %5d  delivered %6d  doubled %d  dead %5d  lost %5d", name, b.sent, b.accepted,
		b.refused, b.delivered, b.doubled, b.dead, b.lost)
	if mayLose, _ := s.mayLose(); mayLose > 0 {
		text += fmt.Sprintf(" (%d may be)", mayLose)
	}
	if s.recovered > 0 {
		text += fmt.Sprintf("  recovered in %v", s.recovered.Round(100*time.Microsecond))
	}
	for _, note := range s.notes {
		text += "; " + note
	}
	verdict := "ok"
	if err != nil {
		verdict = "FAILED: " + err.Error()
	}
	return fmt.Sprintf("%s  [%v]  %s", text, took.Round(time.Millisecond), verdict)
}
