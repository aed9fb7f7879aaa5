//go:build cgo

package libzmq

import (
	"bytes"
	"runtime"
	"testing"
)

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the second empties the victim caches of the pools
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAKeptMessageKeepsNothingElseAlive(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	const n = 2000
	kept := make([][]byte, 0, n)
	filler := bytes.Repeat([]byte("f"), 4000)
	before := heap()
	for range n {
		if err := sendAll(a, burst([][]byte{filler}, frames("kept", "k"), [][]byte{filler})); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Recv(3, func(first []byte, rest [][]byte) {
			if len(first) == 4 {
				kept = append(kept, first)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if grown := int64(heap()) - int64(before); grown > n*500 {
		t.Errorf("%d kept messages of 5 bytes hold %d bytes", len(kept), grown)
	}
	runtime.KeepAlive(kept)
}

func TestAnEmptyBurstOwnsNoMemory(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	var out Burst
	for range 1000 {
		out.Append(make([]byte, 1000), nil)
	}
	out.Drop()
	if out.Len() != 999 || out.Bytes() != 999_000 {
		t.Errorf("after Drop: %d messages, %d bytes", out.Len(), out.Bytes())
	}
	if _, err := a.Send(&out); err != nil {
		t.Fatal(err)
	}
	if out.mem != nil || out.Len() != 0 || out.Bytes() != 0 {
		t.Error("an emptied burst still owns memory or counts messages")
	}
	messages(t, b, 999)
	if b.in.scratch != nil {
		t.Error("an idle socket owns a scratch")
	}
	out.Append([]byte("x"), nil)
	out.Reset()
	if out.mem != nil || out.Len() != 0 {
		t.Error("Reset left memory or messages")
	}
	out.Drop() // of an empty burst: nothing to forget
}

func TestATakenLargeFrameIsLetGo(t *testing.T) {
	a, _ := connected(t, Pair, Pair, "inproc")
	out := burst([][]byte{make([]byte, largeFrame)}, frames("stays"))
	if taken, err := a.run(out, 1); taken != 1 || err != nil {
		t.Fatal(taken, err)
	}
	if out.mem.large[0] != nil {
		t.Error("the burst still refers to a frame that was taken")
	}
	out.Reset()
}

func TestABurstThatNeverGetsEmptyDoesNotGrow(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	var out Burst
	message := make([]byte, 1000)
	large := make([]byte, largeFrame)
	out.Append(message, nil)
	for range 2000 {
		for i := range 50 {
			out.Append(message, [][]byte{large}[:i/49])
		}
		if _, err := a.run(&out, 50); err != nil {
			t.Fatal(err)
		}
		for out.next != out.front || out.Len() > 40 {
			if _, err := a.run(&out, 1); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Recv(1000, func([]byte, [][]byte) {}); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() == 0 {
		t.Fatal("the burst got empty: the test tests nothing")
	}
	if m := out.mem; cap(m.buffer) > 1<<20 || cap(m.table) > 10_000 || cap(m.large) > 1000 {
		t.Errorf("holding %d messages it owns %d bytes, %d entries, %d large frames", out.Len(), cap(m.buffer), cap(m.table), cap(m.large))
	}
	out.Reset()
}
