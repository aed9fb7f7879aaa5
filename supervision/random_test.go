package supervision

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actomq/actomq/actor"
)

// randomSteps is how many steps a random sequence has, all seeds together.
func randomSteps() int {
	if testing.Short() {
		return 20_000
	}
	return 100_000
}

// lives checks from inside that incarnations do not overlap, and that supervisors start and stop their children in order.
type lives struct {
	mu      sync.Mutex
	alive   map[string]*actorLife // by path
	kinds   map[string]Restart
	exempt  map[string]time.Time // when somebody interfered by hand: the order of that actor says nothing for a while
	faults  []string
	starts  int
	stops   int
	ordered int // stops whose order was looked at
	told    [deeds]int
	left    map[string]int // how often an actor was left behind and has not returned since
	behind  int            // how often that happened at all
}

// hear is told of every event.
func (l *lives) hear(e actor.Event) {
	if e.Kind == actor.Overstayed {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.left[e.Path]++
		l.behind++
	}
}

// exemption is longer than anything keeps a stop or restart waiting.
const exemption = time.Second

type actorLife struct {
	group    string // the path of its supervisor
	place    int    // among its siblings
	strategy Strategy
	restart  Restart
}

func (l *lives) isExempt(at string) bool {
	since, ok := l.exempt[at]
	return ok && time.Since(since) < exemption
}

func (l *lives) start(at string, a *actorLife) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starts++
	if l.alive[at] != nil {
		l.faults = append(l.faults, "two incarnations at once: "+at)
	}
	l.alive[at], l.kinds[at] = a, a.restart
	l.succeeds(at, a, "starts")
}

func (l *lives) stop(at string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stops++
	a := l.alive[at]
	if a == nil {
		l.faults = append(l.faults, "stop without a start: "+at)
		return
	}
	delete(l.alive, at)
	l.succeeds(at, a, "stops")
	delete(l.left, at)
}

// succeeds checks that nobody runs who was started after a, when that one starts or stops in company.
func (l *lives) succeeds(at string, a *actorLife, does string) {
	if a.strategy == OneForOne || l.isExempt(at) || l.left[at] > 0 {
		return
	}
	l.ordered++
	for sibling, other := range l.alive {
		if other.group == a.group && l.left[sibling] == 0 && other.place > a.place && other.place < dynamicPlace {
			l.faults = append(l.faults, fmt.Sprintf("%s %s while its successor %s is alive", at, does, sibling))
		}
	}
}

// interfere notes that the driver stops or restarts an actor itself, or has it end alone.
func (l *lives) interfere(at string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exempt[at] = time.Now()
}

// tell notes a deed that an actor is told to do. One that it does not come back from is an end alone.
func (l *lives) tell(at string, d deed) {
	l.mu.Lock()
	kind := l.kinds[at]
	l.told[d]++
	l.mu.Unlock()
	if d == ends && kind == Transient || kind == Temporary && d != work && d < stalls {
		l.interfere(at)
	}
}

// dynamicPlace and above are children that were added later.
const dynamicPlace = 100

// mortal is a behaviour that does what it is told, and fails now and then by itself.
type mortal struct {
	lives *lives
	dice  *rand.Rand
	life  *actorLife
}

type deed int

const (
	work deed = iota
	fail
	panics
	exits
	ends
	stalls
	hangs
	deeds
)

func (m *mortal) Start(ctx *actor.Context[deed]) error {
	m.lives.start(ctx.Self().Path(), m.life)
	if ctx.Incarnation() > 1 && m.dice.IntN(10) == 0 {
		return errBoom
	}
	return nil
}

func (m *mortal) Stop(ctx *actor.Context[deed], _ error) {
	m.lives.stop(ctx.Self().Path())
	if m.dice.IntN(20) == 0 {
		panic("in Stop")
	}
}

func (m *mortal) Receive(ctx *actor.Context[deed], d deed) error {
	switch d {
	case fail:
		return errBoom
	case panics:
		panic(errBoom)
	case exits:
		runtime.Goexit()
	case ends:
		return actor.ErrStop
	case stalls: // heeds its context, and is slower than a message
		select {
		case <-time.After(300 * ms):
		case <-ctx.Done():
		}
	case hangs: // longer than it may take to stop
		<-time.After(800 * ms)
	}
	return nil
}

func (l *lives) child(dice *rand.Rand, group, name string, place int, strategy Strategy) Child {
	own := rand.New(rand.NewPCG(dice.Uint64(), 1))
	restart := []Restart{Permanent, Permanent, Permanent, Transient, Temporary}[dice.IntN(5)]
	return Actor(name, func() actor.Behavior[deed] {
		return &mortal{l, own, &actorLife{group, place, strategy, restart}}
	}, actor.WithMailbox(4)).As(restart)
}

func TestRandomSequencesKeepOrderIncarnationsApartAndTheIntensity(t *testing.T) {
	const seeds = 4
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			onStage(t, func(s *stage) { randomSequence(s, seed, randomSteps()/seeds) })
		})
	}
}

func randomSequence(s *stage, seed uint64, steps int) {
	dice := rand.New(rand.NewPCG(seed, 0))
	l := &lives{alive: make(map[string]*actorLife), kinds: make(map[string]Restart), exempt: make(map[string]time.Time), left: make(map[string]int)}
	s.hear(l.hear)
	inner := Spec{Intensity: 4, Period: 2 * time.Second, Shutdown: 500 * ms, Backoff: Backoff{Min: 10 * ms, Max: 100 * ms, Jitter: 0.5}}
	names := []string{"one-for-one", "all-for-one", "rest-for-one"}
	var nested []Child
	for i, name := range names {
		spec := inner
		spec.Strategy = Strategy(i)
		var children []Child
		for place := range 4 {
			children = append(children, l.child(dice, "/sup/"+name, fmt.Sprint("c", place), place, spec.Strategy))
		}
		nested = append(nested, Nested(name, spec, children...))
	}
	top, err := Start(background, s.System, "sup", Spec{Intensity: 1 << 30, Backoff: Backoff{Min: 20 * ms, Max: 50 * ms}}, nested...)
	if err != nil {
		s.t.Fatal(err)
	}
	for step := range steps {
		name := names[dice.IntN(len(names))]
		switch dice.IntN(12) {
		case 0: // let it pass, so that backoff ends and windows move
			pass(time.Duration(dice.IntN(200)) * ms)
			continue
		case 1:
			synctest.Wait()
			continue
		}
		// The supervisor may be backing off itself: nobody waits longer than a moment.
		ctx, cancel := context.WithTimeout(background, time.Duration(dice.IntN(30))*ms)
		if sup, err := top.Nested(ctx, name); err == nil {
			randomStep(ctx, s, dice, l, sup, name, step)
		}
		cancel()
	}
	pass(time.Minute)
	if s.System.Err() != nil {
		s.t.Errorf("the system failed: %v", s.System.Err())
	}
	if err := top.Stop(background); err != nil {
		s.t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, fault := range l.faults {
		if i == 10 {
			s.t.Errorf("and %d more", len(l.faults)-i)
			break
		}
		s.t.Error(fault)
	}
	if len(l.alive) != 0 || l.starts != l.stops || l.starts < steps/25 || l.ordered < steps/50 || slices.Min(l.told[:]) < steps/1000 || l.behind < steps/5000 {
		s.t.Errorf("%d starts, %d stops, %d in order, told %v, %d left behind, alive %v", l.starts, l.stops, l.ordered, l.told, l.behind, l.alive)
	}
	checkIntensity(s, inner)
}

func randomStep(ctx context.Context, s *stage, dice *rand.Rand, l *lives, sup *Supervisor, name string, step int) {
	if dice.IntN(25) == 0 {
		extra := l.child(dice, "/sup/"+name, fmt.Sprint("x", dice.IntN(2)), dynamicPlace, Strategy(0))
		if _, err := sup.Add(ctx, extra); err != nil && !isExpected(err) {
			s.t.Errorf("step %d: Add: %v", step, err)
		}
		return
	}
	which := fmt.Sprint("c", dice.IntN(4))
	if dice.IntN(5) == 0 {
		which = fmt.Sprint("x", dice.IntN(2))
	}
	ref, err := Find[deed](ctx, sup, which)
	if err != nil {
		return // it ended for good, or the time was up
	}
	switch dice.IntN(40) {
	case 0:
		l.interfere(ref.Path())
		ref.Stop(nil)
	case 1:
		l.interfere(ref.Path())
		ref.Restart()
	case 2:
		l.interfere(ref.Path())
		if err := sup.Remove(ctx, which); err != nil && !isExpected(err) && !errors.Is(err, ErrNoChild) {
			s.t.Errorf("step %d: Remove: %v", step, err)
		}
	case 3:
		sup.Handle().Restart()
	default:
		d := deed(dice.IntN(int(deeds)))
		if dice.IntN(4) != 0 || d == hangs && dice.IntN(2) == 0 {
			d = work
		}
		l.tell(ref.Path(), d)
		if err := ref.Tell(ctx, d); err != nil && !isExpected(err) {
			s.t.Errorf("step %d: Tell: %v", step, err)
		}
	}
}

func isExpected(err error) bool {
	return errors.Is(err, actor.ErrStopped) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, actor.ErrNameTaken) ||
		errors.Is(err, actor.ErrRestarted) || errors.Is(err, ErrNoChild) || errors.Is(err, ErrOverstayed) || errors.Is(err, errBoom)
}

// checkIntensity reads the events: within one incarnation of a supervisor, no period may see more restarts than allowed.
func checkIntensity(s *stage, spec Spec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	restarts := make(map[string][]time.Time)
	most := 0
	for _, e := range s.log {
		switch e.Kind {
		case actor.Started:
			delete(restarts, e.Path)
		case actor.Restarting:
			sup := path.Dir(e.Path)
			if sup == "/sup" {
				continue
			}
			recent := slices.DeleteFunc(restarts[sup], func(at time.Time) bool { return e.Time.Sub(at) >= spec.Period })
			restarts[sup] = append(recent, e.Time)
			most = max(most, len(restarts[sup]))
		}
	}
	if most != spec.Intensity {
		s.t.Errorf("the busiest period saw %d restarts, %d are allowed and should have been reached", most, spec.Intensity)
	}
}
