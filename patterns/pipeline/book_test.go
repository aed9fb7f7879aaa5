package pipeline

import (
	"errors"
	"testing"
	"time"
)

// bench is a book with tasks and a peer, without any socket.
type bench struct {
	*book
	t *testing.T
	s stats
	j *job
}

func newBench(t *testing.T, tasks int) *bench {
	b := &bench{t: t, j: newJob(tasks, 1<<20)}
	b.book = newBook(1, 4, 2, time.Second, &b.s)
	for i := range tasks {
		b.admit([]*task{{number: i, job: b.j}})
	}
	return b
}

func (b *bench) hello(route string, session uint64, worker uint64) {
	b.take(route, greeting{worker: worker}.append(header{kind: kindHello, session: session, sequence: 1}.append(nil)))
}

// tasks dispatches and gives the tasks that went to route.
func (b *bench) tasks(route string) (ids []uint64) {
	b.t.Helper()
	for _, o := range b.dispatch(nil) {
		h, payload, err := parseHeader(o.frame)
		if err != nil {
			b.t.Fatal(err)
		}
		if o.route != route || h.kind != kindTasks {
			continue
		}
		tasks, err := parseTasks(nil, h.run, payload)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, t := range tasks {
			ids = append(ids, t.id)
		}
	}
	return ids
}

func (b *bench) outcome(route string, session, sequence, id uint64, s status) {
	h := header{kind: kindResults, session: session, sequence: sequence, run: 1}
	b.take(route, appendOutcome(h.append(nil), outcome{id: id, status: s}))
}

func TestCreditBoundsWhatAWorkerHolds(t *testing.T) {
	b := newBench(t, 10)
	b.hello("a", 1, 1)
	if got := b.tasks("a"); len(got) != 4 {
		t.Fatalf("%v: want 4 tasks", got)
	}
	b.outcome("a", 1, 2, 1, statusDone)
	if got := b.tasks("a"); len(got) != 1 {
		t.Errorf("%v: want 1 task for the one that is done", got)
	}
}

func TestTasksAreSpreadEvenly(t *testing.T) {
	b := newBench(t, 4)
	for i, route := range []string{"a", "b", "c", "d"} {
		b.hello(route, uint64(i+1), uint64(i+1))
	}
	b.dispatch(nil)
	for _, s := range b.list {
		if s.held != 1 {
			t.Errorf("%s holds %d tasks, want 1", s.route, s.held)
		}
	}
}

func TestAGapEndsTheSessionButItsResultsCount(t *testing.T) {
	b := newBench(t, 4)
	b.hello("a", 1, 1)
	b.tasks("a")
	b.outcome("a", 1, 3, 2, statusDone) // 2 is missing
	out := b.dispatch(nil)
	if h, _, err := parseHeader(out[0].frame); len(out) != 1 || err != nil || h.kind != kindReset || h.session != 1 {
		t.Fatalf("want one reset: %+v", out)
	}
	if results, _ := b.j.take(nil); len(results) != 1 || b.s.redelivered.Load() != 3 {
		t.Errorf("%d results, %d lined up again", len(results), b.s.redelivered.Load())
	}
	b.hello("a", 2, 1)
	if got := b.tasks("a"); len(got) != 3 {
		t.Errorf("%v: want the other 3 tasks again", got)
	}
}

func TestANewIncarnationGetsBackWhatItsPredecessorHeld(t *testing.T) {
	b := newBench(t, 4)
	b.hello("a", 1, 1)
	b.tasks("a")
	b.hello("b", 2, 1)
	if got := b.tasks("b"); len(got) != 4 {
		t.Errorf("%v: want all 4 tasks", got)
	}
	if len(b.list) != 1 {
		t.Errorf("%d sessions, want 1", len(b.list))
	}
}

func TestALateOutcomeWinsAndItsTwinIsDropped(t *testing.T) {
	b := newBench(t, 1)
	b.hello("a", 1, 1)
	b.tasks("a")
	b.drop(b.sessions["a"], true)
	b.hello("b", 2, 2)
	if got := b.tasks("b"); len(got) != 1 {
		t.Fatalf("%v: want the task again", got)
	}
	b.outcome("a", 1, 2, 1, statusDone) // it was only cut off
	b.outcome("b", 2, 2, 1, statusDone)
	if results, _ := b.j.take(nil); len(results) != 1 || b.s.duplicates.Load() != 1 {
		t.Errorf("%d results, %d duplicates, want 1 and 1", len(results), b.s.duplicates.Load())
	}
}

func TestALateFailureDoesNotMakeASecondCopy(t *testing.T) {
	b := newBench(t, 1)
	b.hello("a", 1, 1)
	b.tasks("a")
	b.drop(b.sessions["a"], true)
	b.hello("b", 2, 2)
	b.tasks("b")
	b.outcome("a", 1, 2, 1, statusFailed)
	b.hello("c", 3, 3)
	if got := b.tasks("c"); len(got) != 0 {
		t.Errorf("%v: the task is in the hand of b", got)
	}
}

func TestATaskThatEndsItsWorkersIsGivenUp(t *testing.T) {
	b := newBench(t, 1)
	for i := range uint64(maxLosses) {
		b.hello("a", i+1, i+1)
		if got := b.tasks("a"); len(got) != 1 {
			t.Fatalf("%v after %d losses", got, i)
		}
		b.drop(b.sessions["a"], true)
	}
	results, _ := b.j.take(nil)
	if len(results) != 1 || !errors.Is(results[0].err, ErrLost) {
		t.Errorf("%+v: want ErrLost", results)
	}
}

func TestOnlySilenceThatTheVentilatorSawCounts(t *testing.T) {
	b := newBench(t, 1)
	b.hello("a", 1, 1)
	for range silentTicks {
		b.tick()
	}
	b.take("a", header{kind: kindPing, session: 1, sequence: 2}.append(nil))
	for range silentTicks {
		b.tick()
	}
	if len(b.list) != 1 {
		t.Fatal("dropped before it was silent for long enough")
	}
	if b.tick(); len(b.list) != 0 || b.s.vanished.Load() != 1 {
		t.Error("a silent worker was not dropped")
	}
}

func TestResultsOfAnotherRunAreNotTakenForThisOnes(t *testing.T) {
	b := newBench(t, 1)
	b.hello("a", 1, 1)
	b.tasks("a")
	h := header{kind: kindResults, session: 1, sequence: 2, run: 2}
	b.take("a", appendOutcome(h.append(nil), outcome{id: 1}))
	if results, _ := b.j.take(nil); len(results) != 0 {
		t.Errorf("%+v: the result belongs to another run", results)
	}
}

func TestAPeerThatFloodsGetsOneAnswerATick(t *testing.T) {
	b := newBench(t, 0)
	answers := 0
	for range 100 {
		b.take("a", header{kind: kindPing, session: 1}.append(nil))
		b.hello("b", 2, 2)
		answers += len(b.dispatch(nil))
	}
	if answers != 2 {
		t.Errorf("%d answers, want a reset and a pong", answers)
	}
}
