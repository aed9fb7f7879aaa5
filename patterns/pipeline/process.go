package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/safe"
)

// Result is what became of one task.
type Result[R any] struct {
	Number int    // of the task, counted from 0 in the order of the sequence; -1 when the pair's error is about no task
	Value  R      // what Work returned; the zero value beside an error
	Tries  int    // tries that ended with an answer of Work: a value, an error or a panic
	Worker string // name of the worker that had the task last
}

// Process has the tasks done and yields one pair for each of them, in the order in which they finish. An error that is a
// *TaskError is that task's, and the loop goes on; any other error is the last pair: the end of ctx, ErrClosed, or ErrSequence, which
// wraps what the sequence panicked with. A panic of a sequence whose loop was left already goes to the system's events.
//
// The sequence is read in a goroutine of its own, at most Window tasks and WindowBytes ahead of the loop, so a slow loop slows the intake. A
// sequence that waits for something should heed ctx as well: a loop that is left early waits for the sequence to notice,
// though not beyond the end of ctx or of the run. Tasks that workers hold then are finished and their results dropped.
//
// Process may be called any number of times, also at the same time; the calls share the workers.
func (r *Run[T, R]) Process(ctx context.Context, tasks iter.Seq[T]) iter.Seq2[Result[R], error] {
	return func(yield func(Result[R], error) bool) {
		last := Result[R]{Number: -1}
		if err := safe.Context(ctx); err != nil {
			yield(last, fmt.Errorf("pipeline: process on %s: %w", r.name, err))
			return
		}
		if tasks == nil {
			yield(last, fmt.Errorf("pipeline: process on %s: %w: the tasks: pass a sequence, as slices.Values makes one", r.name, patterns.ErrNil))
			return
		}
		intake, cancel := context.WithCancel(ctx)
		f := &feeder[T]{core: r.core, job: newJob(r.window, r.windowBytes), gone: make(chan struct{})}
		if !r.enter(f.job, f.gone) {
			cancel()
			yield(last, r.closedError())
			return
		}
		go f.run(intake, tasks)
		defer func() {
			f.job.over.Store(true)
			cancel()
			r.intake.withdraw()
			select {
			case <-f.gone:
			case <-ctx.Done():
			case <-r.done:
			}
		}()
		err := r.yieldAll(ctx, f.job, yield)
		if err == nil {
			err = f.job.failure()
		}
		if err != nil && !errors.Is(err, errLeft) {
			yield(last, err)
		}
	}
}

// errLeft says that the loop was left.
var errLeft = errors.New("pipeline: the loop was left")

// yieldAll returns nil once all results were yielded.
func (r *Run[T, R]) yieldAll(ctx context.Context, j *job, yield func(Result[R], error) bool) error {
	var results []result
	total, yielded, consumed, bytes := -1, 0, 0, 0
	for {
		clear(results)
		results, total = j.take(results)
		for _, next := range results {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("pipeline: process on %s: %w", r.name, actor.SafeError(context.Cause(ctx)))
			}
			if !yield(r.decode(next)) {
				return errLeft
			}
			yielded++
			consumed++
			if bytes += len(next.body); consumed >= max(1, j.window/16) || bytes >= j.limit/16 {
				j.release(consumed, bytes)
				consumed, bytes = 0, 0
			}
		}
		if yielded == total {
			return nil
		}
		if len(results) > 0 {
			continue
		}
		// Nothing more may come before what is consumed is free again.
		j.release(consumed, bytes)
		consumed, bytes = 0, 0
		select {
		case <-j.there:
		case <-ctx.Done():
			return fmt.Errorf("pipeline: process on %s: %w", r.name, actor.SafeError(context.Cause(ctx)))
		case <-r.done:
			return r.closedError()
		}
	}
}

func (r *Run[T, R]) decode(from result) (Result[R], error) {
	to := Result[R]{Number: from.number, Tries: from.failures, Worker: from.worker}
	err := from.err
	if err == nil {
		to.Tries++
		if err = r.codec.Unmarshal(from.body, &to.Value); err == nil {
			return to, nil
		}
		r.stats.undecodable.Add(1)
		to.Value = *new(R)
		err = fmt.Errorf("%w: decode the result: %w", ErrCodec, err)
	}
	return to, &TaskError{Number: from.number, Tries: to.Tries, Worker: from.worker, Err: err}
}

// feeder reads the sequence of one Process and hands the tasks to the ventilator.
type feeder[T any] struct {
	*core
	job  *job
	gone chan struct{}
}

func (f *feeder[T]) run(ctx context.Context, tasks iter.Seq[T]) {
	number := 0
	fault := actor.ErrGoexit
	defer close(f.gone)
	defer f.leave(f.job)
	defer func() {
		if value := recover(); value != nil {
			fault = &actor.PanicError{Value: value, Stack: debug.Stack()}
		}
		if fault != nil {
			fault = fmt.Errorf("%w: process on %s, after %d tasks: %w", ErrSequence, f.name, number, fault)
			if f.job.over.Load() {
				_ = f.ventilator.TryTell(note{fault: fault})
			}
		}
		f.job.complete(number, fault)
	}()
	room := 0
	for t := range tasks {
		if room == 0 {
			if room = f.job.acquire(ctx); room == 0 {
				break
			}
		}
		room--
		if f.job.over.Load() {
			break
		}
		body, err := f.codec.Marshal(t)
		switch {
		case err != nil:
			f.stats.keepOut(&f.stats.refused)
			f.job.put(result{number: number, err: fmt.Errorf("%w: encode the task: %w", ErrCodec, err)})
		case len(body) > f.maxTask:
			f.stats.keepOut(&f.stats.refused)
			f.job.put(result{number: number, err: fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(body), f.maxTask)})
		case !f.job.charge(ctx, len(body)): // nobody waits for it any more
			f.stats.keepOut(&f.stats.withdrawn)
		default:
			f.intake.add(&task{number: number, job: f.job, body: body})
		}
		number++
	}
	fault = nil
}
