package zsock

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/actomq/actomq/actor"
)

func TestAPostedMessageIsACopy(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "tcp://127.0.0.1:0", Pull, Push)
	sizes := []int{0, 1, 100, largeCopy, largeCopy + 1, chunkSize, 40 << 10}
	const rounds = 200
	shared := make([]byte, 64<<10)
	go func() {
		for i := range rounds {
			for _, size := range sizes {
				frames := [][]byte{shared[:size], shared[:size/2], shared[:8]}
				for j := range shared[:size] {
					shared[j] = byte(i)
				}
				copy(shared[:8], fmt.Sprintf("%08d", i))
				if err := push.Post(ctx, Bytes(frames...)); err != nil {
					t.Error(err)
					return
				}
				clear(shared)
				clear(frames)
			}
		}
	}()
	for i := range rounds {
		for _, size := range sizes {
			m := receive(t, pull)
			frames, err := m.Match(3)
			must(t, err)
			head := fmt.Sprintf("%08d", i)
			want := bytes.Repeat([]byte{byte(i)}, size)
			copy(want, head)
			if !bytes.Equal(frames[0], want) || !bytes.Equal(frames[1], want[:size/2]) || string(frames[2]) != head {
				t.Fatalf("message %d of %d bytes came changed", i, size)
			}
		}
	}
}

func TestADeadLetterKeepsItsMessageWhenItsMemoryIsUsedAgain(t *testing.T) {
	const total = 50
	letters := make(chan actor.DeadLetter, total)
	sys := testSystem(t, WithDeadLetters(func(l actor.DeadLetter) { letters <- l }))
	ctx := testContext(t)
	router := open(t, sys, Router, WithBind("inproc://nobody"))
	for i := range total {
		must(t, router.Post(ctx, Text("no such peer", fmt.Sprint(i))))
	}
	var kept []Message
	for range total {
		kept = append(kept, (<-letters).Message.(Message))
	}
	for i, m := range kept {
		if want := Text("no such peer", fmt.Sprint(i)); !m.Equal(want) {
			t.Errorf("dead letter %d is %q %q", i, m, m.Frame(1))
		}
	}
}

func TestAnArenaThatIsResetOwnsNothing(t *testing.T) {
	var a arena
	for range 10_000 {
		a.copy(Text("a few bytes", "and a few more"))
	}
	a.reset()
	if len(a.chunks) != 0 || len(a.frames) != 0 || cap(a.frames) > keepFrames {
		t.Errorf("%d chunks, %d frames, room for %d", len(a.chunks), len(a.frames), cap(a.frames))
	}
}
