package supervision

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
)

func TestDynamicChildrenComeAndGoWithinTheirBound(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Strategy: Dynamic, MaxChildren: 3, Backoff: steady})
		var seen []int
		kind := Kind[int, job]{Restart: Transient, New: func(n int) actor.Behavior[job] {
			return worker{start: func(*actor.Context[job]) error { seen = append(seen, n); return nil }}
		}}
		var refs []actor.Ref[job]
		for n := range 3 {
			ref, err := kind.Start(background, sup, "", n)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
		}
		if _, err := kind.Start(background, sup, "", 4); !errors.Is(err, ErrTooMany) {
			t.Errorf("a fourth: %v", err)
		}
		s.fails(refs[1], errBoom) // it comes back with its argument, and its siblings do not mind
		pass(time.Second)
		refs[0].Stop(nil)
		<-refs[0].Done()
		s.fails(refs[2], actor.ErrStop)
		for n := range 2 {
			if _, err := kind.Start(background, sup, fmt.Sprint("named-", n), 10+n); err != nil {
				t.Error(err)
			}
		}
		if got := fmt.Sprint(seen); got != "[0 1 2 1 10 11]" {
			t.Error(got)
		}
	})
}

func TestDynamicChildrenStopAllAtTheSameTime(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{Strategy: Dynamic})
		gate := make(chan struct{})
		for range 100 {
			ref := s.child(sup, "", Permanent, worker{})
			if err := ref.Tell(background, job{do: func(*actor.Context[job]) error { <-gate; return nil }}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		err := sup.Stop(background)
		if overstay, ok := errors.AsType[*actor.OverstayError](err); !ok || len(overstay.Paths) != 100 {
			t.Error(err)
		}
		if d := time.Since(s.start); d != 5*time.Second {
			t.Errorf("after %v", d)
		}
		close(gate)
	})
}

func TestSpecsThatMakeNoSenseAreErrors(t *testing.T) {
	fine := Actor("a", worker{}.produce)
	significant := fine.As(Transient)
	significant.Significant = true
	permanent := fine
	permanent.Significant = true
	for text, c := range map[string]struct {
		spec     Spec
		children []Child
	}{
		"unknown Strategy(9)": {Spec{Strategy: 9}, nil},
		"Isolate does not go": {Spec{Strategy: RestForOne, Isolate: true}, nil},
		"begins without":      {Spec{Strategy: Dynamic}, []Child{fine}},
		"MaxChildren is 1":    {Spec{MaxChildren: 1}, []Child{fine, Actor("b", worker{}.produce)}},
		"are named \"a\"":     {Spec{}, []Child{fine, fine}},
		"has no Start":        {Spec{}, []Child{{Name: "x"}}},
		"unknown Restart(7)":  {Spec{}, []Child{fine.As(7)}},
		"set AutoShutdown":    {Spec{}, []Child{significant}},
		"so it never ends":    {Spec{AutoShutdown: AnySignificant}, []Child{permanent}},
		"AutoShutdown(5)":     {Spec{AutoShutdown: 5}, nil},
		"want 1 or more":      {Spec{Backoff: Backoff{Factor: 0.5}}, nil},
		"Factor is -2":        {Spec{Backoff: Backoff{Factor: -2}}, nil},
		"Factor is NaN":       {Spec{Backoff: Backoff{Factor: math.NaN()}}, nil},
		"Jitter is NaN":       {Spec{Backoff: Backoff{Jitter: math.NaN()}}, nil},
		"Min is -1s":          {Spec{Backoff: Backoff{Min: -time.Second}}, nil},
		"Max is -1ns":         {Spec{Backoff: Backoff{Max: -1}}, nil},
		"less than Min":       {Spec{Backoff: Backoff{Min: time.Second, Max: time.Millisecond}}, nil},
		"After is -1ns":       {Spec{Backoff: Backoff{ResetAfter: -1}}, nil},
		"Period is -1s":       {Spec{Period: -time.Second}, nil},
	} {
		onStage(t, func(s *stage) {
			_, err := Start(background, s.System, "sup", c.spec, c.children...)
			if !errors.Is(err, ErrSpec) || !strings.Contains(err.Error(), text) || s.Err() != nil {
				t.Errorf("%s: %v", text, err)
			}
			if strings.Contains(text, "set") {
				sup := s.supervisor(Spec{})
				if _, err := sup.Add(background, c.children[0]); !errors.Is(err, ErrSpec) {
					t.Errorf("Add: %v", err)
				}
			}
		})
	}
}

func TestStartOfAChildMayDoWhatItLikesAndTheSupervisorLives(t *testing.T) {
	onStage(t, func(s *stage) {
		sup := s.supervisor(Spec{})
		elsewhere, err := actor.Spawn(background, s.System, "elsewhere", worker{}.produce)
		if err != nil {
			t.Fatal(err)
		}
		for text, start := range map[string]func() (actor.Handle, error){
			"boom":          func() (actor.Handle, error) { panic(errBoom) },
			"gave no":       func() (actor.Handle, error) { return nil, nil },
			"did not spawn": func() (actor.Handle, error) { return elsewhere, nil },
			"Goexit":        func() (actor.Handle, error) { runtime.Goexit(); return nil, nil },
			"bang":          func() (actor.Handle, error) { return actor.Ref[job]{}, errors.New("bang") },
		} {
			c := Actor("c", worker{}.produce)
			c.Start = func(context.Context, actor.Spawner, ...actor.Option) (actor.Handle, error) { return start() }
			if _, err := sup.Add(background, c); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v", text, err)
			}
		}
		s.works(s.child(sup, "c", Permanent, worker{}))
	})
}
