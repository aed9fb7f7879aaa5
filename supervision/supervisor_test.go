package supervision

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
)

var errBoom = errors.New("boom")

const ms = time.Millisecond

func TestBackoffGrowsByItsFactorUpToItsCap(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 100, Backoff: Backoff{Min: 10 * ms, Max: 100 * ms, Factor: 3, Jitter: -1}})
		ref := s.child(sup, "c", Permanent, worker{})
		var want time.Duration
		for range 5 {
			s.fails(ref, errBoom)
			want += s.delays("/sup/c")[len(s.delays("/sup/c"))-1]
			if at := s.works(ref); at != want {
				t.Errorf("worked again at %v, want %v", at, want)
			}
		}
		s.wantDelays("/sup/c", 10*ms, 30*ms, 90*ms, 100*ms, 100*ms)
		for i, e := range s.of(actor.Restarting, "/sup/c") {
			if e.Attempt != i+1 || !errors.Is(e.Err, errBoom) {
				t.Errorf("event %d: %v", i, e)
			}
		}
	})
}

func TestJitterStaysWithinItsPartAndTheCap(t *testing.T) {
	b := Spec{Backoff: Backoff{Min: 100 * ms, Max: time.Second, Jitter: 0.5}}.withDefaults().Backoff
	fixed := func(v float64) func() float64 { return func() float64 { return v } }
	for _, c := range []struct {
		failure int
		dice    float64
		want    time.Duration
	}{
		{1, 0, 50 * ms}, {1, 0.5, 100 * ms}, {1, 1, 150 * ms},
		{2, 0.5, 200 * ms},
		{4, 0, 400 * ms}, {4, 1, time.Second},
		{1 << 30, 0, 500 * ms}, {1 << 30, 0.75, time.Second},
	} {
		if got := b.delay(c.failure, fixed(c.dice)); got != c.want {
			t.Errorf("failure %d, dice %v: %v, want %v", c.failure, c.dice, got, c.want)
		}
	}
	seen := map[time.Duration]bool{}
	for range 1000 {
		d := b.delay(1, defaultDice)
		if d < 50*ms || d > 150*ms {
			t.Fatalf("delay %v", d)
		}
		seen[d] = true
	}
	if len(seen) < 100 {
		t.Errorf("only %d different delays", len(seen))
	}
}

func TestDelayIsNeverNegativeAndNeverBeyondItsCap(t *testing.T) {
	for _, b := range []Backoff{
		{Min: time.Second, Max: math.MaxInt64, Factor: 1e12},
		{Min: math.MaxInt64},
		{Min: math.MaxInt64, Jitter: 7},
		{Max: math.MaxInt64, Factor: math.Inf(1), Jitter: -1},
		{Min: 1, Max: math.MaxInt64, Factor: math.MaxFloat64, Jitter: math.Inf(-1)},
		{Factor: 1},
	} {
		full := Spec{Backoff: b}.withDefaults()
		if err := full.check(nil); err != nil {
			t.Errorf("%+v: %v", b, err)
		}
		for _, failure := range []int{1, 2, 3, 100, math.MaxInt} {
			for _, dice := range []float64{0, 0.5, 1} {
				if d := full.Backoff.delay(failure, func() float64 { return dice }); d < 0 || d > full.Backoff.Max {
					t.Errorf("%+v: failure %d, dice %v: %v", b, failure, dice, d)
				}
			}
		}
	}
}

func TestZeroSpecHasTheDocumentedDefaults(t *testing.T) {
	want := Spec{Intensity: 5, Period: 10 * time.Second, Shutdown: 5 * time.Second,
		Backoff: Backoff{Min: 50 * ms, Max: 5 * time.Second, Factor: 2, Jitter: 0.2, ResetAfter: 10 * time.Second}}
	if got := (Spec{}).withDefaults(); got != want {
		t.Errorf("%+v", got)
	}
	if got := (Spec{Backoff: Backoff{Min: time.Minute, Jitter: 7}}).withDefaults().Backoff; got.Max != time.Minute || got.Jitter != 1 {
		t.Errorf("%+v", got)
	}
}

func TestBackoffResetsAfterAQuietRunAndNotAfterALongDelay(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 100, Backoff: Backoff{Min: 4 * time.Second, Max: time.Minute, Jitter: -1, ResetAfter: 5 * time.Second}})
		ref := s.child(sup, "c", Permanent, worker{})
		s.fails(ref, errBoom)
		pass(4 * time.Second)
		s.fails(ref, errBoom)
		pass(8 * time.Second)
		s.fails(ref, errBoom) // the delay was longer than ResetAfter, the run was not
		pass(16*time.Second + 4900*ms)
		s.fails(ref, errBoom)
		pass(32*time.Second + 5*time.Second)
		s.fails(ref, errBoom)
		s.wantDelays("/sup/c", 4*time.Second, 8*time.Second, 16*time.Second, 32*time.Second, 4*time.Second)
	})
}

func TestSlowStartIsNoQuietRun(t *testing.T) {
	slow := func(failing bool) worker {
		return worker{start: func(ctx *actor.Context[job]) error {
			if ctx.Incarnation() == 1 {
				return nil
			}
			<-time.After(6 * time.Second)
			if failing {
				return errBoom
			}
			return nil
		}}
	}
	for _, strategy := range []Strategy{OneForOne, AllForOne} {
		onStage(t, func(s *stage) {
			spec := Spec{Strategy: strategy, Intensity: 4, Period: time.Hour, Backoff: Backoff{Min: time.Second, Max: time.Minute, Jitter: -1, ResetAfter: 5 * time.Second}}
			sup := s.supervisor(spec)
			ref := s.child(sup, "c", Permanent, slow(true))
			s.fails(ref, errBoom)
			<-s.Done()
			s.wantDelays("/sup/c", time.Second, 2*time.Second, 4*time.Second, 8*time.Second)
			if !errors.Is(s.Err(), ErrGaveUp) {
				t.Error(s.Err())
			}
		})
		onStage(t, func(s *stage) {
			sup := s.supervisor(Spec{Strategy: strategy, Backoff: Backoff{Min: time.Second, Max: time.Minute, Jitter: -1, ResetAfter: 5 * time.Second}})
			ref := s.child(sup, "c", Permanent, slow(false))
			for _, run := range []time.Duration{0, 4900 * ms, 5 * time.Second, 0} { // after its Start
				s.works(ref)
				pass(run)
				s.fails(ref, errBoom)
			}
			s.wantDelays("/sup/c", time.Second, 2*time.Second, time.Second, 2*time.Second)
		})
	}
}

func TestWindowForgetsWhatIsOlderThanThePeriod(t *testing.T) {
	var w window
	at := time.Now()
	for i := range 10000 {
		if !w.add(at.Add(time.Duration(i)*time.Second), 3, 3*time.Second) {
			t.Fatalf("restart %d was too much", i)
		}
		if len(w.times) > 3 {
			t.Fatalf("%d times are kept", len(w.times))
		}
	}
	if w.add(at.Add(9999*time.Second), 3, 3*time.Second) {
		t.Error("a fourth within the period was not too much")
	}
	if (&window{}).add(at, -1, time.Second) {
		t.Error("a negative intensity allows a restart")
	}
}

func TestGivingUpClimbsToTheRootAndEndsTheSystemWithItsCause(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 2, Backoff: Backoff{Jitter: -1}})
		ref, other := s.child(sup, "c", Permanent, worker{}), s.child(sup, "other", Permanent, worker{})
		for range 2 {
			s.fails(ref, errBoom)
			pass(time.Second)
		}
		s.fails(other, errBoom) // one window for all children
		<-s.Done()
		for what, err := range map[string]error{"system": s.Err(), "supervisor": sup.Handle().Err(), "child": other.Err(), "Close": s.Close(background)} {
			if !errors.Is(err, ErrGaveUp) || !errors.Is(err, errBoom) || !strings.Contains(err.Error(), "/sup/other") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if ref.Err() != nil {
			t.Errorf("the sibling: %v", ref.Err())
		}
		if gaveUp := s.of(actor.GaveUp, ""); len(gaveUp) != 1 || gaveUp[0].Path != "/sup/other" {
			t.Errorf("%v", gaveUp)
		}
	})
}

func TestGivingUpEndsTheSystemAlthoughASiblingHangs(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: -1})
		gate := make(chan struct{})
		defer close(gate)
		ref, stuck := s.child(sup, "c", Permanent, worker{}), s.child(sup, "stuck", Permanent, worker{})
		if err := stuck.Tell(background, job{do: func(*actor.Context[job]) error { <-gate; return nil }}); err != nil {
			t.Fatal(err)
		}
		s.fails(ref, errBoom)
		<-s.Done()
		if !errors.Is(s.Err(), ErrGaveUp) || !errors.Is(s.Err(), errBoom) {
			t.Error(s.Err())
		}
	})
}

func TestRestartsWithinThePeriodAreCountedAndOlderOnesAreNot(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 2, Period: 10 * time.Second, Backoff: Backoff{Jitter: -1}})
		ref := s.child(sup, "c", Permanent, worker{})
		for range 20 {
			s.fails(ref, errBoom)
			pass(5 * time.Second)
		}
		if s.Err() != nil {
			t.Fatalf("it gave up: %v", s.Err())
		}
	})
}

func TestIsolateGivesUpTheChildAlone(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 1, Isolate: true, Backoff: Backoff{Jitter: -1}})
		a, b := s.child(sup, "a", Permanent, worker{}), s.child(sup, "b", Permanent, worker{})
		for range 2 {
			s.fails(a, errBoom)
			pass(time.Second)
		}
		<-a.Done()
		if !errors.Is(a.Err(), ErrGaveUp) || !errors.Is(a.Err(), errBoom) {
			t.Errorf("a: %v", a.Err())
		}
		s.fails(b, errBoom)
		s.works(b)
		a = s.child(sup, "a", Permanent, worker{}) // the name is free, the window is new
		s.fails(a, errBoom)
		s.works(a)
		if s.Err() != nil {
			t.Error(s.Err())
		}
	})
}

func TestTemporaryIsNotRestartedAndNotCounted(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: -1})
		for range 3 {
			ref := s.child(sup, "c", Temporary, worker{})
			s.fails(ref, errBoom)
			<-ref.Done()
			if ref.Err() != errBoom {
				t.Error(ref.Err())
			}
		}
		if n := len(s.of(actor.GaveUp, "/sup/c")); n != 3 || s.Err() != nil {
			t.Errorf("%d given up, system %v", n, s.Err())
		}
	})
}

func TestStopDuringBackoffIsImmediate(t *testing.T) {
	long := Spec{Backoff: Backoff{Min: time.Hour, Max: time.Hour, Jitter: -1}}
	for name, stop := range map[string]func(s *stage, sup *Supervisor, ref actor.Ref[job]) error{
		"child":      func(_ *stage, _ *Supervisor, ref actor.Ref[job]) error { ref.Stop(nil); <-ref.Done(); return nil },
		"supervisor": func(_ *stage, sup *Supervisor, _ actor.Ref[job]) error { return sup.Stop(background) },
		"system":     func(s *stage, _ *Supervisor, _ actor.Ref[job]) error { return s.Close(background) },
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				sup := s.supervisor(long)
				ref := s.child(sup, "c", Permanent, worker{})
				s.fails(ref, errBoom)
				if note := s.note("/sup/c"); note != "backing off for 1h0m0s" {
					t.Errorf("note %q", note)
				}
				if err := stop(s, sup, ref); err != nil {
					t.Error(err)
				}
				<-ref.Done()
				if d := time.Since(s.start); d != 0 {
					t.Errorf("it took %v", d)
				}
				pass(2 * time.Hour)
				if n := len(s.of(actor.Started, "/sup/c")); n != 1 {
					t.Errorf("%d starts", n)
				}
			})
		})
	}
}

func TestAskBehindFailingMessagesIsAnsweredAfterTheRestarts(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Backoff: Backoff{Min: time.Second, Max: time.Minute, Jitter: -1}})
		var order []string
		ref := s.child(sup, "c", Permanent, worker{
			start: func(ctx *actor.Context[job]) error {
				order = append(order, fmt.Sprint("start ", ctx.Incarnation()))
				return nil
			},
			stop: func() { order = append(order, "stop") },
		})
		for range 5 {
			if err := ref.Tell(background, job{do: func(*actor.Context[job]) error { panic(errBoom) }}); err != nil {
				t.Fatal(err)
			}
		}
		if at := s.works(ref); at != 31*time.Second {
			t.Errorf("answered after %v", at)
		}
		want := []string{"start 1", "stop", "start 2", "stop", "start 3", "stop", "start 4", "stop", "start 5", "stop", "start 6"}
		if !slices.Equal(order, want) {
			t.Errorf("%q", order)
		}
		if note := s.note("/sup/c"); note != "" {
			t.Errorf("a note is left: %q", note)
		}
	})
}

func TestSendersFeelTheFullMailboxDuringBackoff(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Backoff: Backoff{Min: time.Minute, Max: time.Minute, Jitter: -1}})
		ref, err := Spawn(background, sup, "c", Permanent, worker{}.produce, actor.WithMailbox(1))
		if err != nil {
			t.Fatal(err)
		}
		s.fails(ref, errBoom)
		fine := job{do: func(*actor.Context[job]) error { return nil }}
		if err := ref.Tell(background, fine); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if err := ref.Tell(ctx, fine); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Tell: %v", err)
		}
		if err := ref.Tell(background, fine); err != nil || time.Since(s.start) != time.Minute {
			t.Errorf("Tell: %v after %v", err, time.Since(s.start))
		}
	})
}

func TestStartThatFailsOnARestartBacksOffAndCounts(t *testing.T) {
	for name, fail := range map[string]func() error{"error": func() error { return errBoom }, "panic": func() error { panic(errBoom) }} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				sup := s.supervisor(Spec{Intensity: 3, Backoff: Backoff{Min: 10 * ms, Jitter: -1}})
				stops := 0
				ref := s.child(sup, "c", Permanent, worker{start: func(ctx *actor.Context[job]) error {
					if ctx.Incarnation() > 1 {
						return fail()
					}
					return nil
				}, stop: func() { stops++ }})
				s.fails(ref, errBoom)
				<-s.Done()
				s.wantDelays("/sup/c", 10*ms, 20*ms, 40*ms)
				if !errors.Is(s.Err(), ErrGaveUp) || stops != 4 {
					t.Errorf("%v, %d stops", s.Err(), stops)
				}
			})
		})
	}
}

func TestFirstStartThatFailsIsSpawnsErrorAndIsNotCounted(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: -1})
		for range 3 {
			_, err := Spawn(background, sup, "c", Permanent, worker{start: func(*actor.Context[job]) error { return errBoom }}.produce)
			if !errors.Is(err, errBoom) {
				t.Errorf("Spawn: %v", err)
			}
		}
		ref := s.child(sup, "c", Permanent, worker{})
		s.works(ref)
		if _, err := Spawn(background, sup, "c", Permanent, worker{}.produce); !errors.Is(err, actor.ErrNameTaken) {
			t.Errorf("second of that name: %v", err)
		}
		if err := sup.Stop(background); err != nil {
			t.Error(err)
		}
		if _, err := Spawn(background, sup, "d", Permanent, worker{}.produce); !errors.Is(err, actor.ErrStopped) {
			t.Errorf("Spawn under a supervisor that is gone: %v", err)
		}
	})
}

func TestSpawnWhoseContextEndsLeavesNobodyBehind(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{})
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		slow := worker{start: func(ctx *actor.Context[job]) error { <-ctx.Done(); return ctx.Err() }}
		if _, err := Spawn(ctx, sup, "slow", Permanent, slow.produce); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Spawn: %v", err)
		}
		over, end := context.WithCancel(background)
		end()
		if _, err := Spawn(over, sup, "never", Permanent, worker{}.produce); err == nil {
			t.Log("it was quicker than its context")
			return
		}
		synctest.Wait()
		found, _ := s.Snapshot().Find("/sup")
		if len(found.Children) != 0 || s.Err() != nil {
			t.Errorf("left behind: %v, %v", found, s.Err())
		}
	})
}

func TestNestedSupervisorThatGaveUpIsRestartedByItsOwnAndBeginsAnew(t *testing.T) {
	onStage(t, func(s *stage) {
		top := s.supervisor(Spec{Intensity: 1, Backoff: Backoff{Min: time.Second, Jitter: -1}})
		inner, err := StartUnder(background, top, "inner", Spec{Intensity: -1})
		if err != nil {
			t.Fatal(err)
		}
		bystander := s.child(top, "bystander", Permanent, worker{})
		ref := s.child(inner, "c", Permanent, worker{})
		s.fails(ref, errBoom)
		pass(time.Second)
		<-ref.Done()
		if !errors.Is(ref.Err(), ErrGaveUp) {
			t.Errorf("child: %v", ref.Err())
		}
		s.wantDelays("/sup/inner", time.Second)
		s.works(bystander)
		ref = s.child(inner, "c", Permanent, worker{})
		s.works(ref)
		s.fails(ref, errBoom) // the second within the top's period
		<-s.Done()
		if err := s.Err(); !errors.Is(err, ErrGaveUp) || !errors.Is(err, errBoom) || !strings.Contains(err.Error(), "/sup/inner/c") {
			t.Errorf("system: %v", err)
		}
	})
}

func TestRestartByHandDuringBackoffIsFollowedAndItsFailureCounted(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 2, Backoff: Backoff{Min: time.Minute, Max: time.Hour, Jitter: -1}})
		ref := s.child(sup, "c", Permanent, worker{})
		s.fails(ref, errBoom)
		ref.Restart()
		s.works(ref)
		s.fails(ref, errBoom)
		s.wantDelays("/sup/c", time.Minute, 2*time.Minute)
		if at := s.works(ref); at != 2*time.Minute {
			t.Errorf("worked again at %v", at)
		}
	})
}

func TestFailureOfAChildThatAskedForARestartIsCountedAndBacksOff(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: 3, Backoff: Backoff{Min: 10 * ms, Jitter: -1}})
		ref := s.child(sup, "c", Permanent, worker{})
		for range 4 {
			if err := ref.Tell(background, job{do: func(ctx *actor.Context[job]) error { ctx.Self().Restart(); return errBoom }}); err != nil {
				t.Fatal(err)
			}
		}
		<-s.Done()
		s.wantDelays("/sup/c", 10*ms, 20*ms, 40*ms)
		if n := len(s.of(actor.Started, "/sup/c")); n != 4 || !errors.Is(s.Err(), ErrGaveUp) {
			t.Errorf("%d starts, %v", n, s.Err())
		}
	})
}

func TestRestartThatIsDueLeavesAChildAloneThatWasRestartedByHand(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Backoff: steady})
		ref := s.child(sup, "c", Permanent, worker{})
		s.fails(ref, errBoom)
		ref.Restart()
		pass(time.Minute)
		if n := len(s.of(actor.Started, "/sup/c")); n != 2 {
			t.Errorf("%d starts", n)
		}
	})
}

func TestNormalEndOfAChildIsNoFailure(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Intensity: -1})
		ref := s.child(sup, "c", Transient, worker{})
		s.fails(ref, actor.ErrStop)
		<-ref.Done()
		if ref.Err() != nil || s.Err() != nil {
			t.Errorf("%v, %v", ref.Err(), s.Err())
		}
	})
}
