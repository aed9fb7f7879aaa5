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
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
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
	var err error
	if peerFolder, err = os.MkdirTemp("", "actomq-bench-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	before := openFiles()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		for name := range openFiles() {
			if code == 0 && before != nil && !before[name] {
				fmt.Fprintln(os.Stderr, "bench: descriptor left open:", name)
				code = 1
			}
		}
		os.RemoveAll(peerFolder)
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

// compiledPeer compiles peer.c once for all tests; TestMain removes it.
var compiledPeer = sync.OnceValues(func() (string, error) { return compilePeer(context.Background(), peerFolder) })

var peerFolder string

func tinyPlan(t *testing.T) plan {
	t.Helper()
	// Built with the race detector, each role would sleep for a second before it exits.
	t.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	peer, err := compiledPeer()
	if err != nil {
		t.Fatal(err)
	}
	return plan{cases: benchCases(), contenders: contenders(), rounds: 1, messages: 50, pairs: []int{5}, idle: []int{10},
		limit: time.Minute, self: self, peer: peer, sums: make(map[[2]int]uint64)}
}

func TestEveryContenderMovesEveryMessageOfEveryCase(t *testing.T) {
	p := tinyPlan(t)
	p.sizes = []int{1, 8, 13, 100, 70_000}
	for _, c := range p.cases {
		for _, w := range p.works(c) {
			t.Run(fmt.Sprintf("%s of %d bytes", c.name, w.Size), func(t *testing.T) {
				field := p.field(c, w)
				if len(field) < 2 {
					t.Errorf("%d contenders compare nothing", len(field))
				}
				all, err := p.measure(t.Context(), field, func(string) {})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range all {
					if s.failure != nil {
						t.Errorf("%s: %v", s.entrant.contender.name, s.failure)
					} else if len(s.reports) != p.rounds {
						t.Errorf("%s: %d reports, want %d", s.entrant.contender.name, len(s.reports), p.rounds)
					}
				}
			})
		}
	}
}

func TestContendersPlayTheModesThatTheyClaim(t *testing.T) {
	for _, c := range contenders() {
		if c.open == nil {
			continue
		}
		s, err := c.open()
		if err != nil {
			t.Fatal(err)
		}
		roles := s.Roles()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for _, mode := range c.modes {
			if roles[mode] == nil {
				t.Errorf("%s does not play %s", c.name, mode)
			}
		}
	}
}

func TestJudgeRefusesLostAndAlteredMessages(t *testing.T) {
	c := benchCases()[0]
	p := plan{messages: 20}
	w := p.works(c)[0]
	want := role.Expected(w.Size, w.Total())
	receive := func(change func(seq int, p []byte) [][]byte) role.Report {
		tally := role.NewTally(w)
		for seq := range w.Total() {
			p := make([]byte, w.Size)
			role.Fill(p, uint64(seq))
			for _, m := range change(seq, p) {
				tally.Take(m)
			}
		}
		r := tally.Report()
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
			sent := outcome{mode: "push", report: role.Report{Messages: w.Total()}}
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
	all, err := p.measure(t.Context(), p.field(c, p.works(c)[0]), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	lines := figures(p.bases, all)
	var out bytes.Buffer
	if err := printTable(&out, machine{}, lines); err != nil {
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
	w := p.works(c)[0]
	outcomes, err := perform(t.Context(), 500*time.Millisecond, c, profile{}.environment(entrant{}, 0), func(mode, _ string) []string {
		return append([]string{p.peer, mode}, w.Arguments("tcp://127.0.0.1:*")...)
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
	if _, err := p.measure(ctx, p.field(p.cases[0], p.works(p.cases[0])[0]), func(string) {}); !errors.Is(err, context.Canceled) {
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
	if want := 1 + 4*4; len(lines) != want {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), want, out.String())
	}
	for _, line := range lines[1:] {
		var f figure.Figure
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Median < f.Min || f.Median > f.Max || f.Rounds != 2 || len(f.Ratios) != 2 {
			t.Errorf("no whole figure: %s", line)
		}
	}
}

func TestUnknownNamesAreRefusedWithTheKnownOnes(t *testing.T) {
	for _, arguments := range [][]string{{"-cases", "nothing"}, {"-contenders", "nobody"}, {"-base", "nobody"}, {"-sizes", "0"}, {"-pairs", "many"}, {"-idle", "-1"}, {"-profile", "smell"}, {"left"}} {
		var console bytes.Buffer
		if _, err := parseOptions(arguments, &console); err == nil {
			t.Errorf("%q accepted", arguments)
		}
	}
}
