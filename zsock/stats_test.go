package zsock

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestStatsAddUpWhileLibzmqTakesNoMore(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://full", Pull, Push, WithSendHWM(5), WithRecvHWM(5), WithInbox(3, 1<<20))
	batch := make([]Message, 40)
	for i := range batch {
		batch[i] = Text(fmt.Sprint(i))
	}
	posted := 0
	for range 30 {
		must(t, push.Post(ctx, batch[posted]))
		posted++
	}
	// A batch that is cut off behind them leaves nothing in the books but what was refused.
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if n, err := push.SendBatch(short, batch); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(n, err)
	}
	for push.Stats().Queued != posted-int(push.Stats().Sent) {
		if ctx.Err() != nil {
			t.Fatal(push.Stats())
		}
		runtime.Gosched()
	}
	balance(t, push)
	s := push.Stats()
	if s.Accepted != uint64(posted+len(batch)) || s.Refused != uint64(len(batch)) || s.Queued == 0 || s.Sent == 0 {
		t.Fatal(s)
	}
	// One that fits in part only is known to the message.
	for range posted {
		receive(t, pull)
	}
	short, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	n, err := push.SendBatch(short, batch)
	if n == 0 || n == len(batch) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(n, err)
	}
	balance(t, push)
	if s := push.Stats(); s.Queued != 0 || s.Sent != uint64(posted+n) || s.Refused != uint64(2*len(batch)-n) {
		t.Fatal(n, s)
	}
	for range n {
		receive(t, pull)
	}
	balance(t, pull)
	if s := pull.Stats(); s.Read != uint64(posted+n) || s.Waiting != 0 {
		t.Fatal(s)
	}
}
