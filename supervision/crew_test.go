package supervision

import (
	"slices"
	"sync"
	"testing"

	"github.com/actomq/actomq/actor"
)

// crew is a supervisor with children that write down when they start and stop.
type crew struct {
	*stage
	*Supervisor
	mu    sync.Mutex
	lines []string
}

func (c *crew) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
}

// want compares what was written down since the last time.
func (c *crew) want(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.lines, want) {
		t.Errorf("got  %q\nwant %q", c.lines, want)
	}
	c.lines = nil
}

// member describes a child that writes down its starts and stops, beside what w does.
func (c *crew) member(name string, w worker) Child {
	noted := worker{
		start: func(ctx *actor.Context[job]) error {
			c.add("start " + name)
			if w.start != nil {
				return w.start(ctx)
			}
			return nil
		},
		stop: func() {
			if w.stop != nil {
				w.stop()
			}
			c.add("stop " + name)
		},
	}
	return Actor(name, noted.produce)
}

func (c *crew) members(names ...string) []Child {
	var children []Child
	for _, name := range names {
		children = append(children, c.member(name, worker{}))
	}
	return children
}

func (c *crew) ref(name string) actor.Ref[job] {
	c.t.Helper()
	ref, err := Find[job](background, c.Supervisor, name)
	if err != nil {
		c.t.Fatal(err)
	}
	return ref
}

// withCrew runs f with a supervisor of that spec; children are made by describe, or else are a, b, c and d.
func withCrew(t *testing.T, spec Spec, describe func(c *crew) []Child, f func(t *testing.T, c *crew)) {
	t.Helper()
	onStage(t, func(s *stage) {
		c := &crew{stage: s}
		if describe == nil {
			describe = func(c *crew) []Child { return c.members("a", "b", "c", "d") }
		}
		var err error
		if c.Supervisor, err = Start(background, s.System, "sup", spec, describe(c)...); err != nil {
			t.Fatal(err)
		}
		f(s.t, c)
	})
}

// steady has no jitter, and a delay of a second.
var steady = Backoff{Min: 1000 * ms, Factor: 1, Jitter: -1}
