package actortest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// boss spawns one child when it starts and restarts it whenever it fails.
type boss struct {
	produce func() actor.Behavior[string]
	child   *actor.Ref[string]
}

func (b boss) Start(ctx *actor.Context[struct{}]) (err error) {
	*b.child, err = actor.Spawn(ctx, ctx, "child", b.produce)
	return err
}

func (boss) Receive(*actor.Context[struct{}], struct{}) error { return nil }

func (boss) ChildFailed(_ *actor.Context[struct{}], child actor.Handle, _ actor.Failure) error {
	child.Restart()
	return nil
}

func (boss) ChildStopped(*actor.Context[struct{}], actor.Handle, error) error { return nil }

// supervised spawns an actor that is restarted, with faults.
func supervised(t *testing.T, sys *actor.System, faults *actortest.Injector, produce func() actor.Behavior[string]) actor.Ref[string] {
	t.Helper()
	var child actor.Ref[string]
	if _, err := actor.Spawn(t.Context(), sys, "boss", func() actor.Behavior[struct{}] {
		return boss{actortest.Inject(faults, produce), &child}
	}); err != nil {
		t.Fatal(err)
	}
	if err := child.WaitStarted(t.Context()); err != nil {
		t.Fatal(err)
	}
	return child
}

func TestEveryFaultHappensOnceAtItsPoint(t *testing.T) {
	for name, fault := range map[string]actortest.Fault{
		"error": actortest.Error(errBoom), "panic": actortest.Panic(errBoom), "exit": actortest.Exit(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sys, probe := actortest.New(t)
				faults, sink := actortest.NewInjector(), actortest.NewSink[string]()
				ref := supervised(t, sys, faults, sink.New)
				faults.Next(actortest.Receive, nil, fault)
				faults.Next(actortest.Start, fault)
				for _, m := range []string{"one", "two", "three"} {
					if err := ref.Tell(t.Context(), m); err != nil {
						t.Fatal(err)
					}
				}
				got, err := sink.Await(t.Context(), 2)
				if err != nil || !slices.Equal(got, []string{"one", "three"}) {
					t.Errorf("%q, %v", got, err)
				}
				// The handler failed, then the start of the next incarnation.
				if _, err := probe.Await(t.Context(), 2, actortest.Is(actor.Failed, "/boss/child")); err != nil {
					t.Error(err)
				}
				started := probe.Events(actortest.Is(actor.Started, "/boss/*"))
				if len(started) != 2 || started[1].Attempt != 3 {
					t.Errorf("%v", started)
				}
				if dead, err := probe.AwaitDeadLetters(t.Context(), 1, nil); err != nil || dead[0].Message != "two" {
					t.Errorf("%v, %v", dead, err)
				}
			})
		})
	}
}

func TestPoisonStrikesEveryTimeAndAlwaysUntilItIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, probe := actortest.New(t)
		faults, sink := actortest.NewInjector(), actortest.NewSink[string]()
		ref := supervised(t, sys, faults, sink.New)
		faults.Poison(func(m any) bool { return strings.HasPrefix(m.(string), "bad") }, actortest.Panic("poison"))
		for _, m := range []string{"bad 1", "good", "bad 2"} {
			if err := ref.Tell(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := probe.Await(t.Context(), 2, actortest.Is(actor.Failed, "")); err != nil {
			t.Error(err)
		}
		faults.Always(actortest.Flush, actortest.Error(errBoom))
		if err := ref.Tell(t.Context(), "flushed"); err != nil {
			t.Fatal(err)
		}
		failed, err := probe.Await(t.Context(), 3, actortest.Is(actor.Failed, ""))
		if err != nil || !errors.Is(failed[2].Err, errBoom) {
			t.Errorf("%v, %v", failed, err)
		}
		faults.Always(actortest.Flush, nil)
		if err := ref.Tell(t.Context(), "last"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := len(probe.Events(actortest.Is(actor.Failed, ""))); n != 3 {
			t.Errorf("%d failures", n)
		}
		if got := sink.Messages(); !slices.Equal(got, []string{"good", "flushed", "last"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestStallHoldsTheActorWhateverItsContextSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, probe := actortest.New(t)
		faults, stall := actortest.NewInjector(), actortest.NewStall()
		defer stall.Release()
		ref := supervised(t, sys, faults, actortest.NewSink[string]().New)
		faults.Next(actortest.Receive, stall.Fault)
		if err := ref.Tell(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		<-stall.Reached()
		ref.Stop(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := probe.Await(ctx, 1, actortest.Is(actor.Stopped, "/boss/child"))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "started /boss/child") {
			t.Errorf("Await: %v", err)
		}
		stall.Release()
		<-ref.Done()
	})
}

func TestInjectorWithoutFaultsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, probe := actortest.New(t)
		faults := actortest.NewInjector()
		var child actor.Ref[string]
		inner := func() actor.Behavior[string] {
			return actor.Func[string](func(*actor.Context[string], string) error { return errBoom })
		}
		// Without ChildFailed inside, a failure of the child fails the parent, as it does without faults around.
		parent := func() actor.Behavior[string] {
			return starter{func(ctx *actor.Context[string]) (err error) {
				child, err = actor.Spawn(ctx, ctx, "child", inner)
				return err
			}}
		}
		top, err := actor.Spawn(t.Context(), sys, "top", actortest.Inject(faults, parent))
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Tell(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		<-sys.Done()
		<-top.Done()
		if !errors.Is(sys.Err(), errBoom) || len(probe.Events(actortest.Is(actor.Failed, "/top"))) != 1 {
			t.Error(sys.Err())
		}
	})
}

// starter is a behaviour that only starts.
type starter struct {
	start func(*actor.Context[string]) error
}

func (s starter) Start(ctx *actor.Context[string]) error     { return s.start(ctx) }
func (starter) Receive(*actor.Context[string], string) error { return nil }
