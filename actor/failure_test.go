package actor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errBoom = errors.New("boom")

// ways are the ways to fail.
var ways = map[string]struct {
	fail func() error
	is   error
}{
	"error":  {func() error { return errBoom }, errBoom},
	"panic":  {func() error { panic(errBoom) }, errBoom},
	"Goexit": {func() error { runtime.Goexit(); return nil }, ErrGoexit},
}

func eachWay(t *testing.T, f func(t *testing.T, fail func() error, is error)) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { f(t, way.fail, way.is) }) })
	}
}

// recorder is a life that writes its incarnations to a journal.
func recorder(j *journal, l life) func() Behavior[act] {
	n := 0
	return func() Behavior[act] {
		n++
		mine, start, stop := n, l.onStart, l.onStop
		l := l
		l.onStart = func(ctx *Context[act]) error {
			j.add(fmt.Sprint("start ", mine))
			if start != nil {
				return start(ctx)
			}
			return nil
		}
		l.onStop = func(ctx *Context[act], cause error) {
			j.add(fmt.Sprint("stop ", mine))
			if stop != nil {
				stop(ctx, cause)
			}
		}
		return l
	}
}

func TestFailureInReceiveRestartsAndKeepsTheQueueInOrder(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, is error) {
		w := newWorld(t)
		var j journal
		var causes []error
		ref := under(t, w.spawn("p", restarter.produce), "c", recorder(&j, life{
			onStop: func(_ *Context[act], cause error) { causes = append(causes, cause) }}))
		gate := make(chan struct{})
		tell(t, ref, func(*Context[act]) error { <-gate; return fail() })
		for i := range 5 {
			tell(t, ref, func(ctx *Context[act]) error { j.add(fmt.Sprint("m", i, " by ", ctx.Incarnation())); return nil })
		}
		close(gate)
		synctest.Wait()
		j.want(t, "start 1", "stop 1", "start 2", "m0 by 2", "m1 by 2", "m2 by 2", "m3 by 2", "m4 by 2")
		if len(causes) != 1 || !errors.Is(causes[0], is) {
			t.Errorf("Stop's cause: %v", causes)
		}
		dead := w.deadLetters()
		if len(dead) != 1 || !errors.Is(dead[0].Reason, ErrCausedFailure) || !errors.Is(dead[0].Reason, is) || dead[0].Path != "/p/c" {
			t.Errorf("dead letters: %v", dead)
		}
		if got := w.events("/p/c"); !slices.Equal(got, []string{"started", "failed", "started"}) {
			t.Errorf("events: %q", got)
		}
	})
}

func TestFailureTellsTheOneWhoAsked(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, is error) {
		w := newWorld(t)
		ref := under(t, w.spawn("p", restarter.produce), "c", func() Behavior[question] {
			return Func[question](func(_ *Context[question], m question) error {
				if m.n < 0 {
					return fail()
				}
				m.Answer(2 * m.n)
				return nil
			})
		})
		_, err := Ask(background, ref, func(r Reply[int]) question { return question{r, -1} })
		if !errors.Is(err, ErrRestarted) || !errors.Is(err, is) {
			t.Errorf("failing ask: %v", err)
		}
		n, err := Ask(background, ref, func(r Reply[int]) question { return question{r, 21} })
		if n != 42 || err != nil {
			t.Errorf("ask after it: %d, %v", n, err)
		}
		if dead := w.deadLetters(); len(dead) > 0 {
			t.Errorf("what is refused is no dead letter: %v", dead)
		}
	})
}

func TestFailureInFlushOrReadyIsOneFailure(t *testing.T) {
	for _, where := range []string{"Flush", "Ready"} {
		t.Run(where, func(t *testing.T) {
			eachWay(t, func(t *testing.T, fail func() error, is error) {
				w := newWorld(t)
				var j journal
				var failures []Failure
				p := w.spawn("p", life{onChildFailed: func(_ *Context[act], child Handle, f Failure) error {
					failures = append(failures, f)
					child.Restart()
					return nil
				}}.produce)
				armed := true
				hook := func(*Context[act]) error {
					if armed {
						armed = false
						return fail()
					}
					return nil
				}
				l := life{onFlush: hook}
				if where == "Ready" {
					l = life{onReady: hook}
				}
				ref := under(t, p, "c", recorder(&j, l))
				if where == "Ready" {
					var notify chan<- struct{}
					if err := do(ref, func(ctx *Context[act]) error { notify = ctx.Notify(); return nil }); err != nil {
						t.Fatal(err)
					}
					notify <- struct{}{}
				} else {
					tell(t, ref, func(*Context[act]) error { return nil })
				}
				synctest.Wait()
				j.want(t, "start 1", "stop 1", "start 2")
				if len(failures) != 1 || !errors.Is(failures[0].Err, is) || failures[0].Message != nil {
					t.Errorf("failures: %v", failures)
				}
			})
		})
	}
}

func TestFailureOfTheFirstStartIsSpawnsErrorAndNobodyElsesBusiness(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, is error) {
		w := newWorld(t)
		var j journal
		_, err := Spawn(background, w.System, "a", recorder(&j, life{onStart: func(*Context[act]) error { return fail() }}))
		if !errors.Is(err, is) {
			t.Errorf("Spawn: %v", err)
		}
		j.want(t, "start 1", "stop 1")
		// The name is free at once, and the system lives.
		ref := w.spawn("a", life{}.produce)
		if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}

func TestFailureToProduceIsAFailureOfStart(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, is error) {
		if is == errBoom && fail != nil {
			fail = func() error { panic(errBoom) } // produce has no error to return
		} else {
			fail = ways["Goexit"].fail
		}
		w := newWorld(t)
		_, err := Spawn(background, w.System, "a", func() Behavior[act] { _ = fail(); return nil })
		if !errors.Is(err, is) {
			t.Errorf("Spawn: %v", err)
		}
		n := 0
		ref := under(t, w.spawn("p", restarter.produce), "c", func() Behavior[act] {
			if n++; n == 2 {
				_ = fail()
			}
			return life{}
		})
		ref.Restart()
		synctest.Wait()
		if err := do(ref, func(ctx *Context[act]) error { return nil }); err != nil || n != 3 {
			t.Errorf("after a failing produce: %v, %d incarnations", err, n)
		}
	})
}

func TestFailureOfALaterStartIsCleanedUpAndRestartedAgain(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, _ error) {
		w := newWorld(t)
		var j journal
		ref := under(t, w.spawn("p", restarter.produce), "c", recorder(&j, life{onStart: func(ctx *Context[act]) error {
			if ctx.Incarnation() == 2 || ctx.Incarnation() == 3 {
				return fail()
			}
			return nil
		}}))
		ref.Restart()
		if err := do(ref, func(*Context[act]) error { j.add("handled"); return nil }); err != nil {
			t.Fatal(err)
		}
		j.want(t, "start 1", "stop 1", "start 2", "stop 2", "start 3", "stop 3", "start 4", "handled")
	})
}

func TestFailureInStopChangesNeitherAStopNorARestart(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, _ error) {
		w := newWorld(t)
		var j journal
		failures := 0
		p := w.spawn("p", life{onChildFailed: func(_ *Context[act], child Handle, f Failure) error {
			failures++
			child.Restart()
			return nil
		}}.produce)
		ref := under(t, p, "c", recorder(&j, life{onStop: func(*Context[act], error) { _ = fail() }}))
		kid := under(t, ref, "kid", life{onStop: func(*Context[act], error) { _ = fail() }}.produce)
		ref.Restart()
		if err := do(ref, func(*Context[act]) error { j.add("handled"); return nil }); err != nil {
			t.Fatal(err)
		}
		<-kid.Done()
		kid = under(t, ref, "kid", life{onStop: func(*Context[act], error) { _ = fail() }}.produce)
		ref.Stop(nil)
		<-ref.Done()
		<-kid.Done()
		j.want(t, "start 1", "stop 1", "start 2", "handled", "stop 2")
		if failures != 0 || ref.Err() != nil {
			t.Errorf("%d failures charged, Err %v", failures, ref.Err())
		}
		if err := do(p, func(ctx *Context[act]) error {
			if n := len(ctx.Children()); n != 0 {
				return fmt.Errorf("%d children left", n)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestFailureInChildFailedOrChildStoppedIsTheParentsOwn(t *testing.T) {
	for _, where := range []string{"ChildFailed", "ChildStopped"} {
		t.Run(where, func(t *testing.T) {
			eachWay(t, func(t *testing.T, fail func() error, is error) {
				w := newWorld(t)
				var j journal
				var failures []Failure
				g := w.spawn("g", life{onChildFailed: func(_ *Context[act], child Handle, f Failure) error {
					failures = append(failures, f)
					child.Restart()
					return nil
				}}.produce)
				l := life{onChildFailed: func(*Context[act], Handle, Failure) error { return fail() }}
				if where == "ChildStopped" {
					l = life{onChildStopped: func(*Context[act], Handle, error) error { return fail() }}
				}
				p := under(t, g, "p", recorder(&j, l))
				kid := under(t, p, "kid", life{}.produce)
				other := under(t, p, "other", life{}.produce)
				if where == "ChildStopped" {
					kid.Stop(nil)
				} else {
					tell(t, kid, func(*Context[act]) error { return errBoom })
				}
				<-kid.Done()
				<-other.Done()
				synctest.Wait()
				j.want(t, "start 1", "stop 1", "start 2")
				if len(failures) != 1 || !errors.Is(failures[0].Err, is) {
					t.Errorf("failures: %v", failures)
				}
			})
		})
	}
}

func TestFailuresWithoutAParentBehaviourClimbToTheRootAndEndTheSystemWithTheirCause(t *testing.T) {
	eachWay(t, func(t *testing.T, fail func() error, is error) {
		w := newWorld(t)
		plain := func() Behavior[act] {
			return Func[act](func(ctx *Context[act], m act) error { return m(ctx) })
		}
		top, err := Spawn(background, w.System, "top", plain)
		if err != nil {
			t.Fatal(err)
		}
		middle := under(t, top, "middle", plain)
		leaf := under(t, middle, "leaf", plain)
		bystander := w.spawn("bystander", life{}.produce)
		tell(t, leaf, func(*Context[act]) error { return fail() })
		<-w.Done()
		if !errors.Is(w.Err(), is) || !strings.Contains(w.Err().Error(), "leaf") {
			t.Errorf("system: %v", w.Err())
		}
		if err := w.Close(background); !errors.Is(err, is) {
			t.Errorf("Close: %v", err)
		}
		for _, ref := range []Ref[act]{leaf, middle, top} {
			if !errors.Is(ref.Err(), is) {
				t.Errorf("%s: %v", ref.Path(), ref.Err())
			}
		}
		if bystander.Err() != nil {
			t.Errorf("bystander: %v", bystander.Err())
		}
		if cause := context.Cause(w.Context()); !errors.Is(cause, ErrClosed) || !errors.Is(cause, is) {
			t.Errorf("context: %v", cause)
		}
	})
}

func TestFailureThatARestartOvertookIsNotChargedToTheNextIncarnation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		decisions := 0
		p := w.spawn("p", life{onChildFailed: func(_ *Context[act], child Handle, f Failure) error {
			decisions++
			child.Restart()
			return nil
		}}.produce)
		ref := under(t, p, "c", recorder(&j, life{}))
		busy := make(chan struct{})
		tell(t, p, func(*Context[act]) error { <-busy; return nil })
		synctest.Wait()
		tell(t, ref, func(*Context[act]) error { return errBoom })
		synctest.Wait()
		ref.Restart() // while the parent has not heard of the failure
		synctest.Wait()
		close(busy)
		synctest.Wait()
		j.want(t, "start 1", "stop 1", "start 2")
		if decisions != 0 {
			t.Errorf("%d decisions", decisions)
		}
	})
}

func TestFailureAfterARestartWasAskedForIsTheParentsDecision(t *testing.T) {
	for _, where := range []string{"Receive", "Start"} {
		t.Run(where, func(t *testing.T) {
			eachWay(t, func(t *testing.T, fail func() error, is error) {
				w := newWorld(t)
				var j journal
				var failures []error
				p := w.spawn("p", life{onChildFailed: func(ctx *Context[act], child Handle, f Failure) error {
					failures = append(failures, f.Err)
					ctx.After(time.Second, func(ctx *Context[act]) error { ctx.Restart(child, f); return nil })
					return nil
				}}.produce)
				ref := under(t, p, "c", recorder(&j, life{onStart: func(ctx *Context[act]) error {
					if where == "Start" && ctx.Incarnation() == 2 {
						ctx.Self().Restart()
						ctx.Self().Restart()
						return fail()
					}
					return nil
				}}))
				if where == "Start" {
					ref.Restart()
				} else {
					tell(t, ref, func(ctx *Context[act]) error {
						ctx.Self().Restart()
						ctx.Self().Restart()
						return fail()
					})
				}
				tell(t, ref, func(*Context[act]) error { j.add("next"); return nil })
				lines := []string{"start 1", "stop 1"}
				if where == "Start" {
					lines = append(lines, "start 2", "stop 2")
				}
				pass(999 * time.Millisecond)
				j.want(t, lines[:len(lines)-1]...)
				pass(time.Millisecond)
				j.want(t, append(lines, fmt.Sprint("start ", len(lines)/2+1), "next")...)
				if len(failures) != 1 || !errors.Is(failures[0], is) {
					t.Errorf("failures: %v", failures)
				}
				// By hand it is restarted at once, and with a stop nobody has anything to decide.
				tell(t, ref, func(ctx *Context[act]) error { return fail() })
				synctest.Wait()
				ref.Restart()
				if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
					t.Error(err)
				}
				tell(t, ref, func(ctx *Context[act]) error {
					ctx.Self().Restart()
					ctx.Self().Stop(nil)
					return fail()
				})
				<-ref.Done()
				synctest.Wait()
				if len(failures) != 2 {
					t.Errorf("failures: %v", failures)
				}
			})
		})
	}
}

func TestFailedParentIsNotAskedAboutItsChildren(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		asked := 0
		hold := make(chan struct{})
		p := under(t, w.spawn("g", life{onChildFailed: func(_ *Context[act], child Handle, _ Failure) error {
			<-hold
			child.Restart()
			return nil
		}}.produce), "p", life{onChildFailed: func(_ *Context[act], _ Handle, f Failure) error {
			asked++
			return f.Err
		}}.produce)
		a, b := under(t, p, "a", life{}.produce), under(t, p, "b", life{}.produce)
		tell(t, a, func(*Context[act]) error { return errBoom })
		synctest.Wait()
		tell(t, b, func(*Context[act]) error { return errBoom })
		synctest.Wait()
		close(hold)
		<-a.Done()
		<-b.Done()
		synctest.Wait()
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		if got := w.events("/g/p"); !slices.Equal(got, []string{"started", "failed", "started"}) {
			t.Errorf("events: %q", got)
		}
	})
}

func TestPanicCarriesItsValueAndTheStackOfThePanic(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		ref := w.spawn("a", life{}.produce)
		tell(t, ref, panicHere)
		<-w.Done()
		p, ok := errors.AsType[*PanicError](w.Err())
		if !ok || p.Value != "here" || !strings.Contains(string(p.Stack), "panicHere") {
			t.Errorf("got %v", w.Err())
		}
		for _, e := range w.log {
			if e.Kind == Failed && !strings.Contains(string(e.Stack), "panicHere") {
				t.Errorf("event without the stack: %v", e)
			}
		}
	})
}

func panicHere(*Context[act]) error { panic("here") }

func TestErrStopEndsNormallyButNotWhenItIsPanicked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		ref := w.spawn("a", life{}.produce)
		tell(t, ref, func(*Context[act]) error { return fmt.Errorf("done: %w", ErrStop) })
		<-ref.Done()
		if ref.Err() != nil || len(w.deadLetters()) != 0 {
			t.Errorf("Err %v, dead %v", ref.Err(), w.deadLetters())
		}
		if got := w.events("/a"); !slices.Equal(got, []string{"started", "stopped"}) {
			t.Errorf("events: %q", got)
		}
		_, err := Spawn(background, w.System, "b", life{onStart: func(*Context[act]) error { return ErrStop }}.produce)
		if !errors.Is(err, ErrStopped) {
			t.Errorf("Start that returned ErrStop: %v", err)
		}
		ref = w.spawn("c", life{}.produce)
		tell(t, ref, func(*Context[act]) error { panic(ErrStop) })
		<-w.Done()
		if _, ok := errors.AsType[*PanicError](w.Err()); !ok {
			t.Errorf("panic(ErrStop): %v", w.Err())
		}
	})
}

func TestHandlerThatGivesUpBecauseItIsToldToIsNoFailure(t *testing.T) {
	for name, end := range map[string]func(w *world, ref Ref[act]){
		"stop":    func(_ *world, ref Ref[act]) { ref.Stop(nil) },
		"restart": func(_ *world, ref Ref[act]) { ref.Restart() },
		"close":   func(w *world, _ Ref[act]) { _ = w.Close(background) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				ref := w.spawn("a", life{}.produce)
				full := w.spawn("full", life{}.produce, WithMailbox(1))
				stuck := make(chan struct{})
				tell(t, full, func(*Context[act]) error { <-stuck; return nil })
				synctest.Wait()
				tell(t, full, func(*Context[act]) error { return nil })
				tell(t, ref, func(ctx *Context[act]) error {
					return full.Tell(ctx, func(*Context[act]) error { return nil })
				})
				tell(t, ref, func(ctx *Context[act]) error { return nil })
				synctest.Wait()
				time.AfterFunc(time.Second, func() { close(stuck) })
				end(w, ref)
				synctest.Wait()
				if err := w.Err(); err != nil {
					t.Errorf("the system failed: %v", err)
				}
				if slices.Contains(w.events("/a"), "failed") {
					t.Errorf("events: %q", w.events("/a"))
				}
				// The message in hand was not handled, and must not vanish.
				causes := 0
				for _, l := range w.deadLetters() {
					if errors.Is(l.Reason, ErrCausedFailure) {
						causes++
					}
				}
				if causes != 1 {
					t.Errorf("dead letters: %v", w.deadLetters())
				}
				if name == "restart" {
					if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

func TestHooksMayPanicOrExit(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hook := func() { _ = way.fail() }
				w := newWorld(t, WithEvents(func(Event) { hook() }), WithDeadLetters(func(DeadLetter) { hook() }))
				finals := 0
				p := w.spawn("p", restarter.produce)
				ref := under(t, p, "c", life{}.produce, WithFinally(func() { finals++; hook() }),
					WithDetails(func() []Detail { hook(); return nil }))
				grump := under(t, p, "grump", func() Behavior[grumpy] {
					return Func[grumpy](func(*Context[grumpy], grumpy) error { return errBoom })
				})
				tell(t, grump, grumpy{hook})
				tell(t, ref, func(*Context[act]) error { return errBoom })
				if err := do(ref, func(*Context[act]) error { return nil }); err != nil {
					t.Fatal(err)
				}
				_ = w.Snapshot()
				ref.Stop(nil)
				<-ref.Done()
				p.Stop(nil)
				<-p.Done()
				if finals != 1 {
					t.Errorf("finally ran %d times", finals)
				}
			})
		})
	}
}

type grumpy struct{ hook func() }

func (g grumpy) Refuse(error) { g.hook() }
