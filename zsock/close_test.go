package zsock

import (
	"context"
	"errors"
	"slices"
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
