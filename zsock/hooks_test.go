package zsock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/actomq/actomq/actor"
)

// strict is a log handler that fails, too.
type strict struct {
	slog.Handler
	fail func()
}

func (h strict) Enabled(context.Context, slog.Level) bool { return true }

func (h strict) Handle(context.Context, slog.Record) error { h.fail(); return nil }

func TestAHookThatFailsIsCountedAndStopsNothing(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic("hook") }, "exit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			var events, letters atomic.Uint64
			sys := testSystem(t, quickRestarts(),
				WithEvents(func(actor.Event) { events.Add(1); fail() }),
				WithDeadLetters(func(actor.DeadLetter) { letters.Add(1); fail() }),
				WithLogger(slog.New(strict{slog.DiscardHandler, fail})))
			ctx := testContext(t)
			p := startProxy(t, sys, ProxySpec{
				Name: "hooked", Front: side(Pull, WithBind("inproc://hooked-in")), Back: side(Router, WithBind("inproc://hooked-out")),
				Capture: func(ctx context.Context, _ *Socket, m Message) error { return nil },
			})
			in := open(t, sys, Push, WithConnect("inproc://hooked-in"))
			out := open(t, sys, Dealer, WithIdentity([]byte("there")), WithConnect("inproc://hooked-out"))
			must(t, p.Back().WaitConnected(ctx, 1))
			for i := range 3 {
				must(t, in.Send(ctx, Text("nowhere", "hello")))
				must(t, in.Send(ctx, Text("there", fmt.Sprint(i))))
				if m := receive(t, out); m.String() != fmt.Sprint(i) {
					t.Error(m)
				}
				lose(t, in)
				must(t, in.WaitConnected(ctx, 1))
			}
			if letters.Load() < 3 || events.Load() < 3 {
				t.Errorf("%d dead letters, %d events", letters.Load(), events.Load())
			}
			if n := sys.HookFailures(); n < letters.Load()+events.Load() {
				t.Errorf("%d failures of hooks were counted, of %d", n, letters.Load()+events.Load())
			}
		})
	}
}

// A capture callback may pause and resume its own proxy, and one that waits is told when it has to come to an end.
func TestACaptureMayPauseItsProxyAndIsToldOfTheEnd(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	var itself atomic.Pointer[Proxy]
	ended := make(chan error, 1)
	p, in, out := around(t, sys, ProxySpec{Capture: func(ctx context.Context, _ *Socket, m Message) error {
		if m.String() == "wait" {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil
		}
		defer itself.Load().Resume()
		return itself.Load().Pause(ctx)
	}})
	itself.Store(p)
	for range 3 {
		must(t, in.Send(ctx, Text("hello")))
		receive(t, out)
	}
	must(t, in.Send(ctx, Text("wait")))
	proxyShows(t, p, func(s ProxyStats) bool { return s.Forth.Received == 4 })
	must(t, p.Stop(ctx, nil))
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
