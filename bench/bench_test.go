package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play the roles of the Go contenders, as the program does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		if err := playRole(os.Args[2:], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	before := openFiles()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		for name := range openFiles() {
			if code == 0 && before != nil && !before[name] {
				fmt.Fprintln(os.Stderr, "bench: descriptor left open:", name)
				code = 1
			}
		}
		os.Exit(code)
	}))
}

// openFiles names what this process has open, but for the Go runtime's own descriptors; nil where the system can't tell.
func openFiles() map[string]bool {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	open := make(map[string]bool)
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		// The descriptor of the listing itself is gone again.
		if err != nil || strings.HasPrefix(target, "anon_inode:[event") {
			continue
		}
		open[e.Name()+" "+target] = true
	}
	return open
}

func tinyPlan(t *testing.T) plan {
	t.Helper()
	// Built with the race detector, each role would sleep for a second before it exits.
	t.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	peer, err := compilePeer(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return plan{cases: benchCases(), contenders: contenders(), rounds: 1, messages: 50, limit: time.Minute, self: self, peer: peer}
}

func TestEveryContenderMovesEveryMessageOfEveryCase(t *testing.T) {
	p := tinyPlan(t)
	for _, size := range []int{minSize, 13, 100, 70_000} {
		p.size = size
		for _, c := range p.cases {
			t.Run(fmt.Sprintf("%s of %d bytes", c.name, size), func(t *testing.T) {
				all, err := p.measure(t.Context(), c, func(string) {})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range all {
					if s.failure != nil {
						t.Errorf("%s: %v", s.contender, s.failure)
					} else if len(s.reports) != p.rounds {
						t.Errorf("%s: %d reports, want %d", s.contender, len(s.reports), p.rounds)
					}
				}
			})
		}
	}
}

func TestJudgeRefusesLostAndAlteredMessages(t *testing.T) {
	c := benchCases()[0]
	w := c.work(20, 0, false)
	want := expected(w.size, w.total())
	receive := func(change func(seq int, p []byte) [][]byte) report {
		tally := newTally(w)
		for seq := range w.total() {
			p := make([]byte, w.size)
			fill(p, uint64(seq))
			for _, m := range change(seq, p) {
				tally.take(m)
			}
		}
		r := tally.report()
		r.Seconds = 1 // whatever the clock says: here it is about content
		return r
	}
	var held []byte
	for _, test := range []struct {
		name    string
		change  func(seq int, p []byte) [][]byte
		refused bool
	}{
		{"unchanged", func(_ int, p []byte) [][]byte { return [][]byte{p} }, false},
		{"one lost", func(seq int, p []byte) [][]byte {
			if seq == 7 {
				return nil
			}
			return [][]byte{p}
		}, true},
		{"one repeated in place of another", func(seq int, p []byte) [][]byte {
			switch seq {
			case 7:
				return nil
			case 8:
				return [][]byte{p, p}
			}
			return [][]byte{p}
		}, true},
		{"two swapped", func(seq int, p []byte) [][]byte {
			switch seq {
			case 7:
				held = p
				return nil
			case 8:
				return [][]byte{p, held}
			}
			return [][]byte{p}
		}, true},
		{"last bit altered", func(seq int, p []byte) [][]byte {
			if seq == 7 {
				p[len(p)-1] ^= 0x80
			}
			return [][]byte{p}
		}, true},
		{"cut short", func(seq int, p []byte) [][]byte { return [][]byte{p[:len(p)-1]} }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			sent := outcome{mode: "push", report: report{Messages: w.total()}}
			got := outcome{mode: "pull", report: receive(test.change)}
			_, err := judge(c, w, want, []outcome{sent, got})
			if refused := errors.Is(err, errRefused); refused != test.refused {
				t.Errorf("refused %v, want %v: %v", refused, test.refused, err)
			}
		})
	}
}

func TestFigureIsRefusedWhenAProcessFails(t *testing.T) {
	p := tinyPlan(t)
	p.peer = "/nonexistent/peer"
	c := p.cases[0]
	p.bases = []string{"libzmq-c", "pebbe"}
	all, err := p.measure(t.Context(), c, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	lines := figures(p, c, all)
	var out bytes.Buffer
	if err := printTable(&out, machine{}, p.bases, lines); err != nil {
		t.Fatal(err)
	}
	for _, f := range lines {
		if refused := f.Refused != ""; refused != (f.Contender == "libzmq-c") {
			t.Errorf("%s: refused %q", f.Contender, f.Refused)
		}
		if _, ok := f.Ratios["libzmq-c"]; ok {
			t.Errorf("%s has a ratio to a refused figure", f.Contender)
		}
	}
	if !strings.Contains(out.String(), "refused") {
		t.Errorf("table does not say so:\n%s", out.String())
	}
}

func TestRunEndsWithItsLimitAndLeavesNoProcess(t *testing.T) {
	p := tinyPlan(t)
	c := p.cases[slices.IndexFunc(p.cases, func(c benchCase) bool { return c.name == "pushpull-tcp" })]
	// The receiver waits for messages that nobody sends: the sender is a receiver too.
	c.connecter = "pull"
	w := c.work(50, 0, false)
	outcomes, err := perform(t.Context(), 500*time.Millisecond, c, func(mode, _ string) []string {
		return append([]string{p.peer, mode}, w.arguments("tcp://127.0.0.1:*")...)
	})
	if err == nil || !strings.Contains(err.Error(), "took longer") {
		t.Fatalf("no limit kept: %v, %v", outcomes, err)
	}
	// Both were reaped: perform waits for the end of each process it started.
	if len(outcomes) != 2 {
		t.Errorf("%d processes ended, want 2", len(outcomes))
	}
}

func TestStoppedBenchSaysSo(t *testing.T) {
	p := tinyPlan(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.measure(ctx, p.cases[0], func(string) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestOutputIsOneJSONObjectALine(t *testing.T) {
	peer := tinyPlan(t).peer
	console, err := os.Create(t.TempDir() + "/console")
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-json", "-rounds", "2", "-messages", "50", "-cases", "reqrep-inproc", "-peer", peer}, &out, console); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := 1 + 2*len(contenders()); len(lines) != want {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), want, out.String())
	}
	for _, line := range lines[1:] {
		var f figure
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Median < f.Min || f.Median > f.Max || f.Rounds != 2 || len(f.Ratios) != 2 {
			t.Errorf("no whole figure: %s", line)
		}
	}
}

func TestUnknownNamesAreRefusedWithTheKnownOnes(t *testing.T) {
	for _, arguments := range [][]string{{"-cases", "nothing"}, {"-contenders", "nobody"}, {"-base", "nobody"}, {"-size", "3"}, {"left"}} {
		var console bytes.Buffer
		if _, _, err := parsePlan(arguments, &console); err == nil {
			t.Errorf("%q accepted", arguments)
		}
	}
}
