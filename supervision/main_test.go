package supervision

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

// stage is a system in virtual time, with its events.
type stage struct {
	*actor.System
	t     *testing.T
	start time.Time
	mu    sync.Mutex
	log   []actor.Event
	also  func(actor.Event)
}

// hear has f told of every event from now on.
func (s *stage) hear(f func(actor.Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.also = f
}

func onStage(t *testing.T, f func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, start: time.Now()}
		sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)), actor.WithEvents(func(e actor.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.log = append(s.log, e)
			if s.also != nil {
				s.also(e)
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		s.System = sys
		f(s)
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		_ = sys.Close(ctx)
		select {
		case <-sys.Done():
		default:
			t.Errorf("the system did not end:\n%v", sys.Snapshot())
		}
	})
}

func (s *stage) supervisor(spec Spec) *Supervisor {
	s.t.Helper()
	sup, err := Start(background, s.System, "sup", spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return sup
}

// of gives the events of that kind and path; an empty path means all.
func (s *stage) of(kind actor.EventKind, path string) []actor.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []actor.Event
	for _, e := range s.log {
		if e.Kind == kind && (path == "" || e.Path == path) {
			found = append(found, e)
		}
	}
	return found
}

// delays are those of the restarts that were announced.
func (s *stage) delays(path string) []time.Duration {
	var delays []time.Duration
	for _, e := range s.of(actor.Restarting, path) {
		delays = append(delays, e.Delay)
	}
	return delays
}

func (s *stage) wantDelays(path string, want ...time.Duration) {
	s.t.Helper()
	if got := s.delays(path); !slices.Equal(got, want) {
		s.t.Errorf("delays %v, want %v", got, want)
	}
}

func (s *stage) note(path string) string {
	found, _ := s.Snapshot().Find(path)
	return found.Note
}

// job is a message; do says how it is handled.
type job struct {
	actor.Reply[time.Time]
	do func(ctx *actor.Context[job]) error
}

type worker struct {
	start func(ctx *actor.Context[job]) error
	stop  func()
}

func (w worker) Receive(ctx *actor.Context[job], m job) error {
	if err := m.do(ctx); err != nil {
		return err
	}
	m.Answer(time.Now())
	return nil
}

func (w worker) Start(ctx *actor.Context[job]) error {
	if w.start != nil {
		return w.start(ctx)
	}
	return nil
}

func (w worker) Stop(*actor.Context[job], error) {
	if w.stop != nil {
		w.stop()
	}
}

func (w worker) produce() actor.Behavior[job] { return w }

func (s *stage) child(sup *Supervisor, name string, restart Restart, w worker) actor.Ref[job] {
	s.t.Helper()
	ref, err := Spawn(background, sup, name, restart, w.produce)
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

// fails makes the child fail now, and lets nothing but that happen.
func (s *stage) fails(ref actor.Ref[job], err error) {
	s.t.Helper()
	if err := ref.Tell(background, job{do: func(*actor.Context[job]) error { return err }}); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// pass lets virtual time go by, and everything that it brings about happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// works asks the child to do nothing, and says how long after the start it did.
func (s *stage) works(ref actor.Ref[job]) time.Duration {
	s.t.Helper()
	at, err := actor.Ask(background, ref, func(r actor.Reply[time.Time]) job {
		return job{r, func(*actor.Context[job]) error { return nil }}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return at.Sub(s.start)
}
