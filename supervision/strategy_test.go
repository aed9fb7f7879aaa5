package supervision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
)

func TestEachStrategyRestartsWhomItNames(t *testing.T) {
	for _, c := range []struct {
		strategy  Strategy
		fails     string
		stop, run []string
	}{
		{OneForOne, "b", nil, []string{"stop b", "start b"}},
		{AllForOne, "b", []string{"stop d", "stop c", "stop b", "stop a"}, []string{"start a", "start b", "start c", "start d"}},
		{RestForOne, "b", []string{"stop d", "stop c", "stop b"}, []string{"start b", "start c", "start d"}},
		{RestForOne, "d", []string{"stop d"}, []string{"start d"}},
		{RestForOne, "a", []string{"stop d", "stop c", "stop b", "stop a"}, []string{"start a", "start b", "start c", "start d"}},
	} {
		t.Run(fmt.Sprint(c.strategy, " ", c.fails), func(t *testing.T) {
			withCrew(t, Spec{Strategy: c.strategy, Backoff: steady}, nil, func(t *testing.T, crew *crew) {
				crew.want(t, "start a", "start b", "start c", "start d")
				before := make(map[string]actor.Ref[job])
				for _, name := range []string{"a", "b", "c", "d"} {
					before[name] = crew.ref(name)
				}
				crew.fails(before[c.fails], errBoom)
				crew.want(t, c.stop...) // at once, and the next start only after the delay
				pass(999 * ms)
				crew.want(t)
				pass(ms)
				crew.want(t, c.run...)
				for name, ref := range before {
					if crew.ref(name) != ref {
						t.Errorf("%s is another actor now", name)
					}
					crew.works(ref)
				}
				if n := len(crew.of(actor.Restarting, "")); n != 1 {
					t.Errorf("%d restarts were announced", n)
				}
				crew.wantDelays("/sup/"+c.fails, time.Second)
				crew.lines = nil
				if err := crew.Stop(background); err != nil {
					t.Error(err)
				}
				crew.want(t, "stop d", "stop c", "stop b", "stop a")
			})
		})
	}
}

func TestMessagesToAHaltedChildWaitForItsRestart(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		c.fails(c.ref("d"), errBoom)
		if found, _ := c.Snapshot().Find("/sup/a"); found.State != "halted" {
			t.Errorf("a is %s", found.State)
		}
		if note := c.note("/sup/d"); note != "backing off for 1s" {
			t.Errorf("note %q", note)
		}
		c.ref("a").Restart() // does not overtake the company
		if at := c.works(c.ref("a")); at != time.Second {
			t.Errorf("it worked at %v", at)
		}
		synctest.Wait()
		if n := len(c.of(actor.Halted, "")); n != 4 {
			t.Errorf("%d were halted", n)
		}
		if note := c.note("/sup/d"); note != "" {
			t.Errorf("note %q", note)
		}
	})
}

func TestStartThatFailsInCompanyStopsTheCompanyAgain(t *testing.T) {
	broken := false
	withCrew(t, Spec{Strategy: RestForOne, Backoff: Backoff{Min: time.Second, Jitter: -1}}, func(c *crew) []Child {
		return append(c.members("a", "b"), c.member("c", worker{start: func(*actor.Context[job]) error {
			if broken {
				broken = false
				return errBoom
			}
			return nil
		}}), c.member("d", worker{}))
	}, func(t *testing.T, c *crew) {
		c.lines = nil
		broken = true
		c.fails(c.ref("b"), errBoom)
		pass(time.Second)
		c.want(t, "stop d", "stop c", "stop b", "start b", "start c", "stop c", "stop b")
		pass(2 * time.Second)
		c.want(t, "start b", "start c", "start d")
		c.wantDelays("/sup/c", 2*time.Second) // the second failure in a row of the company
	})
}

func TestFailureOfAnEarlierChildWidensARestartThatIsUnderWay(t *testing.T) {
	withCrew(t, Spec{Strategy: RestForOne, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		c.lines = nil
		c.fails(c.ref("c"), errBoom)
		pass(500 * ms)
		c.fails(c.ref("a"), errBoom)
		c.want(t, "stop d", "stop c", "stop b", "stop a")
		pass(time.Second)
		c.want(t, "start a", "start b", "start c", "start d")
	})
}

func TestOneWindowCountsAllChildrenAndACompanyOnce(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Intensity: 2, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		for _, name := range []string{"a", "b", "c"} {
			c.lines = nil
			c.fails(c.ref(name), errBoom)
			pass(time.Second)
		}
		<-c.Done()
		c.want(t, "stop d", "stop c", "stop b", "stop a") // giving up stops in order as well
		if !errors.Is(c.Err(), ErrGaveUp) || !strings.Contains(c.Err().Error(), "/sup/c") {
			t.Error(c.Err())
		}
	})
}

func TestEndOfAChildByItself(t *testing.T) {
	for _, c := range []struct {
		restart  Restart
		strategy Strategy
		want     []string
	}{
		{Permanent, OneForOne, []string{"stop b", "start b"}},
		{Permanent, AllForOne, []string{"stop c", "stop b", "stop a", "start a", "start b", "start c"}},
		{Transient, AllForOne, []string{"stop b"}},
		{Temporary, RestForOne, []string{"stop b"}},
	} {
		t.Run(fmt.Sprint(c.restart, " ", c.strategy), func(t *testing.T) {
			withCrew(t, Spec{Strategy: c.strategy, Backoff: steady}, func(crew *crew) []Child {
				m := crew.members("a", "b", "c")
				m[1].Restart = c.restart
				return m
			}, func(t *testing.T, crew *crew) {
				crew.lines = nil
				crew.fails(crew.ref("b"), actor.ErrStop)
				pass(time.Second)
				crew.want(t, c.want...)
				if n := len(crew.of(actor.Failed, "")); n != 0 || crew.System.Err() != nil {
					t.Errorf("%d failures, %v", n, crew.System.Err())
				}
			})
		})
	}
}

func TestTemporaryFailsAloneAndDoesNotComeBackWithItsSiblings(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: steady}, func(c *crew) []Child {
		m := c.members("a", "b", "c")
		m[1].Restart, m[2].Restart = Temporary, Temporary
		return m
	}, func(t *testing.T, c *crew) {
		c.lines = nil
		b := c.ref("b")
		c.fails(c.ref("c"), errBoom)
		c.want(t, "stop c")
		c.fails(c.ref("a"), errBoom)
		pass(time.Second)
		c.want(t, "stop b", "stop a", "start a")
		<-b.Done()
		if _, err := Find[job](background, c.Supervisor, "b"); !errors.Is(err, ErrNoChild) {
			t.Error(err)
		}
	})
}

func TestStoppingAChildByHandIsForGood(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		c.lines = nil
		c.ref("b").Stop(errBoom)
		synctest.Wait()
		if err := c.Remove(background, "c"); err != nil {
			t.Error(err)
		}
		pass(time.Minute)
		c.want(t, "stop b", "stop c")
		if err := c.Remove(background, "c"); !errors.Is(err, ErrNoChild) {
			t.Error(err)
		}
		c.fails(c.ref("d"), errBoom)
		c.ref("a").Stop(nil) // while it is halted
		pass(time.Second)
		c.want(t, "stop d", "stop a", "start d")
	})
}

func TestChildThatIsAddedDuringARestartInCompanyWaitsForItsEnd(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		c.lines = nil
		c.fails(c.ref("a"), errBoom)
		if _, err := c.Add(background, c.member("e", worker{})); err != nil {
			t.Fatal(err)
		}
		c.want(t, "stop d", "stop c", "stop b", "stop a", "start a", "start b", "start c", "start d", "start e")
		c.fails(c.ref("a"), errBoom)
		waiting := make(chan error, 1)
		go func() {
			_, err := c.Add(background, c.member("f", worker{}))
			waiting <- err
		}()
		synctest.Wait()
		if err := c.Stop(background); err != nil {
			t.Error(err)
		}
		if err := <-waiting; !errors.Is(err, actor.ErrStopped) {
			t.Error(err)
		}
	})
}

func TestBackoffOfACompanyResetsAfterAQuietRun(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Intensity: 100, Backoff: Backoff{Min: time.Second, Max: time.Minute, Jitter: -1, ResetAfter: 5 * time.Second}}, nil,
		func(t *testing.T, c *crew) {
			for i, name := range []string{"a", "b", "c", "d"} {
				c.fails(c.ref(name), errBoom)
				pass([]time.Duration{5 * time.Second, 6900 * ms, 9000 * ms, 0}[i])
			}
			var delays []time.Duration
			for _, e := range c.of(actor.Restarting, "") {
				delays = append(delays, e.Delay)
			}
			if want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, time.Second}; !slices.Equal(delays, want) {
				t.Errorf("%v, want %v", delays, want)
			}
		})
}

func TestCompanyIsTheSameWhenAnEarlierChildEnds(t *testing.T) {
	withCrew(t, Spec{Strategy: RestForOne, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		c.lines = nil
		c.fails(c.ref("c"), errBoom)
		c.ref("a").Stop(nil)
		pass(time.Second)
		c.want(t, "stop d", "stop c", "stop a", "start c", "start d")
	})
}

func TestRestartByHandOfAChildThatStartsInCompanyDoesNotStrandTheOthers(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: steady}, func(c *crew) []Child {
		return append([]Child{c.member("a", worker{start: func(ctx *actor.Context[job]) error {
			if ctx.Incarnation() == 2 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}})}, c.members("b")...)
	}, func(t *testing.T, c *crew) {
		c.lines = nil
		a := c.ref("a")
		c.fails(c.ref("b"), errBoom)
		pass(time.Second)
		c.want(t, "stop b", "stop a", "start a")
		a.Restart()
		synctest.Wait()
		c.want(t, "stop a", "start a", "start b")
	})
}

func TestStopDuringARestartInCompanyIsImmediate(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: Backoff{Min: time.Hour, Max: time.Hour}}, nil, func(t *testing.T, c *crew) {
		c.fails(c.ref("a"), errBoom)
		if err := c.Stop(background); err != nil || time.Since(c.start) != 0 {
			t.Errorf("%v after %v", err, time.Since(c.start))
		}
	})
}

func TestThoseWhoWaitForARestartInCompanyAreBounded(t *testing.T) {
	withCrew(t, Spec{Strategy: AllForOne, Backoff: steady}, nil, func(t *testing.T, c *crew) {
		c.fails(c.ref("a"), errBoom)
		var all sync.WaitGroup
		var added atomic.Int64
		for i := range maxWaiting {
			all.Go(func() {
				if _, err := c.Add(background, Actor(fmt.Sprint("x", i), worker{}.produce)); err != nil {
					t.Error(err)
				}
				added.Add(1)
			})
		}
		synctest.Wait()
		if _, err := c.Add(background, Actor("late", worker{}.produce)); !errors.Is(err, ErrTooMany) || time.Since(c.start) != 0 {
			t.Errorf("Add: %v after %v", err, time.Since(c.start))
		}
		if added.Load() != 0 {
			t.Errorf("%d did not wait", added.Load())
		}
		all.Wait()
		if d := time.Since(c.start); d != time.Second {
			t.Errorf("they waited for %v", d)
		}
		if _, err := c.Add(background, Actor("late", worker{}.produce)); err != nil {
			t.Error(err)
		}
	})
}
