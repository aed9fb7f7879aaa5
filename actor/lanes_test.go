package actor

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
)

// stamped is the n-th message of its sender; bulk ones are those with an odd n, or those told to be.
type stamped struct {
	sender, n int
	bulk      bool
	fail      bool
	gate      chan struct{}
}

func isBulk(m any) bool { return m.(stamped).bulk }

func TestLanesKeepTheOrderOfEachSenderAlsoAcrossRestarts(t *testing.T) {
	w := newWorld(t)
	const senders, messages = 8, 3000
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
	}, WithMailbox(3), WithBulkLane(5, isBulk))
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for n := range messages {
				// Runs of either kind, of changing lengths.
				m := stamped{sender: s, n: n, bulk: (n/(1+s%3)+n/7)%2 == 0, fail: n%500 == 100+s}
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

func TestHoldLetsControlOvertakeAndKeepsBulk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var j journal
		ref, err := Spawn(background, w.System, "a", func() Behavior[stamped] {
			return Func[stamped](func(ctx *Context[stamped], m stamped) error {
				if m.gate != nil {
					<-m.gate
				}
				switch {
				case m.bulk:
					j.add(fmt.Sprint("bulk ", m.n))
				case m.n == 0:
					ctx.Hold(true)
				case m.n == 9:
					ctx.Hold(false)
				default:
					j.add(fmt.Sprint("control ", m.n))
				}
				return nil
			})
		}, WithMailbox(8), WithBulkLane(2, isBulk))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"control 3", "control 4", "control 5", "bulk 1", "bulk 2"}
		tell(t, ref, stamped{n: 0})
		tell(t, ref, stamped{n: 1, bulk: true})
		tell(t, ref, stamped{n: 2, bulk: true})
		for n := 3; n < 6; n++ {
			tell(t, ref, stamped{n: n})
		}
		synctest.Wait()
		j.want(t, "control 3", "control 4", "control 5")
		if ref.Depth() != 2 {
			t.Errorf("depth %d", ref.Depth())
		}
		// One may be next in line, and leave room for another.
		if err := ref.TryTell(stamped{n: 7, bulk: true}); err == nil {
			want = append(want, "bulk 7")
		}
		if err := ref.TryTell(stamped{n: 8, bulk: true}); !errors.Is(err, ErrMailboxFull) {
			t.Errorf("the bulk lane has no bound while it is held: %v", err)
		}
		tell(t, ref, stamped{n: 9})
		synctest.Wait()
		j.want(t, want...)
		// A new incarnation takes bulk again.
		tell(t, ref, stamped{n: 0})
		tell(t, ref, stamped{n: 6, bulk: true})
		synctest.Wait()
		ref.Restart()
		synctest.Wait()
		j.want(t, append(want, "bulk 6")...)
	})
}

func TestNeitherLaneStarvesTheOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		var handled []bool
		var ref Ref[stamped]
		// Each control message makes the next, so that lane never runs dry.
		ref, err := Spawn(background, w.System, "a", func() Behavior[stamped] {
			return Func[stamped](func(ctx *Context[stamped], m stamped) error {
				if m.gate != nil {
					<-m.gate
				}
				handled = append(handled, m.bulk)
				if !m.bulk && len(handled) < 1000 {
					return ref.TryTell(stamped{})
				}
				return nil
			})
		}, WithBulkLane(64, isBulk))
		if err != nil {
			t.Fatal(err)
		}
		gate := make(chan struct{})
		tell(t, ref, stamped{gate: gate})
		for range 64 {
			tell(t, ref, stamped{bulk: true})
		}
		close(gate)
		synctest.Wait()
		for i, bulk := range handled[1:65] {
			if !bulk {
				t.Fatalf("message %d was not bulk", i)
			}
		}
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
