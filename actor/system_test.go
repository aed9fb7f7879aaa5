package actor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"
)

func TestCloseNamesActorsThatDoNotReturnAtTheDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		p := w.spawn("p", restarter.produce)
		stuck := under(t, p, "stuck", life{}.produce)
		done := under(t, p, "done", life{}.produce)
		helped := w.spawn("helped", life{}.produce)
		tell(t, stuck, func(*Context[act]) error { <-gate; return nil })
		if err := do(helped, func(ctx *Context[act]) error {
			ctx.Go(func(context.Context) act { <-gate; return nil }, nil)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(background, 7*time.Second)
		defer cancel()
		err := w.Close(ctx)
		overstay, ok := errors.AsType[*OverstayError](err)
		if !ok || !slices.Equal(overstay.Paths, []string{"/p", "/p/stuck", "/helped"}) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %v", err)
		}
		if d := time.Since(start); d != 7*time.Second {
			t.Errorf("after %v", d)
		}
		<-done.Done()
		if _, err := Spawn(background, w.System, "late", life{}.produce); !errors.Is(err, ErrClosed) {
			t.Errorf("Spawn in a closing system: %v", err)
		}
		close(gate)
		if err := w.Close(background); err != nil {
			t.Errorf("second Close: %v", err)
		}
		<-w.Done()
		if _, err := Spawn(background, w.System, "late", life{}.produce); !errors.Is(err, ErrClosed) {
			t.Errorf("Spawn in a closed system: %v", err)
		}
	})
}

func TestCloseFreesHandlersThatWaitWithTheirContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.spawn("p", restarter.produce)
		for _, name := range []string{"a", "b"} {
			ref := under(t, p, name, life{}.produce)
			tell(t, ref, func(ctx *Context[act]) error { <-ctx.Done(); return ctx.Err() })
		}
		tell(t, p, func(ctx *Context[act]) error { <-ctx.Done(); return context.Cause(ctx) })
		synctest.Wait()
		start := time.Now()
		if err := w.Close(background); err != nil || time.Since(start) != 0 {
			t.Errorf("Close: %v after %v", err, time.Since(start))
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, e := range w.log {
			if e.Kind == Failed {
				t.Errorf("a failure: %v", e)
			}
		}
	})
}

func TestTwoSystemsDoNotKnowEachOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newWorld(t), newWorld(t)
		one, two := a.spawn("x", life{}.produce), b.spawn("x", life{}.produce)
		tell(t, one, func(*Context[act]) error { return errBoom })
		<-a.Done()
		<-one.Done()
		if err := do(two, func(*Context[act]) error { return nil }); err != nil || b.Err() != nil {
			t.Errorf("%v, %v", err, b.Err())
		}
	})
}

func TestSpawnChecksNamesAndChoosesThem(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, WithSystemName("deadletter")) // a name of protoactor's own
		for _, name := range []string{"a/b", "/", "a\x00"} {
			if _, err := Spawn(background, w.System, name, life{}.produce); err == nil {
				t.Errorf("%q was taken for a name", name)
			}
		}
		a, b := w.spawn("", life{}.produce), w.spawn("", life{}.produce)
		if a.Name() == b.Name() || a.Path() != "/"+a.Name() {
			t.Errorf("%s, %s", a.Path(), b.Path())
		}
	})
}

func TestContextOfAnIncarnationThatIsOverSpawnsNobody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var err error
		ref := w.spawn("a", life{onStop: func(ctx *Context[act], _ error) {
			_, err = Spawn(background, ctx, "kid", life{}.produce)
		}}.produce)
		ref.Stop(nil)
		<-ref.Done()
		if !errors.Is(err, ErrStopped) {
			t.Errorf("Spawn in Stop: %v", err)
		}
	})
}

func TestEventsOfAnActorAreInOrderAndComplete(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		ref := under(t, w.spawn("p", restarter.produce), "c", life{}.produce)
		tell(t, ref, func(*Context[act]) error { return errBoom })
		ref.Restart()
		if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
			t.Fatal(err)
		}
		ref.Stop(errBoom)
		<-ref.Done()
		var got []Event
		for _, e := range w.log {
			if e.Path == "/p/c" {
				got = append(got, e)
			}
		}
		last := got[len(got)-1]
		if got[0].Kind != Started || got[0].Attempt != 1 || last.Kind != Stopped || last.Err != errBoom || last.Time.IsZero() {
			t.Errorf("events: %v", got)
		}
		incarnation := 0
		for _, e := range got {
			if e.Kind == Started {
				if incarnation++; e.Attempt != incarnation {
					t.Errorf("incarnation %d was reported as %d", incarnation, e.Attempt)
				}
			}
		}
	})
}

func TestSnapshotPrintsAsATreeAndMarshals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, WithSystemName("shop"))
		p := w.spawn("p", life{onChildFailed: func(ctx *Context[act], child Handle, _ Failure) error {
			ctx.Annotate(child, "thinking")
			return nil
		}}.produce, WithKind("boss"), WithDetails(func() []Detail { return []Detail{{"jobs", 3}} }))
		a := under(t, p, "a", life{}.produce)
		under(t, p, "b", life{}.produce)
		a.Restart()
		synctest.Wait()
		gate := make(chan struct{})
		tell(t, a, func(*Context[act]) error { <-gate; return errors.New("boom\nand more") })
		tell(t, a, func(*Context[act]) error { return nil })
		close(gate)
		synctest.Wait()
		want := `shop running received=1
└─ p (boss) running received=2 jobs=3
   ├─ a failed queued=1 received=1 restarts=1 [thinking] last failure: boom
   └─ b running received=0
`
		if got := w.Snapshot().String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		text, err := json.Marshal(w.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		var back Snapshot
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		found, ok := back.Find("/p/a")
		if !ok || found.LastFailure != "boom\nand more" || found.Queued != 1 || found.State != "failed" {
			t.Errorf("%s: %+v", text, found)
		}
		if _, ok := back.Find("/nobody"); ok {
			t.Error("found nobody")
		}
	})
}

func TestLogsCarryThePath(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var text strings.Builder
		w := newWorld(t, WithLogger(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		ref := w.spawn("a", life{}.produce)
		if err := do(ref, func(ctx *Context[act]) error { ctx.Logger().Info("hello"); return nil }); err != nil {
			t.Fatal(err)
		}
		kid := under(t, w.spawn("p", restarter.produce), "kid", life{}.produce)
		tell(t, kid, panicHere)
		if err := do(kid, func(*Context[act]) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(background); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"msg=failed actor=/p/kid", "message=actor.act stack=", "panicHere", "msg=started actor=/a attempt=1", "msg=hello actor=/a", "msg=stopped actor=/a"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("no %q in\n%s", want, text.String())
			}
		}
	})
}

func TestProtoactorCodeSendsToTypedActors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var got []int
		gate := make(chan struct{})
		ref, err := Spawn(background, w.System, "a", func() Behavior[int] {
			return Func[int](func(_ *Context[int], n int) error {
				got = append(got, n)
				if n == 3 {
					<-gate
				}
				return nil
			})
		}, WithMailbox(1))
		if err != nil {
			t.Fatal(err)
		}
		root := w.engine.Root
		root.Send(ref.PID(), 1)
		synctest.Wait()
		root.Request(ref.PID(), 2)
		synctest.Wait()
		root.Send(ref.PID(), "three")
		root.Send(ref.PID(), 3)
		synctest.Wait()
		root.Send(ref.PID(), 4)
		root.Send(ref.PID(), 5)
		synctest.Wait()
		close(gate)
		synctest.Wait()
		if !slices.Equal(got, []int{1, 2, 3, 4}) {
			t.Errorf("handled %v", got)
		}
		root.Send(ref.PID(), &proto.PoisonPill{})
		<-ref.Done()
		root.Send(ref.PID(), 6)
		if _, err := root.RequestFuture(ref.PID(), 7, time.Hour).Result(); !errors.Is(err, proto.ErrDeadLetter) {
			t.Errorf("a request to a dead actor: %v", err)
		}
		dead := w.deadLetters()
		if len(dead) != 4 {
			t.Fatalf("dead letters: %v", dead)
		}
		for i, want := range []struct {
			message any
			reason  error
		}{{"three", ErrWrongType}, {5, ErrMailboxFull}, {6, ErrStopped}, {7, ErrStopped}} {
			if l := dead[i]; l.Message != want.message || !errors.Is(l.Reason, want.reason) || l.Path != "/a" {
				t.Errorf("dead letter %d: %v", i, l)
			}
		}
	})
}

func TestProtoactorCodeThatWatchesHearsOfTheEndAlsoWhenItIsLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		terminated := make(chan string, 10)
		watch := make(chan *proto.PID)
		ref := w.spawn("a", life{}.produce)
		props := proto.PropsFromFunc(func(ctx proto.Context) {
			switch m := ctx.Message().(type) {
			case *proto.PID:
				ctx.Watch(m)
				watch <- m
			case *proto.Terminated:
				terminated <- m.Who.Id
			}
		})
		watcher := w.engine.Root.Spawn(props)
		w.engine.Root.Send(watcher, ref.PID())
		<-watch
		synctest.Wait()
		gate := make(chan struct{})
		tell(t, ref, func(*Context[act]) error { <-gate; return nil })
		ref.Stop(nil)
		close(gate)
		if id := <-terminated; id != ref.PID().Id {
			t.Error(id)
		}
		<-ref.Done()
		for range 2 {
			w.engine.Root.Send(watcher, ref.PID())
			<-watch
			<-terminated
		}
		// A watch that the mailbox got when its loop had ended already.
		ref.cell.PostSystemMessage(&proto.Watch{Watcher: watcher})
		<-terminated
		w.engine.Root.Stop(watcher)
		synctest.Wait()
	})
}

func TestWhatSpawnReturnedIsInTheTree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 1000 {
			name := fmt.Sprint("a", i)
			ref := w.spawn(name, life{}.produce)
			if kids := w.Snapshot().Children; len(kids) != 1 || kids[0].Name != name || ref.PID().Id != "root/"+name {
				t.Fatalf("%v, %v", kids, ref.PID())
			}
			ref.Stop(nil)
			<-ref.Done()
			synctest.Wait()
		}
	})
}

func TestEmptyNameIsReplacedByOneThatIsFree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		defer close(gate)
		p := w.spawn("actor-1", life{}.produce)
		w.spawn("actor-2", life{}.produce)
		under(t, p, "actor-3", life{}.produce)
		stuck := under(t, p, "actor-4", life{}.produce)
		tell(t, stuck, func(*Context[act]) error { <-gate; return nil })
		synctest.Wait()
		tell(t, p, func(ctx *Context[act]) error { ctx.Abandon(stuck, time.Minute); return nil })
		seen := map[string]bool{}
		for range 5 {
			for _, ref := range []Ref[act]{w.spawn("", life{}.produce), under(t, p, "", life{}.produce)} {
				if seen[ref.Path()] || ref.Name() == "" || !strings.HasSuffix(ref.Path(), "/"+ref.Name()) {
					t.Errorf("%q, %q", ref.Name(), ref.Path())
				}
				seen[ref.Path()] = true
				if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
