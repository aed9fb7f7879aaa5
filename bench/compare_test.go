package main

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actomq/actomq/bench/internal/figure"
)

// saved makes a file with a rate of actomq-one, its ratio to pebbe, and a median round trip.
func saved(t *testing.T, rates, ratios, trips []float64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "figures.json")
	lines := []figure.Figure{
		{Case: "pushpull-tcp", Metric: "rate", Better: "higher", Contender: "actomq-one", Size: 100, Spread: figure.SpreadOf(rates),
			Ratios: map[string]figure.Spread{"pebbe": figure.SpreadOf(ratios)}},
		{Case: "reqrep-tcp", Metric: "round trip p50", Better: "lower", Contender: "actomq-one", Size: 100, Spread: figure.SpreadOf(trips),
			Ratios: map[string]figure.Spread{"pebbe": figure.SpreadOf(trips)}},
	}
	if err := save(name, machine{}, lines); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCompareShowsChangesThatAreNoAccident(t *testing.T) {
	one := saved(t, []float64{1, 2, 3, 4, 5}, []float64{1.0, 1.1, 1.2, 1.3, 1.4}, []float64{10, 11, 12, 13, 14})
	two := saved(t, []float64{6, 7, 8, 9, 10}, []float64{1.4, 1.0, 1.3, 1.1, 1.2}, []float64{20, 21, 24, 26, 27})
	var out bytes.Buffer
	if err := compare([]string{one, two}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"", // the header
		"pushpull-tcp 100 rate actomq-one 3.00 8.00 +166.7% 0.008 1.20 / pebbe 1.20 / pebbe ~ 1.000",
		"reqrep-tcp 100 round trip p50 actomq-one 12.0 24.0 +100.0% 0.008 12.00 / pebbe 24.00 / pebbe +100.0% 0.008",
	} {
		if got := strings.Join(strings.Fields(lines[i]), " "); want != "" && got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestCompareChecksRatiosAndNotAbsoluteFigures(t *testing.T) {
	base := []float64{1.0, 1.1, 1.2, 1.3, 1.4}
	low := []float64{0.5, 0.6, 0.7, 0.8, 0.9}
	slightly := []float64{0.95, 0.96, 0.97, 0.98, 0.99}
	near := []float64{1.0, 1.01, 1.02, 1.03, 1.04}
	for _, test := range []struct {
		name         string
		was, is      []float64 // ratios of rates
		tripWas, now []float64 // ratios of round trips
		worse        bool
	}{
		{"the same", base, base, base, base, false},
		{"a ratio that should be high fell", base, low, base, base, true},
		{"a ratio that should be low rose", base, base, low, base, true},
		{"both got better", low, base, base, low, false},
		{"within the margin", near, slightly, base, base, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			// The absolute rates fell to a tenth: another machine.
			was := saved(t, []float64{10, 20, 30, 40, 50}, test.was, test.tripWas)
			is := saved(t, []float64{1, 2, 3, 4, 5}, test.is, test.now)
			err := compare([]string{"-check", was, is}, io.Discard, io.Discard)
			if got := errors.Is(err, errWorse); got != test.worse {
				t.Errorf("worse %v, want %v: %v", got, test.worse, err)
			}
		})
	}
}

func TestCompareRefusesWhatItCannotCompare(t *testing.T) {
	file := saved(t, []float64{1}, []float64{1}, []float64{1})
	for _, arguments := range [][]string{nil, {file}, {file, t.TempDir() + "/none"}} {
		if err := compare(arguments, io.Discard, io.Discard); err == nil {
			t.Errorf("%q accepted", arguments)
		}
	}
}
