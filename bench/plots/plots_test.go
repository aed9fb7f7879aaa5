package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actomq/actomq/bench/internal/figure"
	"github.com/actomq/actomq/bench/internal/role"
)

func saved(t *testing.T, lines []figure.Figure) string {
	t.Helper()
	var out bytes.Buffer
	if err := figure.Write(&out, struct{}{}, lines); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "figures.json")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func sample() []figure.Figure {
	var all []figure.Figure
	for i, who := range []string{"pebbe", "actomq-one"} {
		v := float64(i + 1)
		for _, size := range []int{1, 100, 1 << 20} {
			all = append(all, figure.Figure{Case: "pushpull-tcp", Metric: "rate", Contender: who, Size: size, Pairs: 1, Messages: 1000,
				Spread: figure.SpreadOf([]float64{v, 2 * v, 3 * v})})
		}
		for _, idle := range []int{0, 10, 1000} {
			latency := make([]float64, len(role.Quantiles))
			for q := range latency {
				latency[q] = v * float64(q+1)
			}
			all = append(all, figure.Figure{Case: "beside-idle", Metric: "round trip p50", Contender: who, Size: 100, Pairs: 1, Idle: idle,
				Messages: 1000, Spread: figure.SpreadOf([]float64{10 * v}), Latency: latency})
		}
		for _, metric := range []string{"Go memory", "threads"} {
			for _, idle := range []int{10, 1000} {
				all = append(all, figure.Figure{Case: "beside-idle", Metric: metric, Contender: who, Size: 100, Pairs: 1, Idle: idle,
					Messages: 1000, Spread: figure.SpreadOf([]float64{10 * v})})
			}
		}
		for _, pairs := range []int{1, 10} {
			all = append(all, figure.Figure{Case: "pairs-tcp", Metric: "rate", Contender: who, Size: 100, Pairs: pairs, Messages: 1000,
				Spread: figure.SpreadOf([]float64{v})})
		}
	}
	return append(all, figure.Figure{Case: "pairs-tcp", Metric: "rate", Contender: "lost", Size: 100, Pairs: 1, Refused: "lost a message"})
}

func TestEachQuestionIsAPictureThatNamesTheContenders(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run([]string{"-out", dir, saved(t, sample())}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"throughput-pushpull-tcp", "pairs-pairs-tcp", "idle-beside-idle", "memory-beside-idle", "threads-beside-idle", "latency-beside-idle-100", "latency-beside-idle-1000-idle-100"} {
		picture, err := os.ReadFile(filepath.Join(dir, name+".svg"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, who := range []string{"pebbe", "actomq-one"} {
			if !strings.Contains(string(picture), ">"+who+"<") {
				t.Errorf("%s does not name %s", name, who)
			}
		}
		if strings.Contains(string(picture), ">lost<") {
			t.Errorf("%s shows a refused figure", name)
		}
		if !strings.Contains(out.String(), name) {
			t.Errorf("%s is not told of", name)
		}
	}
}

func TestThroughputIsRateTimesSize(t *testing.T) {
	for _, c := range chartsOf(sample()) {
		if c.file != "throughput-pushpull-tcp" {
			continue
		}
		got := fmt.Sprintf("%.4g", c.lines[0].points)
		if want := fmt.Sprintf("%.4g", []point{{1, 2e-6, 1e-6, 3e-6}, {100, 2e-4, 1e-4, 3e-4}, {1 << 20, 2 * 1.048576, 1.048576, 3 * 1.048576}}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		return
	}
	t.Error("no chart of throughput")
}

func TestNothingToDrawIsAnError(t *testing.T) {
	alone := saved(t, []figure.Figure{{Case: "actor-tell", Metric: "time", Contender: "actor", Spread: figure.SpreadOf([]float64{1})}})
	for _, arguments := range [][]string{nil, {alone}, {t.TempDir() + "/none"}} {
		if err := run(arguments, io.Discard, io.Discard); err == nil {
			t.Errorf("%q accepted", arguments)
		}
	}
}
