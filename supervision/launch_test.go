package supervision

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
)

// startedBy describes a child with a Start of its own.
func startedBy(name string, start func(spawn func(Child) actor.Handle) (actor.Handle, error)) Child {
	return Child{Name: name, Start: func(ctx context.Context, parent actor.Spawner, opts ...actor.Option) (actor.Handle, error) {
		return start(func(c Child) actor.Handle {
			handle, err := c.Start(ctx, parent, opts...)
			if err != nil {
				panic(err)
			}
			return handle
		})
	}}
}

// strays are Starts that leave actors behind which the supervisor does not take.
func strays(c *crew) map[string]Child {
	x, y := c.member("x", worker{}), c.member("y", worker{})
	type spawn = func(Child) actor.Handle
	return map[string]Child{
		"error":         startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(x); return nil, errBoom }),
		"panic":         startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(x); panic(errBoom) }),
		"exit":          startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(x); runtime.Goexit(); return nil, nil }),
		"nothing given": startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(x); return nil, nil }),
		"zero given":    startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(x); return actor.Ref[job]{}, nil }),
		"two, first":    startedBy("x", func(spawn spawn) (actor.Handle, error) { h := spawn(x); spawn(y); return h, nil }),
		"two, second":   startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(y); return spawn(x), nil }),
		"two, error":    startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(y); return spawn(x), errBoom }),
		"nasty":         startedBy("x", func(spawn spawn) (actor.Handle, error) { spawn(x); var none *os.PathError; return nil, none }),
	}
}

func TestChildStartThatIsRefusedLeavesNobodyBehind(t *testing.T) {
	for name := range strays(&crew{}) {
		t.Run(name, func(t *testing.T) {
			withCrew(t, Spec{}, nil, func(t *testing.T, c *crew) {
				for range 3 {
					if _, err := c.Add(background, strays(c)[name]); err == nil || !strings.Contains(err.Error(), "spawn x: ") {
						t.Errorf("Add: %v", err)
					}
					if err := c.Remove(background, "x"); !errors.Is(err, ErrNoChild) {
						t.Errorf("Remove: %v", err)
					}
				}
				c.lines = nil
				if _, err := c.Add(background, c.member("x", worker{})); err != nil { // the name is free
					t.Error(err)
				}
				c.want(t, "start x")
				synctest.Wait()
				found, _ := c.Snapshot().Find("/sup")
				if len(found.Children) != 5 || len(c.of(actor.Started, "/sup")) != 1 {
					t.Errorf("%v", found)
				}
			})
		})
	}
}

func TestSupervisorWithARefusedChildStartLeavesNobodyBehind(t *testing.T) {
	for name := range strays(&crew{}) {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				c := &crew{stage: s}
				if _, err := Start(background, s.System, "sup", Spec{}, append(c.members("a"), strays(c)[name])...); err == nil {
					t.Error("no error")
				}
				synctest.Wait()
				if found := s.Snapshot(); len(found.Children) != 0 || s.Err() != nil {
					t.Errorf("%v, %v", found, s.Err())
				}
			})
		})
	}
}

func TestRefusedChildHasItsTimeToStop(t *testing.T) {
	withCrew(t, Spec{Shutdown: 3 * time.Second}, nil, func(t *testing.T, c *crew) {
		gate := make(chan struct{})
		var stray actor.Handle
		stuck := c.member("x", worker{stop: func() { <-gate }})
		child := startedBy("x", func(spawn func(Child) actor.Handle) (actor.Handle, error) { stray = spawn(stuck); return nil, errBoom })
		if _, err := c.Add(background, child); !errors.Is(err, errBoom) || time.Since(c.start) != 3*time.Second {
			t.Errorf("Add: %v after %v", err, time.Since(c.start))
		}
		if n := len(c.of(actor.Overstayed, "/sup/x")); n != 1 {
			t.Errorf("%d overstayed", n)
		}
		close(gate)
		<-stray.Done()
		synctest.Wait()
		if _, err := c.Add(background, c.member("x", worker{})); err != nil {
			t.Error(err)
		}
	})
}

func TestFailureOfAChildThatNobodyAddedEndsIt(t *testing.T) {
	withCrew(t, Spec{}, nil, func(t *testing.T, c *crew) {
		var kept actor.Spawner
		spy := Child{Name: "spy", Start: func(ctx context.Context, parent actor.Spawner, opts ...actor.Option) (actor.Handle, error) {
			kept = parent
			return c.member("spy", worker{}).Start(ctx, parent, opts...)
		}}
		if _, err := c.Add(background, spy); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		stray, err := actor.Spawn(background, kept, "stray", worker{}.produce)
		if err != nil {
			t.Fatal(err)
		}
		c.fails(stray, errBoom)
		<-stray.Done()
		if stray.Err() != errBoom || c.System.Err() != nil {
			t.Errorf("%v, %v", stray.Err(), c.System.Err())
		}
	})
}
