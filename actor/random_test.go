package actor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// ledger checks the invariants of one actor from inside.
type ledger struct {
	alive  atomic.Int32
	starts atomic.Int64
	stops  atomic.Int64
	broken atomic.Pointer[string]
}

func (l *ledger) breach(what string) { l.broken.Store(&what) }

type chaotic struct {
	*ledger
	handled *atomic.Int64
	dice    *rand.Rand
}

type order struct {
	what    int
	refused *atomic.Int64 // nil makes it a message that nobody waits on
}

type refusable struct{ order }

func (r refusable) Refuse(error) { r.refused.Add(1) }

func (c chaotic) Start(ctx *Context[any]) error {
	if c.alive.Add(1) != 1 {
		c.breach("two incarnations at once")
	}
	c.starts.Add(1)
	if ctx.Incarnation() > 1 && c.dice.IntN(8) == 0 {
		return errBoom
	}
	for i := range c.dice.IntN(2) {
		_, _ = Spawn(ctx, ctx, fmt.Sprint("kid", i), life{}.produce)
	}
	return nil
}

func (c chaotic) Stop(*Context[any], error) {
	if c.alive.Add(-1) != 0 {
		c.breach("Stop without Start")
	}
	c.stops.Add(1)
	switch c.dice.IntN(16) {
	case 0:
		panic("in Stop")
	case 1:
		runtime.Goexit()
	}
}

func (c chaotic) Receive(_ *Context[any], m any) error {
	if c.alive.Load() != 1 {
		c.breach("a message without an incarnation")
	}
	var what int
	switch m := m.(type) {
	case order:
		what = m.what
	case refusable:
		what = m.what
	}
	switch what {
	case 0:
		return errBoom
	case 1:
		panic(errBoom)
	case 2:
		runtime.Goexit()
	case 3:
		c.handled.Add(1)
		return ErrStop
	}
	c.handled.Add(1)
	return nil
}

func (chaotic) ChildFailed(*Context[any], Handle, Failure) error { return errBoom }

func (chaotic) ChildStopped(*Context[any], Handle, error) error { return nil }

func TestRandomSequencesKeepEveryInvariant(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { randomSequence(t, seed, 5000) })
	}
}

func randomSequence(t *testing.T, seed uint64, steps int) {
	w := newWorld(t, WithEvents(nil), WithDeadLetters(nil))
	parent := w.spawn("p", restarter.produce)
	var told, handled, refused atomic.Int64
	var all sync.WaitGroup
	for worker := range uint64(3) {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(seed, worker))
			var ledgers []*ledger
			var refs []Ref[any]
			for step := range steps / 3 {
				if len(refs) == 0 || dice.IntN(40) == 0 {
					l := &ledger{}
					own := rand.New(rand.NewPCG(seed, worker<<32|uint64(step)))
					ref, err := tryUnder(parent, fmt.Sprint("w", worker, "-", step), func() Behavior[any] {
						return chaotic{l, &handled, own}
					}, WithMailbox(4))
					if err != nil {
						t.Errorf("spawn: %v", err)
						return
					}
					refs, ledgers = append(refs, ref), append(ledgers, l)
				}
				ref := refs[dice.IntN(len(refs))]
				o := order{what: dice.IntN(60), refused: &refused}
				switch dice.IntN(30) {
				case 0:
					ref.Stop(errBoom)
				case 1, 2:
					ref.Restart()
				default:
					m := any(o)
					if dice.IntN(2) == 0 {
						m = refusable{o}
					}
					var err error
					if dice.IntN(4) == 0 {
						err = ref.TryTell(m)
					} else {
						err = ref.Tell(background, m)
					}
					if err == nil {
						told.Add(1)
					} else if !errors.Is(err, ErrStopped) && !errors.Is(err, ErrMailboxFull) {
						t.Errorf("tell: %v", err)
					}
				}
			}
			for i, ref := range refs {
				ref.Stop(nil)
				<-ref.Done()
				l := ledgers[i]
				if what := l.broken.Load(); what != nil {
					t.Errorf("%s: %s", ref.Path(), *what)
				}
				if l.starts.Load() != l.stops.Load() || l.starts.Load() == 0 {
					t.Errorf("%s: %d starts, %d stops", ref.Path(), l.starts.Load(), l.stops.Load())
				}
			}
		})
	}
	all.Wait()
	if err := w.Close(background); err != nil {
		t.Fatal(err)
	}
	dead, _ := w.DeadLetters()
	if sum := handled.Load() + refused.Load() + int64(dead); sum != told.Load() || handled.Load() == 0 || dead == 0 || refused.Load() == 0 {
		t.Errorf("told %d, handled %d, refused %d, dead %d", told.Load(), handled.Load(), refused.Load(), dead)
	}
}
