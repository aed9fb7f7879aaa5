package actortest

import (
	"strings"
	"sync"
	"time"
)

// standstill is how long actors wait for each other before that is a cycle. One whose wait is over needs a moment to say so.
const standstill = 100 * time.Millisecond

// waits knows which actor waits for which: a handler waits for one at a time.
type waits struct {
	mu     sync.Mutex
	by     map[string]*wait // by the path of the one that waits
	report func(cycle string)
}

type wait struct {
	to    string
	timer *time.Timer // runs if it closed a cycle
}

func (w *waits) begin(from, to string) (over func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine := &wait{to: to}
	w.by[from] = mine
	if cycle, links := w.cycle(from); links != nil {
		mine.timer = time.AfterFunc(standstill, func() { w.look(from, cycle, links) })
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.by, from)
		if mine.timer != nil {
			mine.timer.Stop()
		}
	}
}

// cycle follows the waits from one actor until they lead back to it.
func (w *waits) cycle(from string) (cycle string, links []*wait) {
	at := from
	path := []string{from}
	for range w.by {
		link := w.by[at]
		if link == nil {
			return "", nil
		}
		at = link.to
		path, links = append(path, at), append(links, link)
		if at == from {
			return strings.Join(path, " -> "), links
		}
	}
	return "", nil
}

// look reports the cycle if it is made of the same waits still.
func (w *waits) look(from, cycle string, links []*wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := from
	for _, link := range links {
		if w.by[at] != link {
			return
		}
		at = link.to
	}
	w.report(cycle)
}
