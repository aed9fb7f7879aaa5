package actortest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
)

// deed is a message that says what its handler does.
type deed struct {
	actor.Reply[int]
	do func(ctx *actor.Context[deed]) error
}

func doer() actor.Behavior[deed] {
	return actor.Func[deed](func(ctx *actor.Context[deed], m deed) error { return m.do(ctx) })
}

func doers(t *testing.T, sys *actor.System, names ...string) (refs []actor.Ref[deed]) {
	t.Helper()
	for _, name := range names {
		ref, err := actor.Spawn(t.Context(), sys, name, doer, actor.WithMailbox(1))
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	return refs
}

// failures is a test that keeps its errors.
type failures struct {
	testing.TB
	mu   sync.Mutex
	list []string
}

func (f *failures) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

// have has each actor do something at the same time, and waits until all have.
func have(t *testing.T, refs []actor.Ref[deed], do func(i int, ctx *actor.Context[deed]) error) {
	t.Helper()
	ready := make(chan struct{})
	var all sync.WaitGroup
	for i, ref := range refs {
		all.Add(1)
		if err := ref.Tell(t.Context(), deed{do: func(ctx *actor.Context[deed]) error {
			defer all.Done()
			<-ready
			return do(i, ctx)
		}}); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
	close(ready)
	all.Wait()
}

func TestCycleOfActorsThatWaitForEachOtherIsNamed(t *testing.T) {
	nothing := deed{do: func(*actor.Context[deed]) error { return nil }}
	fill := func(ctx context.Context, to actor.Ref[deed]) error {
		for {
			if err := to.Tell(ctx, nothing); err != nil {
				return err
			}
		}
	}
	ask := func(ctx context.Context, to actor.Ref[deed]) error {
		_, err := actor.Ask(ctx, to, func(r actor.Reply[int]) deed { return deed{r, nothing.do} })
		return err
	}
	for _, c := range []struct {
		name  string
		names []string
		wait  func(i int) func(context.Context, actor.Ref[deed]) error
		want  []string // any of them
	}{
		{"fill", []string{"a", "b"}, func(int) func(context.Context, actor.Ref[deed]) error { return fill }, []string{"/a -> /b -> /a", "/b -> /a -> /b"}},
		{"ask", []string{"a", "b"}, func(int) func(context.Context, actor.Ref[deed]) error { return ask }, []string{"/a -> /b -> /a", "/b -> /a -> /b"}},
		{"three", []string{"a", "b", "c"}, func(i int) func(context.Context, actor.Ref[deed]) error {
			return []func(context.Context, actor.Ref[deed]) error{ask, fill, ask}[i]
		}, []string{"/a -> /b -> /c -> /a", "/b -> /c -> /a -> /b", "/c -> /a -> /b -> /c"}},
		{"itself", []string{"a"}, func(int) func(context.Context, actor.Ref[deed]) error { return ask }, []string{"/a -> /a"}},
	} {
		for _, inside := range []string{"its context", "another context"} {
			t.Run(c.name+", with "+inside, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fake := &failures{TB: t}
					sys, probe := actortest.New(fake)
					refs := doers(t, sys, c.names...)
					have(t, refs, func(i int, ctx *actor.Context[deed]) error {
						base := context.Context(ctx)
						if inside != "its context" {
							base = context.Background()
						}
						bounded, cancel := context.WithTimeout(base, time.Second)
						defer cancel()
						if err := c.wait(i)(bounded, refs[(i+1)%len(refs)]); !errors.Is(err, context.DeadlineExceeded) {
							t.Error(err)
						}
						return nil
					})
					found := probe.Cycles()
					if len(found) != 1 || !slices.Contains(c.want, found[0]) {
						t.Errorf("found %q, want one of %q", found, c.want)
					}
					if !slices.Equal(fake.list, []string{"actors wait for each other: " + found[0]}) {
						t.Errorf("the test hears %q", fake.list)
					}
				})
			})
		}
	}
}

func TestWaitsThatResolveThemselvesAreNoCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys, probe := actortest.New(t)
		refs := doers(t, sys, "a", "b", "c")
		later := deed{do: func(*actor.Context[deed]) error { <-time.After(time.Second); return nil }}
		// a waits for b, which is slow, and so does c: a chain of pressure.
		have(t, refs, func(i int, ctx *actor.Context[deed]) error {
			for range 3 * i {
				if err := refs[i-1].Tell(ctx, later); err != nil {
					return err
				}
			}
			return nil
		})
		// What waits beside an actor does not keep it from working.
		have(t, refs[:2], func(i int, ctx *actor.Context[deed]) error {
			ctx.Go(func(ctx context.Context) deed {
				_, err := actor.Ask(ctx, refs[1-i], func(r actor.Reply[int]) deed {
					return deed{r, func(*actor.Context[deed]) error { <-time.After(time.Second); r.Answer(1); return nil }}
				})
				return deed{do: func(*actor.Context[deed]) error { return err }}
			}, nil)
			return nil
		})
		<-time.After(time.Minute)
		if found := probe.Cycles(); len(found) != 0 {
			t.Errorf("%q", found)
		}
	})
}

// Two actors that answer each other at full speed block all the time, and never for each other.
func TestBusyActorsAreNoCycle(t *testing.T) {
	sys, probe := actortest.New(t)
	refs := doers(t, sys, "a", "b")
	done := make(chan struct{})
	left := 20_000
	var pass func(i int) deed
	pass = func(i int) deed {
		return deed{do: func(ctx *actor.Context[deed]) error {
			if left--; left == 0 {
				close(done)
				return nil
			}
			return refs[1-i].Tell(ctx, pass(1-i))
		}}
	}
	if err := refs[0].Tell(t.Context(), pass(0)); err != nil {
		t.Fatal(err)
	}
	<-done
	if found := probe.Cycles(); len(found) != 0 {
		t.Errorf("%q", found)
	}
}
