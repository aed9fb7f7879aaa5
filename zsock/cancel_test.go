package zsock

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

func TestASendThatItsContextEndedDoesNotTouchItsMessageAnyMore(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://cancel", Pull, Push)
	for _, size := range []int{100, 100_000} {
		body := bytes.Repeat([]byte("x"), size)
		sent := 0
		for range 500 {
			short, cancel := context.WithCancel(ctx)
			go cancel()
			switch err := push.Send(short, Bytes(body)); {
			case err == nil:
				sent++
				receive(t, pull)
			case !errors.Is(err, context.Canceled):
				t.Fatal(err)
			}
			body[0]++ // the race detector tells
		}
		t.Logf("%d of 500 sends of %d bytes came before their cancellation", sent, size)
	}
	if m, err := pull.TryRecv(); !errors.Is(err, ErrWouldBlock) {
		t.Error(m, err)
	}
}
