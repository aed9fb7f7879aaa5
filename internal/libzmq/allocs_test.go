//go:build cgo && !race && !asan

// The race detector makes sync.Pool drop memory at random, and the address sanitizer moves variables to the heap: allocations are counted without them.

package libzmq

import "testing"

func TestAllocationsOfAReceivedMessageAreItsOwnMemoryOnly(t *testing.T) {
	const n = 200
	for name, c := range map[string]struct {
		message [][]byte
		want    float64
	}{
		"one frame":    {frames("a message of some length, which is copied once"), 1},
		"four frames":  {frames("a", "b", "c", "d"), 2},
		"large frame":  {[][]byte{make([]byte, 4*directFrame)}, 1},
		"empty frame":  {frames(""), 0},
		"two in large": {[][]byte{make([]byte, 4*directFrame), []byte("x")}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := connected(t, Pair, Pair, "inproc")
			received := 0
			deliver := func([]byte, [][]byte) { received++ }
			var out Burst
			got := testing.AllocsPerRun(200, func() {
				for range n {
					out.Append(c.message[0], c.message[1:])
				}
				if taken, err := a.Send(&out); taken != n || err != nil {
					t.Fatal(taken, err)
				}
				if got, err := b.Recv(n, deliver); got != n || err != nil {
					t.Fatal(got, err)
				}
			}) / n
			// Sending is in the figure too, and adds nothing. A collection in between empties the pools: allow for it.
			if got > c.want+0.2 || got < c.want-0.2 {
				t.Errorf("%.2f allocations a message sent and received, want %v", got, c.want)
			}
		})
	}
}

func TestWouldWaitAllocatesNothing(t *testing.T) {
	a, b := connected(t, Push, Pull, "inproc")
	var full Burst
	for err := error(nil); err == nil; _, err = a.Send(&full) {
		full.Append([]byte("fill"), nil)
	}
	if got := testing.AllocsPerRun(200, func() {
		if n, err := a.Send(&full); n != 0 || err != ErrAgain {
			t.Fatal(n, err)
		}
	}); got > 0.2 {
		t.Errorf("ErrAgain costs %.2f allocations", got)
	}
	if _, err := b.Recv(1<<20, func([]byte, [][]byte) {}); err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(200, func() {
		if n, err := b.Recv(100, nil); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if _, _, err := b.Events(); err != nil {
			t.Fatal(err)
		}
	}); got > 0.2 {
		t.Errorf("a Recv that finds nothing costs %.2f allocations", got)
	}
}
