package zsock

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
	"github.com/actomq/actomq/supervision"
)

// stubborn is a system with an own actor beside the sockets, whose handler does not return before the stall is released.
func stubborn(t *testing.T) (*System, *actortest.Stall) {
	t.Helper()
	sys, stall, faults := testSystem(t), actortest.NewStall(), actortest.NewInjector()
	t.Cleanup(stall.Release) // before the system's
	sup, err := sys.Supervise(testContext(t), "mine", supervision.Spec{Strategy: supervision.RestForOne},
		supervision.Actor("first", actortest.NewSink[string]().New),
		supervision.Actor("stuck", actortest.Inject(faults, actortest.NewSink[string]().New)))
	if err != nil {
		t.Fatal(err)
	}
	ref, err := supervision.Find[string](testContext(t), sup, "stuck")
	if err != nil {
		t.Fatal(err)
	}
	faults.Next(actortest.Receive, stall.Fault)
	if err := ref.Tell(testContext(t), "m"); err != nil {
		t.Fatal(err)
	}
	<-stall.Reached()
	return sys, stall
}

func wantStuck(t *testing.T, err error) {
	t.Helper()
	overstay, ok := errors.AsType[*actor.OverstayError](err)
	if !ok || !slices.Contains(overstay.Paths, "/top/mine/stuck") || slices.Contains(overstay.Paths, "/top/mine/first") {
		t.Errorf("Close: %v", err)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close does not say why it ended: %v", err)
	}
}

func TestCloseReturnsAtItsDeadlineAndNamesTheActorThatDoesNotReturn(t *testing.T) {
	sys, stall := stubborn(t)
	socket := open(t, sys, Pair, WithBind("inproc://here"))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	wantStuck(t, sys.Close(ctx))
	<-socket.Done() // what does return is gone
	stall.Release()
	if err := sys.Close(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestCloseKeepsItsDeadlineWhileAnotherOneWaits(t *testing.T) {
	sys, stall := stubborn(t)
	long, cancel := context.WithCancel(context.Background())
	defer cancel()
	first := make(chan error, 1)
	go func() { first <- sys.Close(long) }()
	<-sys.Actors().Context().Done() // it waits for the actors by now
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	wantStuck(t, sys.Close(ctx))
	stall.Release()
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// farewell posts a last word when it stops.
type farewell struct{ to *Socket }

func (f farewell) Receive(*actor.Context[string], string) error { return nil }

func (f farewell) Stop(*actor.Context[string], error) {
	_ = f.to.Post(context.Background(), Text("farewell"))
}

func TestCloseStopsWhatWasStartedLastFirstAndSocketsSendWhatTheyWereGiven(t *testing.T) {
	for name, end := range map[string]func(*System, *supervision.Supervisor) error{
		"of the system":     func(sys *System, _ *supervision.Supervisor) error { return sys.Close(context.Background()) },
		"of the supervisor": func(_ *System, sup *supervision.Supervisor) error { return sup.Stop(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			sys, other := testSystem(t), testSystem(t)
			ctx := testContext(t)
			pull := open(t, other, Pull, WithBind("tcp://127.0.0.1:*"))
			sup, err := sys.Supervise(ctx, "mine", supervision.Spec{Strategy: supervision.RestForOne})
			must(t, err)
			push, err := sys.Open(Push, WithSupervisor(sup), WithConnect(bound(t, pull)))
			must(t, err)
			_, err = supervision.Spawn(ctx, sup, "user", supervision.Permanent, func() actor.Behavior[string] { return farewell{push} })
			must(t, err)
			must(t, push.WaitConnected(ctx, 1))
			must(t, end(sys, sup))
			if m := receive(t, pull); m.String() != "farewell" {
				t.Error(m)
			}
			if s := push.Stats(); s.Sent != 1 || !s.Balanced() {
				t.Error(s)
			}
		})
	}
}

func TestACloseWithoutTimeNamesSocketsThatLingerAndEndsThemAllTheSame(t *testing.T) {
	var dead atomic.Uint64
	sys := testSystem(t, WithDeadLetters(func(actor.DeadLetter) { dead.Add(1) }))
	sup, err := sys.Supervise(testContext(t), "mine", supervision.Spec{}, supervision.Actor("own", actortest.NewSink[string]().New))
	must(t, err)
	push := open(t, sys, Push, WithLinger(time.Hour), WithName("patient")) // nobody is there
	must(t, push.Post(testContext(t), Text("to nobody")))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err = sys.Close(ctx)
	overstay, ok := errors.AsType[*actor.OverstayError](err)
	if !ok || !slices.Contains(overstay.Paths, "/top/sockets/patient") || !strings.Contains(err.Error(), "main_test.go:") ||
		!strings.Contains(err.Error(), "1 to send") {
		t.Error(err)
	}
	<-push.Done()
	<-sup.Handle().Done()
	if s := push.Stats(); s.Refused != 1 || !s.Balanced() || dead.Load() != 1 {
		t.Error(s, dead.Load())
	}
	must(t, sys.Close(testContext(t)))
}

func TestACloseWhoseTimeIsOverBlamesNobodyElse(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		sys := testSystem(t)
		open(t, sys, Pair)
		if err := sys.Close(over); err != nil && (!errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "another Close") || strings.Contains(err.Error(), "[]")) {
			t.Error(err)
		}
		<-sys.Done()
	}
}

// TestASupervisorThatGivesUpTooOftenEndsTheSystemWithItsCause: what nobody handles climbs.
func TestASupervisorThatGivesUpTooOftenEndsTheSystemWithItsCause(t *testing.T) {
	quick := supervision.Backoff{Min: time.Millisecond, Max: time.Millisecond}
	sys, err := NewSystem(WithLogger(slog.New(slog.DiscardHandler)))
	must(t, err)
	socket := open(t, sys, Pair)
	broken := errors.New("broken for good")
	_, err = sys.Supervise(testContext(t), "mine", supervision.Spec{Intensity: -1, Backoff: quick},
		supervision.Actor("own", func() actor.Behavior[string] { return &failsLater{err: broken} }))
	must(t, err)
	select {
	case <-sys.Done():
	case <-testContext(t).Done():
		t.Fatal(sys.Snapshot())
	}
	if err := sys.Err(); !errors.Is(err, broken) || !errors.Is(err, supervision.ErrGaveUp) {
		t.Error(err)
	}
	if err := socket.Send(testContext(t), Text("late")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := sys.Close(testContext(t)); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// failsLater fails as soon as it runs.
type failsLater struct{ err error }

func (f *failsLater) Start(ctx *actor.Context[string]) error {
	select {
	case ctx.Notify() <- struct{}{}:
	default:
	}
	return nil
}
func (f *failsLater) Receive(*actor.Context[string], string) error { return nil }
func (f *failsLater) Ready(*actor.Context[string]) error           { return f.err }
