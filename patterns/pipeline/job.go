package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
)

// job is one call of Process: how many tasks may be under way, and the results that nobody has taken yet. Both are bounded
// by the window, in number and in bytes, since a task gives its room back only when its result was consumed.
type job struct {
	window int
	limit  int           // bytes
	over   atomic.Bool   // nobody wants its results any more
	there  chan struct{} // capacity 1: there are results, or the total is known
	room   chan struct{} // capacity 1: there may be room

	mu      sync.Mutex
	free    int
	bytes   int // of encoded tasks that have no result, and of results
	results []result
	total   int   // how many tasks there were; -1 until all are handed in
	fault   error // of their sequence
}

// result is what the ventilator delivers; the caller of Process decodes it.
type result struct {
	number   int
	failures int
	size     int // of the encoded task
	worker   string
	body     []byte
	err      error
}

func newJob(window, bytes int) *job {
	return &job{window: window, limit: bytes, free: window, total: -1, there: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// acquire takes all the room there is, at least for one task. It gives 0 when ctx ends first.
func (j *job) acquire(ctx context.Context) int {
	for {
		j.mu.Lock()
		n := j.free
		j.free = 0
		j.mu.Unlock()
		if n > 0 {
			return n
		}
		select {
		case <-j.room:
		case <-ctx.Done():
			return 0
		}
	}
}

// charge takes room for the bytes of a task that acquire has let in. One task always may, however large it is.
func (j *job) charge(ctx context.Context, size int) (ok bool) {
	for {
		j.mu.Lock()
		if ok = j.bytes == 0 || j.bytes+size <= j.limit; ok {
			j.bytes += size
		}
		j.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-j.room:
		case <-ctx.Done():
			return false
		}
	}
}

// release gives back the room of n results with so many bytes.
func (j *job) release(n, bytes int) {
	j.mu.Lock()
	j.free += n
	j.bytes -= bytes
	j.mu.Unlock()
	signal(j.room)
}

func (j *job) put(r result) {
	j.mu.Lock()
	j.results = append(j.results, r)
	first := len(j.results) == 1
	j.bytes += len(r.body) - r.size
	j.mu.Unlock()
	if len(r.body) < r.size {
		signal(j.room)
	}
	if first {
		signal(j.there)
	}
}

// complete says how many tasks there were, and whether their sequence failed after them.
func (j *job) complete(total int, fault error) {
	j.mu.Lock()
	j.total, j.fault = total, fault
	j.mu.Unlock()
	signal(j.there)
}

func (j *job) failure() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.fault
}

// take swaps the results that are there for spare.
func (j *job) take(spare []result) (results []result, total int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	results, j.results = j.results, spare[:0]
	return results, j.total
}
