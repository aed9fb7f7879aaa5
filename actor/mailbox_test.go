package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// stamped is the n-th message of its sender.
type stamped struct {
	sender, n int
	fail      bool
}

func TestTheOrderOfEachSenderIsKeptAlsoAcrossRestarts(t *testing.T) {
	w := newWorld(t)
	const senders, messages = 4, 20000
	var next [senders]int
	failures := 0
	var wrong string
	ref := under(t, w.spawn("p", restarter.produce), "c", func() Behavior[stamped] {
		return Func[stamped](func(_ *Context[stamped], m stamped) error {
			if m.n != next[m.sender] && wrong == "" {
				wrong = fmt.Sprintf("sender %d: %d came, %d was next", m.sender, m.n, next[m.sender])
			}
			next[m.sender] = m.n + 1
			if m.fail {
				failures++
				return errBoom
			}
			return nil
		})
	}, WithMailbox(3))
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for n := range messages {
				m := stamped{sender: s, n: n, fail: n%5000 == 1000+s}
				if err := ref.Tell(background, m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	ref.Stop(nil)
	<-ref.Done()
	if wrong != "" {
		t.Error(wrong)
	}
	if failures == 0 {
		t.Error("nothing failed on the way")
	}
}

func TestWhatIsPostedBeforeAMessageIsToldIsHandledBeforeIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref := w.spawn("a", life{}.produce)
		note := func(ctx *Context[act]) error { j.add(fmt.Sprint("by ", ctx.Incarnation())); return nil }
		tell(t, ref, func(ctx *Context[act]) error {
			ctx.Self().Restart()
			return ctx.Self().TryTell(note)
		})
		synctest.Wait()
		// The same with a message that waits for its turn as a result.
		tell(t, ref, func(ctx *Context[act]) error {
			restart := func(context.Context) act {
				return func(ctx *Context[act]) error { ctx.Self().Restart(); return ctx.Self().TryTell(note) }
			}
			ctx.Go(restart, nil)
			ctx.Go(restart, nil)
			<-time.After(time.Second)
			return nil
		})
		synctest.Wait()
		pass(time.Second)
		j.want(t, "by 2", "by 3")
	})
}

func TestFlushRunsAfterEachBurstAndReadyIsNotStarved(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		n, longest, ready, readyAt := 0, 0, 0, 0
		total := 0
		ref := w.spawn("a", life{
			onFlush: func(*Context[act]) error { longest, n = max(longest, n), 0; return nil },
			onReady: func(*Context[act]) error { ready++; readyAt = total; return nil },
		}.produce, WithMailbox(4*burst))
		var notify chan<- struct{}
		gate := make(chan struct{})
		tell(t, ref, func(ctx *Context[act]) error { notify = ctx.Notify(); <-gate; return nil })
		for range 3 * burst {
			tell(t, ref, func(*Context[act]) error { n++; total++; return nil })
		}
		synctest.Wait()
		notify <- struct{}{}
		close(gate)
		synctest.Wait()
		if longest > burst || longest < burst/2 || n != 0 {
			t.Errorf("longest burst %d, unflushed %d", longest, n)
		}
		if ready != 1 || readyAt > burst {
			t.Errorf("%d Ready, the first after %d messages", ready, readyAt)
		}
	})
}

func TestTokensCoalesceAndOutliveARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref := w.spawn("a", life{
			onReady: func(ctx *Context[act]) error { j.add(fmt.Sprint("ready in ", ctx.Incarnation())); return nil },
			onFlush: func(ctx *Context[act]) error { j.add(fmt.Sprint("flush in ", ctx.Incarnation())); return nil },
		}.produce)
		var notify chan<- struct{}
		gate := make(chan struct{})
		tell(t, ref, func(ctx *Context[act]) error { notify = ctx.Notify(); <-gate; return nil })
		synctest.Wait()
		for range 3 {
			select {
			case notify <- struct{}{}:
			default:
			}
		}
		ref.Restart()
		close(gate)
		synctest.Wait()
		// The handler's own burst ends first; its token, if not taken in time, belongs to the next incarnation.
		ready := 0
		for _, line := range j.all() {
			if line == "ready in 1" || line == "ready in 2" {
				ready++
			}
		}
		if ready != 1 {
			t.Errorf("%q", j.all())
		}
		notify <- struct{}{}
		synctest.Wait()
		if got := j.all()[len(j.all())-2:]; got[0] != "ready in 2" || got[1] != "flush in 2" {
			t.Errorf("%q", j.all())
		}
	})
}

// drowsy counts its sleeps and wants two turns of others before each.
type drowsy struct {
	life
	j      *journal
	turns  int
	breaks bool
}

func (d *drowsy) Sleep(ctx *Context[act]) (yield bool, err error) {
	if d.breaks {
		return false, errors.New("can't sleep")
	}
	if d.turns++; d.turns%3 != 0 {
		return true, nil
	}
	d.j.add(fmt.Sprint("asleep in ", ctx.Incarnation()))
	return false, nil
}

func TestSleepRunsBeforeTheActorWaitsAndItsErrorIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		behavior := &drowsy{j: &j}
		top := w.spawn("p", life{}.produce)
		var ref Ref[act]
		tell(t, top, func(ctx *Context[act]) (err error) {
			ref, err = Spawn(ctx, ctx, "a", func() Behavior[act] { return behavior })
			return err
		})
		synctest.Wait()
		before := behavior.turns
		tell(t, ref, func(*Context[act]) error { j.add("message"); return nil })
		synctest.Wait()
		if all := j.all(); !slices.Equal(all[len(all)-3:], []string{"asleep in 1", "message", "asleep in 1"}) {
			t.Errorf("%q", all)
		}
		if turns := behavior.turns - before; turns != 3 {
			t.Errorf("%d looks before a sleep, want 3", turns)
		}
		tell(t, ref, func(*Context[act]) error { behavior.breaks = true; return nil })
		synctest.Wait()
		<-ref.Done()
		if err := ref.Err(); err == nil || err.Error() != "can't sleep" {
			t.Error(err)
		}
	})
}
