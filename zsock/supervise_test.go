package zsock

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
	"github.com/actomq/actomq/supervision"
)

func TestSocketsAndOwnActorsAreRestartedTogetherAsTheirSpecSays(t *testing.T) {
	probe, faults := actortest.NewProbe(), actortest.NewInjector()
	sys := testSystem(t, WithEvents(probe.Event))
	sup, err := sys.Supervise(testContext(t), "mine", supervision.Spec{
		Strategy: supervision.AllForOne, Backoff: supervision.Backoff{Min: time.Millisecond},
	}, supervision.Actor("own", actortest.Inject(faults, actortest.NewSink[string]().New)))
	if err != nil {
		t.Fatal(err)
	}
	pull := open(t, sys, Pull, WithName("pull"), WithSupervisor(sup), WithBind("tcp://127.0.0.1:*"))
	push := open(t, sys, Push, WithConnect(bound(t, pull)))
	own, err := supervision.Find[string](testContext(t), sup, "own")
	if err != nil {
		t.Fatal(err)
	}
	faults.Next(actortest.Receive, actortest.Error(errors.New("boom")))
	if err := own.Tell(testContext(t), "m"); err != nil {
		t.Fatal(err)
	}
	if _, err := probe.Await(testContext(t), 2, actortest.Is(actor.Started, "/top/mine/pull")); err != nil {
		t.Fatal(err)
	}
	all := testContext(t)
	for arrived := false; !arrived; { // what goes into the connection that is gone is lost
		if err := push.Send(testContext(t), Text("after")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(all, 50*time.Millisecond)
		m, err := pull.Recv(ctx)
		cancel()
		if arrived = err == nil; arrived && m.String() != "after" {
			t.Error(m)
		}
		if all.Err() != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	// A socket that is closed ends by itself, and for good.
	if err := pull.Close(); err != nil {
		t.Error(err)
	}
	<-pull.Done()
	if _, err := sup.Child(testContext(t), "pull"); !errors.Is(err, supervision.ErrNoChild) {
		t.Error(err)
	}
}
