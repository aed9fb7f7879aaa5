package supervision

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
)

func TestStartThatFailsStopsWhatWasStartedInReverseOrder(t *testing.T) {
	onStage(t, func(s *stage) {
		c := &crew{stage: s}
		children := append(c.members("a", "b"), c.member("c", worker{start: func(*actor.Context[job]) error { return errBoom }}))
		_, err := Start(background, s.System, "sup", Spec{}, append(children, c.members("d")...)...)
		if !errors.Is(err, errBoom) || s.Err() != nil {
			t.Errorf("Start: %v, system: %v", err, s.Err())
		}
		c.want(t, "start a", "start b", "start c", "stop c", "stop b", "stop a")
		// It is the same when it happens below.
		_, err = Start(background, s.System, "sup", Spec{}, append(c.members("x"), Nested("inner", Spec{}, children...))...)
		if !errors.Is(err, errBoom) {
			t.Errorf("Start: %v", err)
		}
		c.want(t, "start x", "start a", "start b", "start c", "stop c", "stop b", "stop a", "stop x")
		synctest.Wait()
		if kids := s.Snapshot().Children; len(kids) != 0 {
			t.Errorf("left: %v", kids)
		}
	})
}

func TestChildThatOverstaysIsReportedAndLeftBehind(t *testing.T) {
	withCrew(t, Spec{Shutdown: 3 * time.Second}, func(c *crew) []Child {
		m := c.members("a", "b", "c")
		m[1].Shutdown = 7 * time.Second
		return m
	}, func(t *testing.T, c *crew) {
		c.lines = nil
		b := c.ref("b")
		gate := make(chan struct{})
		stall := job{do: func(*actor.Context[job]) error { <-gate; return nil }}
		for _, name := range []string{"a", "b"} {
			if err := c.ref(name).Tell(background, stall); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		err := c.Stop(background)
		overstay, ok := errors.AsType[*actor.OverstayError](err)
		if !ok || !slices.Equal(overstay.Paths, []string{"/sup/b", "/sup/a"}) || !errors.Is(err, ErrOverstayed) {
			t.Errorf("Stop: %v", err)
		}
		if d := time.Since(c.start); d != 10*time.Second {
			t.Errorf("after %v", d)
		}
		c.want(t, "stop c")
		if events := c.of(actor.Overstayed, ""); len(events) != 2 || events[0].Path != "/sup/b" || events[0].Delay != 7*time.Second {
			t.Errorf("%v", events)
		}
		if found, ok := c.Snapshot().Find("/sup/b"); !ok || found.Note == "" {
			t.Errorf("the snapshot does not show it:\n%v", c.Snapshot())
		}
		// The name is not free, and the system not done, before it returns.
		if _, err := Start(background, c.System, "sup", Spec{}, c.members("b")...); !errors.Is(err, actor.ErrNameTaken) {
			t.Errorf("Start: %v", err)
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err = c.System.Close(ctx)
		overstay, ok = errors.AsType[*actor.OverstayError](err)
		if !ok || !slices.Equal(overstay.Paths, []string{"/sup/b", "/sup/a"}) {
			t.Errorf("Close: %v", err)
		}
		close(gate)
		<-b.Done()
		if err := c.System.Close(background); err != nil {
			t.Error(err)
		}
	})
}

func TestSendersDoNotWaitForOneLeftBehind(t *testing.T) {
	withCrew(t, Spec{}, nil, func(t *testing.T, c *crew) {
		gate := make(chan struct{})
		defer close(gate)
		fine := job{do: func(*actor.Context[job]) error { return nil }}
		ref := c.ref("d")
		if err := ref.Tell(background, job{do: func(*actor.Context[job]) error { <-gate; return nil }}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for ref.TryTell(fine) == nil {
		}
		waits := make(chan error)
		go func() { waits <- ref.Tell(background, fine) }()
		if err := c.Remove(background, "d"); !errors.Is(err, ErrOverstayed) {
			t.Errorf("Remove: %v", err)
		}
		_, err := actor.Ask(background, ref, func(r actor.Reply[time.Time]) job { return job{r, fine.do} })
		for _, err := range []error{<-waits, ref.Tell(background, fine), err} {
			if !errors.Is(err, actor.ErrStopped) {
				t.Error(err)
			}
		}
		if n, _ := c.DeadLetters(); n != 0 { // each embeds a Reply, and so is refused
			t.Errorf("%d dead letters", n)
		}
	})
}

func TestNameOfOneLeftBehindIsFreeOnceItReturned(t *testing.T) {
	withCrew(t, Spec{}, nil, func(t *testing.T, c *crew) {
		gate := make(chan struct{})
		old := c.ref("d")
		if err := old.Tell(background, job{do: func(*actor.Context[job]) error { <-gate; return nil }}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := c.Remove(background, "d"); !errors.Is(err, ErrOverstayed) {
			t.Errorf("Remove: %v", err)
		}
		if _, err := c.Add(background, c.member("d", worker{})); !errors.Is(err, actor.ErrNameTaken) {
			t.Errorf("Add: %v", err)
		}
		close(gate)
		<-old.Done()
		for range 3 { // and news of its end do not concern its successor
			if _, err := c.Add(background, c.member("d", worker{})); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			c.works(c.ref("d"))
			if err := c.Remove(background, "d"); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCompanyThatWaitsInVainForAChildIsAFailureOfTheSupervisor(t *testing.T) {
	onStage(t, func(s *stage) {
		c := &crew{stage: s}
		top := s.supervisor(Spec{Intensity: 2, Backoff: steady})
		inner, err := StartUnder(background, top, "inner", Spec{Strategy: AllForOne, Shutdown: 2 * time.Second, Backoff: steady}, c.members("a", "b")...)
		if err != nil {
			t.Fatal(err)
		}
		c.Supervisor = inner
		c.lines = nil
		gate := make(chan struct{})
		if err := c.ref("b").Tell(background, job{do: func(*actor.Context[job]) error { <-gate; return nil }}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.fails(c.ref("a"), errBoom)
		pass(2 * time.Second)
		c.want(t, "stop a")
		if failed := s.of(actor.Failed, "/sup/inner"); len(failed) != 1 || !errors.Is(failed[0].Err, ErrOverstayed) {
			t.Errorf("%v", failed)
		}
		pass(time.Second) // the restart finds the name taken
		c.want(t, "start a", "stop a")
		close(gate)
		synctest.Wait()
		c.want(t, "stop b")
		pass(time.Second)
		c.want(t, "start a", "start b")
		if s.Err() != nil {
			t.Error(s.Err())
		}
	})
}

func TestWhatHangsBelowOneLeftBehindIsStopped(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{})
		gate := make(chan struct{})
		stopped := make(chan struct{})
		ref := s.child(sup, "boss", Permanent, worker{start: func(ctx *actor.Context[job]) error {
			_, err := actor.Spawn(ctx, ctx, "kid", worker{stop: func() { close(stopped) }}.produce)
			return err
		}})
		if err := ref.Tell(background, job{do: func(*actor.Context[job]) error { <-gate; return nil }}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := sup.Stop(background); !errors.Is(err, ErrOverstayed) {
			t.Error(err)
		}
		<-stopped
		close(gate)
	})
}

func TestNestedSupervisorComesBackWithItsChildren(t *testing.T) {
	onStage(t, func(s *stage) {
		c := &crew{stage: s}
		top, err := Start(background, s.System, "sup", Spec{Backoff: steady}, Nested("inner", Spec{Intensity: -1},
			append(c.members("a", "b"), Nested("deep", Spec{}, c.members("x")...))...))
		if err != nil {
			t.Fatal(err)
		}
		if c.Supervisor, err = top.Nested(background, "inner"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Add(background, c.member("late", worker{})); err != nil {
			t.Fatal(err)
		}
		c.want(t, "start a", "start b", "start x", "start late")
		old := c.ref("a")
		c.fails(old, errBoom)
		c.want(t, "stop late", "stop x", "stop b", "stop a") // before the delay
		<-old.Done()
		if at := c.works(c.ref("a")); at != time.Second {
			t.Errorf("back at %v", at)
		}
		c.want(t, "start a", "start b", "start x")
		if _, err := Find[string](background, c.Supervisor, "a"); !errors.Is(err, ErrNoChild) {
			t.Errorf("Find of another type: %v", err)
		}
	})
}

func TestSignificantChildrenEndTheirSupervisor(t *testing.T) {
	for name, c := range map[string]struct {
		auto AutoShutdown
		ends []string
		want []string
	}{
		"any":            {AnySignificant, []string{"b"}, []string{"stop b", "stop d", "stop c", "stop a"}},
		"all":            {AllSignificant, []string{"b", "c"}, []string{"stop b", "stop c", "stop d", "stop a"}},
		"one of all":     {AllSignificant, []string{"c"}, []string{"stop c"}},
		"no significant": {AnySignificant, []string{"a"}, []string{"stop a"}},
	} {
		t.Run(name, func(t *testing.T) {
			withCrew(t, Spec{AutoShutdown: c.auto, Backoff: steady}, func(crew *crew) []Child {
				m := crew.members("a", "b", "c", "d")
				for i := range m {
					m[i].Restart, m[i].Significant = Transient, i == 1 || i == 2
				}
				return m
			}, func(t *testing.T, crew *crew) {
				crew.lines = nil
				for _, end := range c.ends {
					crew.fails(crew.ref(end), actor.ErrStop)
				}
				crew.want(t, c.want...)
				over := len(c.want) == 4
				select {
				case <-crew.Handle().Done():
				default:
					over = false
				}
				if over != (len(c.want) == 4) || crew.Handle().Err() != nil || crew.System.Err() != nil {
					t.Errorf("over: %v, %v, %v", over, crew.Handle().Err(), crew.System.Err())
				}
				if n := len(crew.of(actor.ShuttingDown, "/sup")); (n == 1) != over {
					t.Errorf("%d events", n)
				}
			})
		})
	}
}

func TestWhatDoesNotCountAsTheEndOfASignificantChild(t *testing.T) {
	withCrew(t, Spec{AutoShutdown: AnySignificant, Strategy: AllForOne, Backoff: steady}, func(c *crew) []Child {
		m := c.members("a", "b", "c")
		m[0].Restart, m[0].Significant = Temporary, true
		m[1].Restart, m[1].Significant = Transient, true
		return m
	}, func(t *testing.T, c *crew) {
		if err := c.Remove(background, "b"); err != nil { // somebody's wish
			t.Error(err)
		}
		c.fails(c.ref("c"), errBoom) // stops a, for its own sake
		pass(time.Second)
		broken := c.member("e", worker{start: func(*actor.Context[job]) error { return errBoom }}).As(Transient)
		broken.Significant = true
		if _, err := c.Add(background, broken); !errors.Is(err, errBoom) { // it never was
			t.Error(err)
		}
		synctest.Wait()
		if n := len(c.of(actor.ShuttingDown, "")); n != 0 {
			t.Error("it shut down")
		}
		c.works(c.ref("c"))
	})
}

func TestPermanentSupervisorThatShutItselfDownIsRestartedByItsOwn(t *testing.T) {
	onStage(t, func(s *stage) {
		c := &crew{stage: s}
		m := c.members("a", "b")
		m[0].Restart, m[0].Significant = Transient, true
		top, err := Start(background, s.System, "sup", Spec{Backoff: steady}, Nested("inner", Spec{AutoShutdown: AnySignificant}, m...))
		if err != nil {
			t.Fatal(err)
		}
		if c.Supervisor, err = top.Nested(background, "inner"); err != nil {
			t.Fatal(err)
		}
		c.fails(c.ref("a"), actor.ErrStop)
		pass(time.Second)
		c.want(t, "start a", "start b", "stop a", "stop b", "start a", "start b")
		if n := len(s.of(actor.Failed, "")); n != 0 {
			t.Errorf("%d failures", n)
		}
	})
}
