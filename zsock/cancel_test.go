package zsock

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/actomq/actomq/supervision"
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

type meanCause struct{}

func (meanCause) Error() string   { panic("no text") }
func (meanCause) Is(error) bool   { panic("no comparison") }
func (meanCause) As(any) bool     { panic("no conversion") }
func (meanCause) Unwrap() []error { panic("nothing inside") }

func TestACauseThatPanicsHarmsNobodyWhoWaits(t *testing.T) {
	sys := testSystem(t)
	ctx, cancel := context.WithCancelCause(testContext(t))
	cancel(meanCause{})
	s := open(t, sys, Dealer, WithBind("inproc://mean"), WithOutbox(1))
	for name, do := range map[string]func() error{
		"Send":      func() error { return s.Send(ctx, Text("x")) },
		"Recv":      func() error { _, err := s.Recv(ctx); return err },
		"Bind":      func() error { return s.Bind(ctx, "inproc://other") },
		"Option":    func() error { _, err := s.Option(ctx, "sndhwm"); return err },
		"Connected": func() error { return s.WaitConnected(ctx, 1) },
		"Monitor":   func() error { _, err := s.Monitor(ctx); return err },
		"Proxy": func() error {
			_, err := sys.StartProxy(ctx, ProxySpec{Front: Side{Type: Pull}, Back: Side{Type: Push}})
			return err
		},
		"Supervise": func() error { _, err := sys.Supervise(ctx, "mean", supervision.Spec{}); return err },
	} {
		if err := do(); err == nil || err.Error() == "" || errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
