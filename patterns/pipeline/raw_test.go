package pipeline

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/actomq/actomq/patterns"
)

// A sequence may give the same slice again and again, and Work may answer with one: also where tasks are handed out once more.
func TestRawBytesMayBeUsedAgainAtOnceOnBothSides(t *testing.T) {
	onTransports(t, func(t *testing.T, endpoint string) {
		sys, _ := newSystem(t)
		const tasks, size = 500, 3000
		failed := make([]bool, tasks)
		answer := make([]byte, size)
		run := start(t, sys, Topology[[]byte, []byte]{Workers: 1, Credit: 64, Endpoint: endpoint, Codec: patterns.Raw,
			Work: func(_ context.Context, b []byte) ([]byte, error) {
				n := binary.BigEndian.Uint32(b)
				if !failed[n] {
					failed[n] = true
					return nil, errors.New("once more")
				}
				copy(answer, b)
				return answer, nil
			}})
		body := make([]byte, size)
		got := make(map[int][]byte)
		for r, err := range run.Process(testContext(t), func(yield func([]byte) bool) {
			for n := range tasks {
				fill(body, n)
				if !yield(body) {
					return
				}
			}
		}) {
			if err != nil {
				t.Fatal(err)
			}
			got[r.Number] = r.Value // kept, and looked at when all others have come
		}
		want := make([]byte, size)
		for n := range tasks {
			if fill(want, n); !bytes.Equal(got[n], want) {
				t.Fatalf("the result of task %d is that of task %d", n, binary.BigEndian.Uint32(got[n]))
			}
		}
	})
}

func fill(b []byte, n int) {
	for i := 0; i < len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], uint32(n))
	}
}
