package actor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// winder is a behaviour that winds down as told.
type winder struct {
	life
	down func(ctx *Context[act]) bool
}

func (w winder) WindDown(ctx *Context[act]) bool { return w.down(ctx) }

func (w winder) produce() Behavior[act] { return w }

// orderly stops its children one by one, the last one first, and then waits for a second.
func orderly(j *journal) winder {
	w := winder{life: life{
		onStart: func(ctx *Context[act]) error {
			j.add(fmt.Sprint("start ", ctx.Incarnation()))
			for _, name := range []string{"a", "b"} {
				if _, err := Spawn(ctx, ctx, name, life{onStop: func(*Context[act], error) { j.add("stop " + name) }}.produce); err != nil {
					return err
				}
			}
			return nil
		},
		onStop:        func(*Context[act], error) { j.add("stop") },
		onChildFailed: func(_ *Context[act], child Handle, _ Failure) error { child.Restart(); return nil },
	}}
	var late, waits bool
	w.down = func(ctx *Context[act]) bool {
		kids := ctx.Children()
		switch {
		case len(kids) > 0:
			late, waits = false, false
			kids[len(kids)-1].Stop(nil)
		case !waits:
			waits = true
			ctx.After(time.Second, func(*Context[act]) error { late = true; return nil })
		}
		return late
	}
	return w
}

func TestWinderEndsInStepsOnAStopARestartAndAHalt(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *world, ref Ref[act])
		want []string
	}{
		"stop":    {func(_ *world, ref Ref[act]) { ref.Stop(nil) }, nil},
		"restart": {func(_ *world, ref Ref[act]) { ref.Restart(); ref.Restart() }, []string{"start 2"}},
		"both":    {func(_ *world, ref Ref[act]) { ref.Restart(); ref.Stop(nil); ref.Restart() }, nil},
		"close":   {func(w *world, _ Ref[act]) { go w.Close(background) }, nil},
		"halt": {func(w *world, _ Ref[act]) {
			for _, k := range w.root.children() {
				k.Handle.(inner).post(&halt{func() {}})
			}
		}, nil},
		"failure": {func(w *world, ref Ref[act]) {
			tell(w.t, ref, func(*Context[act]) error { return errBoom })
			synctest.Wait()
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				var j journal
				ref := w.spawn("w", orderly(&j).produce)
				synctest.Wait()
				c.end(w, ref)
				synctest.Wait()
				j.want(t, "start 1", "stop b", "stop a")
				pass(999 * time.Millisecond)
				j.want(t, "start 1", "stop b", "stop a")
				pass(time.Millisecond)
				j.want(t, append([]string{"start 1", "stop b", "stop a", "stop"}, c.want...)...)
			})
		})
	}
}

func TestMessagesWaitWhileAWinderWindsDown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref := w.spawn("w", orderly(&j).produce)
		ref.Restart()
		tell(t, ref, func(ctx *Context[act]) error { j.add(fmt.Sprint("message in ", ctx.Incarnation())); return nil })
		pass(time.Second)
		j.want(t, "start 1", "stop b", "stop a", "stop", "start 2", "message in 2")
	})
}

func TestWinderThatFailsEndsAtOnce(t *testing.T) {
	for name, down := range map[string]func(ctx *Context[act]) bool{
		"panic": func(*Context[act]) bool { panic(errBoom) },
		"exit":  func(*Context[act]) bool { runtime.Goexit(); return false },
		"timer": func(ctx *Context[act]) bool {
			ctx.After(0, func(*Context[act]) error { return errBoom })
			return false
		},
		"timer panics": func(ctx *Context[act]) bool {
			ctx.After(0, func(*Context[act]) error { panic(errBoom) })
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				var j journal
				l := orderly(&j)
				l.down = down
				ref := w.spawn("w", l.produce)
				ref.Stop(nil)
				<-ref.Done()
				lines := j.all()
				slices.Sort(lines[1:]) // the children stop all at once
				if !slices.Equal(lines, []string{"start 1", "stop", "stop a", "stop b"}) || w.Err() != nil {
					t.Errorf("%q, %v", lines, w.Err())
				}
			})
		})
	}
}

// halter halts its child, and has it proceed, when told.
func halter(j *journal) life {
	return life{onChildStopped: func(*Context[act], Handle, error) error { j.add("child stopped"); return nil },
		onChildFailed: func(_ *Context[act], _ Handle, f Failure) error {
			j.add(fmt.Sprint("child failed: ", f.Err))
			return nil
		}}
}

func noting(j *journal, line string) act {
	return func(*Context[act]) error { j.add(line); return nil }
}

func TestHaltedChildKeepsItsMessagesUntilItProceeds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", halter(&j).produce)
		kid := under(t, p, "kid", recorder(&j, life{}))
		tell(t, p, func(ctx *Context[act]) error { ctx.Halt(kid, noting(&j, "halted")); return nil })
		synctest.Wait()
		j.want(t, "start 1", "stop 1", "halted")
		tell(t, kid, noting(&j, "message"))
		kid.Restart()
		tell(t, p, func(ctx *Context[act]) error { ctx.Halt(kid, noting(&j, "halted again")); return nil })
		pass(time.Minute)
		j.want(t, "start 1", "stop 1", "halted", "halted again")
		if kid.Depth() != 1 {
			t.Errorf("depth %d", kid.Depth())
		}
		tell(t, p, func(ctx *Context[act]) error { ctx.Proceed(kid, noting(&j, "proceeded")); return nil })
		synctest.Wait()
		lines := j.all()[4:]
		slices.Sort(lines[1:]) // of two actors
		if !slices.Equal(lines, []string{"start 2", "message", "proceeded"}) {
			t.Errorf("%q", lines)
		}
	})
}

func TestHaltedChildMayStopAndAProceedThatFailsIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", halter(&j).produce)
		kid := under(t, p, "kid", life{onStart: func(ctx *Context[act]) error {
			if ctx.Incarnation() == 2 {
				return errBoom
			}
			return nil
		}}.produce)
		halt := func(ctx *Context[act]) error { ctx.Halt(kid, noting(&j, "halted")); return nil }
		proceed := func(ctx *Context[act]) error { ctx.Proceed(kid, noting(&j, "proceeded")); return nil }
		for _, m := range []act{halt, proceed, halt, proceed, halt} {
			tell(t, p, m)
			synctest.Wait()
		}
		kid.Stop(nil)
		<-kid.Done()
		synctest.Wait()
		tell(t, p, proceed)
		tell(t, p, halt)
		synctest.Wait()
		j.want(t, "halted", "child failed: boom", "halted", "proceeded", "halted", "child stopped")
	})
}

func TestAbandonedChildIsTheSystemsUntilItReturns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", halter(&j).produce)
		gate := make(chan struct{})
		kid := under(t, p, "kid", life{}.produce)
		tell(t, kid, func(*Context[act]) error { <-gate; return nil })
		synctest.Wait()
		kid.Stop(nil)
		for range 2 { // the second has nothing to do
			tell(t, p, func(ctx *Context[act]) error { ctx.Abandon(kid, time.Minute); return nil })
		}
		synctest.Wait()
		j.want(t, "child stopped")
		if got := w.events("/p/kid"); !slices.Equal(got, []string{"started", "overstayed"}) {
			t.Errorf("events: %q", got)
		}
		if found, ok := w.Snapshot().Find("/p/kid"); !ok || found.Note != "overstayed, left behind" {
			t.Errorf("%v", w.Snapshot())
		}
		if paths := Overstaying(p); !slices.Equal(paths, []string{"/p/kid"}) {
			t.Errorf("%q", paths)
		}
		p.Stop(nil)
		<-p.Done()
		go w.Close(background)
		synctest.Wait()
		select {
		case <-w.Done():
			t.Error("the system is done while something of it runs")
		default:
		}
		close(gate)
		<-w.Done()
		if len(w.Snapshot().Children) != 0 || Overstaying(p) != nil {
			t.Errorf("%v", w.Snapshot())
		}
	})
}

func TestNobodyWaitsForAnAbandonedChild(t *testing.T) {
	for _, where := range []string{"itself", "below"} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t)
			p := w.spawn("p", life{}.produce)
			gate := make(chan struct{})
			defer close(gate)
			kid := under(t, p, "kid", life{}.produce)
			host := kid
			if where == "below" {
				host = under(t, kid, "host", life{}.produce)
			}
			ref := under(t, host, "stuck", func() Behavior[question] {
				return Func[question](func(*Context[question], question) error { <-gate; return nil })
			}, WithMailbox(1))
			left := Handle(kid)
			if where == "itself" {
				left = ref
				p = kid
			}
			ask := func() error {
				_, err := Ask(background, ref, func(r Reply[int]) question { return question{r, 0} })
				return err
			}
			results := make(chan error, 4)
			go func() { results <- ask() }() // in hand
			synctest.Wait()
			go func() { results <- ask() }() // in the mailbox
			synctest.Wait()
			go func() { results <- ask() }() // before the mailbox
			go func() { results <- ref.Tell(background, question{}) }()
			synctest.Wait()
			left.Stop(nil)
			tell(t, p, func(ctx *Context[act]) error { ctx.Abandon(left, time.Minute); return nil })
			for range cap(results) {
				if err := <-results; !errors.Is(err, ErrStopped) {
					t.Errorf("%s: %v", where, err)
				}
			}
			for what, err := range map[string]error{"Ask": ask(), "Tell": ref.Tell(background, question{}), "TryTell": ref.TryTell(question{})} {
				if !errors.Is(err, ErrStopped) {
					t.Errorf("%s: later %s: %v", where, what, err)
				}
			}
			if ref.Depth() != 0 {
				t.Errorf("%s: %d messages are left", where, ref.Depth())
			}
			select {
			case <-ref.Done():
				t.Errorf("%s: it is taken for gone", where)
			default:
			}
		})
	}
}

func TestWhatAnAbandonedChildWasToldIsADeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.spawn("p", life{}.produce)
		gate := make(chan struct{})
		kid := under(t, p, "kid", life{}.produce)
		tell(t, kid, func(*Context[act]) error { <-gate; return nil })
		synctest.Wait()
		tell(t, kid, func(*Context[act]) error { t.Error("it was handled"); return nil })
		tell(t, p, func(ctx *Context[act]) error { ctx.Abandon(kid, time.Minute); return nil })
		synctest.Wait()
		if dead := w.deadLetters(); len(dead) != 1 || dead[0].Reason != ErrStopped || dead[0].Path != "/p/kid" {
			t.Errorf("%v", dead)
		}
		close(gate)
		<-kid.Done()
	})
}

func TestSuccessorOfAnAbandonedChildComesAfterItsLastWord(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		p := w.spawn("p", halter(&j).produce)
		gate, last := make(chan struct{}), make(chan struct{})
		kid := under(t, p, "kid", life{}.produce, WithFinally(func() { <-last }))
		tell(t, kid, func(*Context[act]) error { <-gate; return nil })
		synctest.Wait()
		kid.Stop(nil)
		tell(t, p, func(ctx *Context[act]) error { ctx.Abandon(kid, time.Minute); return nil })
		close(gate)
		synctest.Wait()
		if _, err := tryUnder(p, "kid", life{}.produce); !errors.Is(err, ErrNameTaken) {
			t.Errorf("beside its finally: %v", err)
		}
		// The parent has not heard of its end when it spawns the next one of that name.
		var next Ref[act]
		if err := do(p, func(ctx *Context[act]) (err error) {
			close(last)
			<-kid.Done()
			next, err = Spawn(ctx, ctx, "kid", life{}.produce)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := do(next, func(*Context[act]) error { return nil }); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if _, ok := w.Snapshot().Find("/p/kid"); !ok {
			t.Errorf("the end of its predecessor was taken for its own:\n%v", w.Snapshot())
		}
		next.Stop(nil)
		<-next.Done()
		synctest.Wait()
		j.want(t, "child stopped", "child stopped")
	})
}

func TestCloseNamesTheStubbornAndNotThoseWhoWaitForTheirTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref := w.spawn("w", orderly(&j).produce)
		gate := make(chan struct{})
		var b Handle
		if err := do(ref, func(ctx *Context[act]) error { b, _ = ctx.Child("b"); return nil }); err != nil {
			t.Fatal(err)
		}
		b.(*cell[act]).PostUserMessage(act(func(*Context[act]) error { <-gate; return nil }))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err := w.Close(ctx)
		if overstay, ok := errors.AsType[*OverstayError](err); !ok || !slices.Equal(overstay.Paths, []string{"/w", "/w/b"}) {
			t.Errorf("%v", err)
		}
		close(gate)
	})
}

func TestDetailsThatNeverReturnDoNotKeepCloseFromItsReport(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		gate := make(chan struct{})
		ref := w.spawn("w", life{}.produce, WithDetails(func() []Detail { <-gate; return nil }))
		tell(t, ref, func(*Context[act]) error { <-gate; return nil })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if _, ok := errors.AsType[*OverstayError](w.Close(ctx)); !ok {
			t.Error("no report")
		}
		close(gate)
	})
}

func TestPermanentActorsEndIsItsParentsDecision(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var seen []Failure
		p := w.spawn("p", life{onChildFailed: func(_ *Context[act], child Handle, f Failure) error {
			seen = append(seen, f)
			child.Restart()
			return nil
		}}.produce)
		end := func(*Context[act]) error { return ErrStop }
		kid := under(t, p, "kid", life{}.produce, WithPermanent())
		tell(t, kid, end)
		if err := do(kid, func(ctx *Context[act]) error {
			if ctx.Incarnation() != 2 {
				return errors.New("it was not restarted")
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if len(seen) != 1 || !seen[0].Ended || slices.Contains(w.events("/p/kid"), "failed") {
			t.Errorf("%v, %q", seen, w.events("/p/kid"))
		}
		// A restart that is asked for already is the decision.
		tell(t, kid, func(ctx *Context[act]) error { ctx.Self().Restart(); return ErrStop })
		if err := do(kid, func(*Context[act]) error { return nil }); err != nil || len(seen) != 1 {
			t.Errorf("%v, %v", err, seen)
		}
		// Who has no say in it lets it end.
		plain := w.spawn("plain", func() Behavior[act] { return Func[act](func(ctx *Context[act], m act) error { return m(ctx) }) })
		for _, ref := range []Ref[act]{under(t, plain, "kid", life{}.produce, WithPermanent()), w.spawn("top", life{}.produce, WithPermanent())} {
			tell(t, ref, end)
			<-ref.Done()
			if ref.Err() != nil || w.Err() != nil {
				t.Errorf("%v, %v", ref.Err(), w.Err())
			}
		}
	})
}
