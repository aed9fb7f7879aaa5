package reactor

import (
	"errors"
	"os"
	"sync"

	"github.com/actomq/actomq/internal/libzmq"
)

// table is the portable backend: zmq_poll over all armed descriptors, and over a pipe that says that the table has changed.
type table struct {
	mu      sync.Mutex
	polled  sync.Cond      // a round of zmq_poll has ended
	fds     map[uint64]int // all
	armed   map[uint64]int // those to be polled
	ids     []uint64       // of the items of the round under way
	polling bool           // a round is under way: a change needs a wake
	waking  bool           // and one has been asked for
	round   uint64
	closing bool

	set   libzmq.PollSet // of the goroutine that waits
	wake  *os.File
	woken *os.File
	pipe  int // the descriptor of woken
	once  sync.Once
}

func newTable() (backend, error) {
	woken, wake, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	t := &table{fds: make(map[uint64]int), armed: make(map[uint64]int), wake: wake, woken: woken, pipe: int(woken.Fd())}
	t.polled.L = &t.mu
	return t, nil
}

func (t *table) add(fd int, id uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fds[id] = fd
	return nil
}

func (t *table) arm(fd int, id uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.fds[id]; !known {
		return ErrClosed
	}
	if _, already := t.armed[id]; already {
		return nil
	}
	t.armed[id] = fd
	t.changed()
	return nil
}

// changed wakes the round under way; many changes share a wake. The lock is held.
func (t *table) changed() {
	if t.polling && !t.waking {
		t.waking = true
		_, _ = t.wake.Write([]byte{0}) // at most one byte is in the pipe, so this can't wait
	}
}

func (t *table) remove(_ int, id uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.fds, id)
	delete(t.armed, id)
	if !t.polling {
		return nil
	}
	t.changed()
	for round := t.round; t.polling && t.round == round; {
		t.polled.Wait()
	}
	return nil
}

func (t *table) run(woke func(), ready func(id uint64)) error {
	for {
		err := t.wait(ready)
		woke()
		if err != nil {
			return err
		}
	}
}

func (t *table) wait(ready func(id uint64)) error {
	t.mu.Lock()
	if t.closing {
		t.mu.Unlock()
		return errClosing
	}
	t.set.Reset()
	t.set.Add(t.pipe)
	t.ids = t.ids[:0]
	for id, fd := range t.armed {
		t.set.Add(fd)
		t.ids = append(t.ids, id)
	}
	t.polling = true
	t.mu.Unlock()

	_, err := t.set.Wait(-1)

	t.mu.Lock()
	t.polling = false
	t.round++
	if t.waking {
		var one [1]byte
		_, _ = t.woken.Read(one[:])
		t.waking = false
	}
	var fired []uint64
	if err == nil {
		for i, id := range t.ids {
			if _, still := t.armed[id]; still && t.set.Ready(i+1) {
				delete(t.armed, id)
				fired = append(fired, id)
			}
		}
	}
	closing := t.closing
	t.polled.Broadcast()
	t.mu.Unlock()
	for _, id := range fired {
		ready(id)
	}
	if closing {
		return errClosing
	}
	return err
}

func (t *table) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closing = true
	t.changed()
}

func (t *table) close() (err error) {
	t.once.Do(func() { err = errors.Join(t.wake.Close(), t.woken.Close()) })
	return err
}
