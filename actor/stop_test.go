package actor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestStopOfAParentWhoseManyChildrenFailAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.spawn("p", restarter.produce, WithMailbox(1))
		kids := make([]Ref[act], 32)
		for i := range kids {
			kids[i] = under(t, p, fmt.Sprint("k", i), life{}.produce, WithMailbox(1))
		}
		busy := make(chan struct{})
		tell(t, p, func(*Context[act]) error { <-busy; return nil })
		synctest.Wait()
		for _, kid := range kids {
			tell(t, kid, func(*Context[act]) error { panic(errBoom) })
		}
		synctest.Wait()
		p.Stop(nil) // all failures are queued before it, and none may block a poster
		close(busy)
		<-p.Done()
		for _, kid := range kids {
			<-kid.Done()
		}
	})
}

func TestStopReachesTwoActorsThatFillEachOther(t *testing.T) {
	for name, end := range map[string]func(h Handle){
		"stop": func(h Handle) { h.Stop(nil) }, "restart": func(h Handle) { h.Restart() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				p := w.spawn("p", restarter.produce)
				a := under(t, p, "a", life{}.produce, WithMailbox(1))
				b := under(t, p, "b", life{}.produce, WithMailbox(1))
				flood := func(to Ref[act]) act {
					return func(ctx *Context[act]) error {
						for {
							if err := to.Tell(ctx, func(*Context[act]) error { return nil }); err != nil {
								return err
							}
						}
					}
				}
				tell(t, a, flood(b))
				tell(t, b, flood(a))
				synctest.Wait()
				if a.Depth() != 1 || b.Depth() != 1 {
					t.Fatalf("they are not stuck: %d, %d", a.Depth(), b.Depth())
				}
				end(a)
				end(b)
				if name == "stop" {
					<-a.Done()
					<-b.Done()
					return
				}
				for _, ref := range []Ref[act]{a, b} {
					if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

func TestRestartThatArrivesWhileStoppingRevivesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", recorder(&j, life{}))
		gate := make(chan struct{})
		kid := under(t, p, "kid", life{onStop: func(*Context[act], error) { <-gate }}.produce)
		p.Stop(nil)
		synctest.Wait() // p waits for its child
		p.Restart()
		synctest.Wait()
		close(gate)
		<-p.Done()
		<-kid.Done()
		p.Restart()
		p.Stop(nil)
		synctest.Wait()
		j.want(t, "start 1", "stop 1")
	})
}

func TestStopThatArrivesWhileARestartWaitsForChildrenWins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", recorder(&j, life{}))
		gate := make(chan struct{})
		under(t, p, "kid", life{onStop: func(*Context[act], error) { <-gate }}.produce)
		p.Restart()
		synctest.Wait()
		p.Restart() // and a second restart meanwhile is the same restart
		synctest.Wait()
		p.Stop(nil)
		synctest.Wait()
		close(gate)
		<-p.Done()
		j.want(t, "start 1", "stop 1")
	})
}

func TestRestartStopsTheChildrenBeforeTheNextIncarnationStarts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", recorder(&j, life{onStart: func(ctx *Context[act]) error {
			_, err := Spawn(ctx, ctx, "kid", recorder(&j, life{}), WithFinally(func() { j.add("finally") }))
			return err
		}}))
		synctest.Wait()
		p.Restart()
		synctest.Wait()
		j.want(t, "start 1", "start 1", "stop 1", "stop 1", "finally", "start 2", "start 1")
	})
}

func TestStopNamesItsCause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var causes []error
		l := life{onStop: func(_ *Context[act], cause error) { causes = append(causes, cause) }}
		a, b := w.spawn("a", l.produce), w.spawn("b", l.produce)
		a.Stop(nil)
		<-a.Done()
		b.Stop(errBoom)
		b.Stop(errors.New("too late"))
		<-b.Done()
		if a.Err() != nil || b.Err() != errBoom || !slices.Equal(causes, []error{nil, errBoom}) {
			t.Errorf("%v, %v, %v", a.Err(), b.Err(), causes)
		}
	})
}

func TestAfterAStopWhatIsLeftIsRefusedOrADeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		a := w.spawn("a", life{}.produce, WithMailbox(2))
		tell(t, a, func(*Context[act]) error { <-gate; return nil })
		synctest.Wait()
		blocked := make(chan error, 1)
		for range 2 {
			tell(t, a, func(*Context[act]) error { t.Error("handled after the stop"); return nil })
		}
		go func() { blocked <- a.Tell(background, func(*Context[act]) error { return nil }) }()
		synctest.Wait()
		if err := a.TryTell(nil); !errors.Is(err, ErrMailboxFull) {
			t.Errorf("TryTell to a full mailbox: %v", err)
		}
		a.Stop(nil)
		close(gate)
		<-a.Done()
		want := 2
		if err := <-blocked; err == nil {
			want = 3 // it got in at the last moment
		} else if !errors.Is(err, ErrStopped) {
			t.Errorf("blocked Tell: %v", err)
		}
		synctest.Wait()
		for _, l := range w.deadLetters() {
			if !errors.Is(l.Reason, ErrStopped) || l.Path != "/a" {
				t.Errorf("%v", l)
			}
		}
		if n, recent := w.DeadLetters(); int(n) != want || len(recent) != want || recent[0].Message != "actor.act" {
			t.Errorf("%d dead letters, want %d: %v", n, want, recent)
		}
		for _, err := range []error{a.Tell(background, nil), a.TryTell(nil), (Ref[act]{}).Tell(background, nil), (Ref[act]{}).TryTell(nil)} {
			if !errors.Is(err, ErrStopped) {
				t.Errorf("Tell to nobody: %v", err)
			}
		}
	})
}

func TestAskThatWaitsInTheMailboxIsRefusedAtOnceByAStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		ref, err := Spawn(background, w.System, "a", func() Behavior[question] {
			return Func[question](func(_ *Context[question], m question) error { <-gate; m.Answer(m.n); m.Answer(99); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(n int) chan error {
			done := make(chan error, 1)
			go func() {
				got, err := Ask(background, ref, func(r Reply[int]) question { return question{r, n} })
				if err == nil && got != n {
					err = fmt.Errorf("got %d, want %d", got, n)
				}
				done <- err
			}()
			synctest.Wait()
			return done
		}
		first, second := ask(1), ask(2)
		ref.Stop(nil)
		close(gate)
		if err := <-first; err != nil {
			t.Errorf("the one in hand: %v", err)
		}
		if err := <-second; !errors.Is(err, ErrStopped) {
			t.Errorf("the one that waited: %v", err)
		}
		if len(w.deadLetters()) != 0 {
			t.Error("what is refused is no dead letter")
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, wait := NewReply[int]()
		if _, err := wait(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait ends with its context: %v", err)
		}
	})
}

// counted is told many times over; each one must be accounted for.
type counted struct {
	Reply[int]
	refused *atomic.Int64
}

func (c counted) Refuse(error) {
	if c.refused != nil {
		c.refused.Add(1)
	}
}

func TestNoMessageIsLostOrDoubledWhenTellersRaceAStop(t *testing.T) {
	w := newWorld(t)
	for round := range 50 {
		var told, handled, refused atomic.Int64
		enough := make(chan struct{})
		handle := func() {
			if handled.Add(1) == int64(1+20*round) {
				close(enough)
			}
		}
		dead, _ := w.DeadLetters()
		var plain Ref[int]
		var asked Ref[counted]
		var err error
		if plain, err = Spawn(background, w.System, "plain", func() Behavior[int] {
			return Func[int](func(*Context[int], int) error { handle(); return nil })
		}, WithMailbox(1+round%8)); err != nil {
			t.Fatal(err)
		}
		if asked, err = Spawn(background, w.System, "asked", func() Behavior[counted] {
			return Func[counted](func(*Context[counted], counted) error { handle(); return nil })
		}, WithMailbox(1+round%8)); err != nil {
			t.Fatal(err)
		}
		var tellers sync.WaitGroup
		for i := range 100 {
			tellers.Go(func() {
				for n := 0; ; n++ {
					var err error
					switch i % 4 {
					case 0:
						err = plain.Tell(background, n)
					case 1:
						err = plain.TryTell(n)
					default:
						err = asked.Tell(background, counted{refused: &refused})
					}
					if err == nil {
						told.Add(1)
					} else if !errors.Is(err, ErrMailboxFull) {
						return
					} else {
						runtime.Gosched()
					}
				}
			})
		}
		<-enough
		plain.Stop(nil)
		asked.Stop(nil)
		<-plain.Done()
		<-asked.Done()
		tellers.Wait()
		after, _ := w.DeadLetters()
		if sum := handled.Load() + refused.Load() + int64(after-dead); sum != told.Load() {
			t.Fatalf("round %d: told %d, handled %d, refused %d, dead %d", round, told.Load(), handled.Load(), refused.Load(), after-dead)
		}
	}
}

func TestNameIsFreeOnceTheActorIsDone(t *testing.T) {
	w := newWorld(t)
	var old Ref[act]
	for range 300 {
		ref := w.spawn("a", life{}.produce)
		if _, err := Spawn(background, w.System, "a", life{}.produce); !errors.Is(err, ErrNameTaken) {
			t.Fatalf("second of that name: %v", err)
		}
		if old.Valid() {
			old.Stop(nil) // concerns the old one only
			old.Restart()
			if err := old.TryTell(nil); !errors.Is(err, ErrStopped) {
				t.Fatal(err)
			}
		}
		if err := do(ref, func(ctx *Context[act]) error {
			if ctx.Incarnation() != 1 {
				return errors.New("it was restarted through the old ref")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		ref.Stop(nil)
		<-ref.Done()
		old = ref
	}
}

func TestNothingOfAnOldIncarnationIsDelivered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref := under(t, w.spawn("p", restarter.produce), "c", life{}.produce)
		late := func(what string) act {
			return func(ctx *Context[act]) error { j.add(fmt.Sprint(what, " in ", ctx.Incarnation())); return nil }
		}
		proceed := make(chan struct{})
		if err := do(ref, func(ctx *Context[act]) error {
			ctx.After(time.Second, late("timer"))
			ctx.Go(func(ctx context.Context) act { <-proceed; return late("result") }, nil)
			ctx.Go(func(ctx context.Context) act { <-ctx.Done(); return late("interrupted result") }, nil)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		ref.Restart()
		synctest.Wait()
		close(proceed)
		if err := do(ref, func(ctx *Context[act]) error {
			ctx.After(3*time.Second, late("timer"))
			ctx.Go(func(ctx context.Context) act { return late("result") }, nil)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		j.want(t, "result in 2", "timer in 2")
	})
}

func TestWhoWaitsOnATimerOrResultOfAnOldIncarnationIsTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		proceed := make(chan struct{})
		ref, err := Spawn(background, w.System, "a", func() Behavior[question] {
			return Func[question](func(ctx *Context[question], m question) error {
				if m.n == 1 {
					ctx.After(time.Hour, m)
				} else {
					ctx.Go(func(context.Context) question { <-proceed; return m }, nil)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			done := make(chan error, 1)
			go func() {
				_, err := Ask(background, ref, func(r Reply[int]) question { return question{r, n} })
				done <- err
			}()
			synctest.Wait()
			ref.Restart()
			synctest.Wait()
			if n == 2 {
				close(proceed)
			}
			if err := <-done; !errors.Is(err, ErrRestarted) {
				t.Errorf("%d: %v", n, err)
			}
		}
	})
}

func TestTimerThatWasCancelledIsNotDelivered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref := w.spawn("a", life{}.produce)
		var cancels []func()
		if err := do(ref, func(ctx *Context[act]) error {
			for i := range 4 {
				cancels = append(cancels, ctx.After(time.Second, func(*Context[act]) error {
					j.add(fmt.Sprint("timer ", i))
					for _, cancel := range cancels {
						cancel() // of which some fired already
					}
					return nil
				}))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		// All of them fire while the actor is busy.
		tell(t, ref, func(*Context[act]) error { <-time.After(time.Hour); return nil })
		pass(2 * time.Hour)
		if lines := j.all(); len(lines) != 1 {
			t.Errorf("%q", lines)
		}
	})
}

func TestGoDeliversAFailureOfItsFunction(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, is error) {
		w := newWorld(t)
		ref := under(t, w.spawn("p", restarter.produce), "c", life{}.produce)
		got := make(chan error, 1)
		f := func(context.Context) act {
			if err := fail(); err != nil {
				panic(err)
			}
			return nil
		}
		if err := do(ref, func(ctx *Context[act]) error {
			ctx.Go(f, func(err error) act {
				return func(*Context[act]) error { got <- err; return nil }
			})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-got; !errors.Is(err, is) {
			t.Errorf("got %v", err)
		}
		for _, failed := range []func(error) act{nil, func(err error) act { panic(err) }} {
			if err := do(ref, func(ctx *Context[act]) error { ctx.Go(f, failed); return nil }); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if got := w.events("/p/c"); !slices.Equal(got, []string{"started", "failed", "started", "failed", "started"}) {
			t.Errorf("events: %q", got)
		}
	})
}

// slowPlace keeps its parent busy until the gate opens, and then does not start.
type slowPlace struct {
	spawnable
	gate chan struct{}
}

func (s slowPlace) hangUnder(*node) error {
	<-s.gate
	return ErrNameTaken
}

func TestSpawnWhoseContextEndsLeavesNobodyBehind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		// While the root is busy with another one, a spawn waits in its mailbox.
		slow := slowPlace{newCell(w.System, "slow", life{}.produce), gate}
		if err := (Ref[rootCommand]{w.root}).Tell(background, rootCommand{slow}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err := Spawn(ctx, w.System, "a", life{onStart: func(*Context[act]) error { t.Error("started"); return nil }}.produce)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Spawn: %v", err)
		}
		close(gate)
		synctest.Wait()
		if kids := w.Snapshot().Children; len(kids) != 0 {
			t.Errorf("left behind: %v", kids)
		}
		// And one whose Start takes too long is stopped.
		ctx, cancel = context.WithTimeout(background, time.Second)
		defer cancel()
		_, err = Spawn(ctx, w.System, "b", life{onStart: func(ctx *Context[act]) error { <-ctx.Done(); return ctx.Err() }}.produce)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Spawn: %v", err)
		}
		synctest.Wait()
		if kids := w.Snapshot().Children; len(kids) != 0 || w.Err() != nil {
			t.Errorf("left behind: %v, %v", kids, w.Err())
		}
	})
}
