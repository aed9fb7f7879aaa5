package figure

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestWhitneyGivesTheExactProbability(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b []float64
		want float64
	}{
		{"3 and 3 apart: 2 of 20 ways", []float64{1, 2, 3}, []float64{4, 5, 6}, 2.0 / 20},
		{"5 and 5 apart: 2 of 252 ways", []float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 2.0 / 252},
		{"the other way round", []float64{6, 7, 8, 9, 10}, []float64{1, 2, 3, 4, 5}, 2.0 / 252},
		{"rank sum 7 of 3 and 3: 4 of 20 ways", []float64{1, 2, 4}, []float64{3, 5, 6}, 4.0 / 20},
		{"all the same", []float64{1, 1, 1}, []float64{1, 1, 1}, 1},
		{"ties within a side: 2 of 20 ways", []float64{1, 1, 1}, []float64{2, 2, 2}, 2.0 / 20},
		{"interleaved", []float64{1, 4}, []float64{2, 3}, 1},
		{"nothing", nil, []float64{1}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Whitney(test.a, test.b); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("p = %v, want %v", got, test.want)
			}
		})
	}
}

func TestFiguresSurviveAFile(t *testing.T) {
	want := []Figure{
		{Case: "pushpull-tcp", Metric: "rate", Unit: "msg/s", Better: "higher", Contender: "pebbe", Size: 100, Pairs: 1, Rounds: 3,
			Spread: SpreadOf([]float64{3, 1, 2}), Ratios: map[string]Spread{"pebbe": SpreadOf([]float64{1, 1, 1})}},
		{Case: "reqrep-tcp", Metric: "round trip p50", Better: "lower", Latency: []float64{1, 2}, Refused: "lost a message"},
	}
	var file bytes.Buffer
	if err := Write(&file, map[string]string{"go": "go1"}, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&file)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	if _, err := Read(strings.NewReader("{\n")); err == nil {
		t.Error("half a line is read")
	}
	if _, err := ReadFile(t.TempDir() + "/none"); err == nil {
		t.Error("a file that is not there is read")
	}
}
