package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
)

// goalLine is what a line of a measured goal looks like.
var goalLine = regexp.MustCompile(`^(P\d+)[bc]? .+: [\d.]+ \([\d.]+ to [\d.]+\), goal [\d.]+ or (more|less), (met|missed)$`)

func TestGoalsPrintOneLineEachFromP1ToP11(t *testing.T) {
	peer := tinyPlan(t).peer
	console, err := os.Create(t.TempDir() + "/console")
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	var out bytes.Buffer
	arguments := []string{"goals", "-rounds", "1", "-messages", "300", "-idle", "10", "-peer", peer}
	if err := run(t.Context(), arguments, &out, console); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")[1:] // the first one is about the machine
	var seen []string
	for _, line := range lines {
		m := goalLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no goal: %s", line)
			continue
		}
		seen = append(seen, m[1])
	}
	for i := 1; i <= 11; i++ {
		if id := fmt.Sprintf("P%d", i); !slices.Contains(seen, id) {
			t.Errorf("%s is missing:\n%s", id, out.String())
		}
	}
}

func TestGoalIsJudgedByTheMedianOfTheRatiosWithinRounds(t *testing.T) {
	taking := func(seconds ...float64) series {
		s := series{entrant: entrant{work: role.Work{Count: 1000}}}
		for _, v := range seconds {
			s.reports = append(s.reports, role.Report{Seconds: v})
		}
		return s
	}
	failed := taking(1)
	failed.failure = errors.New("lost a message")
	for _, test := range []struct {
		name string
		goal goal
		all  []series
		want string
	}{
		{"more is better, met", goal{"P1", "rates", 1, 0, rate, 1.05}, []series{taking(1, 2, 3), taking(0.5, 2, 2)},
			"P1 rates: 1.5 (1 to 2), goal 1.05 or more, met"},
		{"more is better, missed", goal{"P1", "rates", 0, 1, rate, 1.05}, []series{taking(1, 2, 3), taking(0.5, 2, 2)},
			"P1 rates: 0.67 (0.5 to 1), goal 1.05 or more, missed"},
		{"less is better, met at the limit", goal{"P9", "times", 1, 0, each, 1.5}, []series{taking(1, 1, 1), taking(1, 1.5, 2)},
			"P9 times: 1.5 (1 to 2), goal 1.5 or less, met"},
		{"alone", goal{"P9", "nanoseconds", 0, alone, each, 1000}, []series{taking(0.002, 0.001, 0.003)},
			"P9 nanoseconds: 2000 (1000 to 3000), goal 1000 or less, missed"},
		{"a failure on one side is no figure", goal{"P1", "rates", 0, 1, rate, 1}, []series{taking(1), failed},
			"P1 rates: not measured: lost a message"},
		{"a round that is missing is no figure", goal{"P1", "rates", 0, 1, rate, 1}, []series{taking(1, 2), taking(1)},
			"P1 rates: not measured: no figure to compare with"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := verdict(test.goal.outcome(test.all)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestGoalsThatCannotBeMeasuredMakeTheProgramFail(t *testing.T) {
	o := options{plan: tinyPlan(t)}
	o.self = "/nonexistent/bench"
	chosen, err := o.contests("P9")
	if err != nil || len(chosen) != 3 {
		t.Fatalf("%d contests, %v", len(chosen), err)
	}
	var out bytes.Buffer
	if err := o.reach(t.Context(), &out, newProgress(os.Stderr, 0), chosen); !errors.Is(err, errRefused) {
		t.Errorf("got %v, want errRefused:\n%s", err, out.String())
	}
	if n := strings.Count(out.String(), "not measured"); n != 3 {
		t.Errorf("%d of 3 goals say so:\n%s", n, out.String())
	}
	if _, err := o.contests("P12"); err == nil {
		t.Error("there is a goal P12")
	}
}

func TestTheGuardFailsWhenAGoalIsFarAway(t *testing.T) {
	for _, test := range []struct {
		median, limit, factor float64
		atLeast, far          bool
	}{
		{0.3, 0.85, 3, true, false}, {0.28, 0.85, 3, true, true}, {2, 0.85, 3, true, false},
		{4.4, 1.5, 3, false, false}, {4.6, 1.5, 3, false, true}, {0.1, 1.5, 3, false, false},
	} {
		o := figure.Goal{Limit: test.limit, AtLeast: test.atLeast, Spread: figure.Spread{Median: test.median}}
		if farFrom(o, test.factor) != test.far {
			t.Errorf("%+v: want %v", test, test.far)
		}
	}
	console, err := os.Create(t.TempDir() + "/console")
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	arguments := []string{"goals", "-rounds", "1", "-messages", "300", "-only", "P9", "-guard", "0.000001"}
	if err := run(t.Context(), arguments, io.Discard, console); err == nil || !strings.Contains(err.Error(), "missed by more than a factor") {
		t.Error(err)
	}
}
