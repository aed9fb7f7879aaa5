package pipeline

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// task is one piece of work from the moment it is handed in until its result is.
type task struct {
	id       uint64 // on the wire; never used twice in a run
	number   int    // within its job
	job      *job
	body     []byte
	failures int // tries that ended with an error or a panic
	losses   int // how often it was in hand when a worker vanished
	holder   *session
	done     bool // it has its result, or nobody wants it any more
}

// outgoing is a message to a worker; session is nil for one that has none.
type outgoing struct {
	session *session
	route   string
	frame   []byte
}

// book is all that the ventilator knows, and every rule about it. It belongs to the ventilator's goroutine, does no I/O,
// and outlives the actor's incarnations.
type book struct {
	run       uint64
	credit    int
	chunk     int // tasks handed to one worker before the next one is looked at
	maxTries  int
	heartbeat time.Duration
	stats     *stats
	joined    func(workers int)       // told at each hello
	bury      func(t *task, r result) // told of each task that was given up

	next     uint64
	tasks    map[uint64]*task
	fresh    queue[*task]
	again    queue[*task] // to be handed out once more; they go first
	sessions map[string]*session
	workers  map[uint64]*session
	resets   map[string]uint64 // sessions to be reset, by route
	denied   map[string]bool   // routes that got a reset since the last tick
	list     []*session        // of sessions, in no order
	outcomes []outcome         // scratch
}

const (
	// A worker is silent for good when that many ticks passed without a word; a tick is a heartbeat.
	silentTicks = 4
	// A task that was in hand that often when its worker vanished is not handed out again: it may be what kills them.
	maxLosses = 8
	maxCredit = 1 << 16
)

func newBook(run uint64, credit, maxTries int, heartbeat time.Duration, s *stats) *book {
	return &book{run: run, credit: credit, chunk: max(1, credit/16), maxTries: maxTries, heartbeat: heartbeat, stats: s,
		tasks: make(map[uint64]*task), sessions: make(map[string]*session), workers: make(map[uint64]*session),
		resets: make(map[string]uint64), denied: make(map[string]bool)}
}

// recover makes the book consistent after the ventilator's actor failed in the middle of something: every worker has to say
// hello again, and every task without a result waits.
func (b *book) recover() {
	clear(b.sessions)
	clear(b.workers)
	clear(b.resets)
	b.list = nil
	b.fresh, b.again = queue[*task]{}, queue[*task]{}
	for _, t := range b.tasks {
		t.holder = nil
		b.again.push(t)
	}
	slices.SortFunc(b.again.items, func(x, y *task) int { return cmp.Compare(x.id, y.id) })
	b.count()
}

// admit takes new tasks in.
func (b *book) admit(tasks []*task) {
	b.stats.admit(len(tasks))
	for _, t := range tasks {
		b.next++
		t.id = b.next
		b.tasks[t.id] = t
	}
	b.fresh.push(tasks...)
}

// withdraw forgets the tasks of jobs that were given up. Those that workers hold end with their outcome.
func (b *book) withdraw() {
	wanted := func(t *task) bool {
		if t.job.over.Load() {
			b.forget(t)
		}
		return !t.done
	}
	b.fresh.keep(wanted)
	b.again.keep(wanted)
}

// take handles a message that came from route.
func (b *book) take(route string, frame []byte) {
	h, payload, err := parseHeader(frame)
	if err == nil {
		switch h.kind {
		case kindHello:
			err = b.hello(route, h, payload)
		case kindResults, kindPing, kindBye:
			err = b.hear(route, h, payload)
		default:
			err = errMalformed
		}
	}
	if err != nil {
		b.stats.malformed.Add(1)
	}
}

// hello opens a session. What the worker held in an earlier one is handed out again.
func (b *book) hello(route string, h header, payload []byte) error {
	g, err := parseGreeting(payload)
	if err != nil {
		return err
	}
	s := &session{route: route, id: h.session, worker: g.worker, name: g.name, credit: b.credit, received: h.sequence, owed: true}
	if g.credit > 0 {
		s.credit = g.credit
	}
	if old := b.sessions[route]; old != nil {
		s.ponged = old.ponged // a peer that does not read can't make us answer without end
		b.drop(old, false)
	}
	if old := b.workers[g.worker]; old != nil {
		b.drop(old, false)
	}
	b.sessions[route], b.workers[g.worker] = s, s
	b.list = append(b.list, s)
	b.stats.hellos.Add(1)
	b.count()
	if b.joined != nil {
		b.joined(len(b.list))
	}
	return nil
}

// hear takes everything but a hello. Outcomes count whatever has become of the session that they came in.
func (b *book) hear(route string, h header, payload []byte) error {
	s := b.sessions[route]
	if s != nil && s.id != h.session {
		s = nil
	}
	if h.kind == kindResults {
		outcomes, err := parseOutcomes(b.outcomes[:0], h.run, payload)
		b.outcomes = outcomes
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			b.settle(s, o)
		}
		clear(outcomes)
	}
	switch {
	case s == nil:
		b.resets[route] = h.session
	case h.sequence != s.received+1:
		b.drop(s, false)
		b.resets[route] = h.session
	case h.kind == kindBye:
		b.drop(s, false)
	default:
		s.received, s.silence = h.sequence, 0
		s.owed = s.owed || h.kind == kindPing
	}
	return nil
}

// settle takes the outcome of one try into account; s may be nil.
func (b *book) settle(s *session, o outcome) {
	t := b.tasks[o.id]
	if t == nil || o.run != b.run {
		b.stats.duplicates.Add(1)
		return
	}
	by := s
	if by == nil {
		by = t.holder // it lost its connection in the meantime, most likely
	}
	name := ""
	if by != nil {
		name = by.name
	}
	if o.status == statusDone {
		b.finish(t, result{body: o.body, worker: name})
		return
	}
	t.failures++
	b.stats.failures.Add(1)
	if t.failures >= b.maxTries {
		b.finish(t, result{worker: name, err: failureOf(o)})
		return
	}
	// Only its holder's failure frees it: it may be in another hand by now, or wait already.
	if s != nil && t.holder == s {
		b.takeBack(t)
	}
}

// finish ends a task and delivers its result.
func (b *book) finish(t *task, r result) {
	delete(b.tasks, t.id)
	t.done = true
	if t.holder != nil {
		t.holder.release(t)
	}
	r.number, r.failures, r.size = t.number, t.failures, len(t.body)
	if r.err == nil {
		b.stats.close(&b.stats.completed)
	} else {
		b.stats.close(&b.stats.gaveUp)
		if b.bury != nil {
			b.bury(t, r)
		}
	}
	t.job.put(r)
}

// forget drops a task that nobody wants any more.
func (b *book) forget(t *task) {
	if !t.done {
		t.done = true
		delete(b.tasks, t.id)
		b.stats.close(&b.stats.withdrawn)
	}
}

// takeBack lines a held task up to be handed out again.
func (b *book) takeBack(t *task) {
	t.holder.release(t)
	if t.job.over.Load() {
		b.forget(t)
		return
	}
	b.again.push(t)
	b.stats.redelivered.Add(1)
}

// drop ends a session: what it held goes to others. When the worker vanished, the oldest task, which is the one it had in
// hand, remembers that.
func (b *book) drop(s *session, vanished bool) {
	if b.sessions[s.route] != s {
		return
	}
	delete(b.sessions, s.route)
	if b.workers[s.worker] == s {
		delete(b.workers, s.worker)
	}
	b.list = slices.DeleteFunc(b.list, func(other *session) bool { return other == s })
	if vanished {
		b.stats.vanished.Add(1)
	}
	for s.order.len() > 0 {
		t := s.order.pop()
		if t.holder != s {
			continue
		}
		if vanished {
			vanished = false
			if t.losses++; t.losses >= maxLosses {
				b.finish(t, result{worker: s.name, err: ErrLost})
				continue
			}
		}
		b.takeBack(t)
	}
	b.count()
}

// tick passes once a heartbeat. It counts and does not measure, so that a ventilator that was held up itself does not take
// its workers for dead.
func (b *book) tick() {
	clear(b.denied)
	for _, s := range slices.Clone(b.list) {
		s.ponged = false
		if s.silence++; s.silence > silentTicks {
			b.drop(s, true)
		}
	}
}

// probe has every worker sent something, by which those show whose connection is gone.
func (b *book) probe() {
	for _, s := range b.list {
		s.owed, s.ponged = true, false
	}
}

// dispatch gives what has to be sent now. A worker gets as much as its credit allows, and the one that holds least comes
// first, so that nobody hoards while others are idle.
func (b *book) dispatch(out []outgoing) []outgoing {
	for route, id := range b.resets {
		if !b.denied[route] { // at most one a tick, for the same reason as pongs
			b.denied[route] = true
			out = append(out, outgoing{route: route, frame: header{kind: kindReset, session: id, run: b.run}.append(nil)})
		}
	}
	clear(b.resets)
	for s := b.idlest(); s != nil; s = b.idlest() {
		given := false
		for n := min(b.chunk, s.credit-s.held); n > 0; n-- {
			t := b.pop()
			if t == nil {
				break
			}
			t.holder = s
			s.held++
			s.order.push(t)
			s.batch = append(s.batch, t)
			given = true
		}
		if !given {
			break
		}
	}
	for _, s := range b.list {
		if s.owed && !s.ponged {
			s.owed, s.ponged = false, true
			frame := s.header(kindPong, b.run).append(make([]byte, 0, headerSize+4))
			out = append(out, outgoing{s, s.route, binary.AppendUvarint(frame, uint64(b.heartbeat.Milliseconds()))})
		}
		out = s.pack(out, b.run)
	}
	b.count()
	return out
}

// idlest is the session with credit left that holds the fewest tasks, nil when there is none.
func (b *book) idlest() (best *session) {
	for _, s := range b.list {
		if s.held < s.credit && (best == nil || s.held < best.held) {
			best = s
		}
	}
	return best
}

// pop takes the next task that waits, nil when none does.
func (b *book) pop() *task {
	for _, q := range []*queue[*task]{&b.again, &b.fresh} {
		for q.len() > 0 {
			t := q.pop()
			if t.done {
				continue // its result came after all
			}
			if t.job.over.Load() {
				b.forget(t)
				continue
			}
			return t
		}
	}
	return nil
}

// count publishes the figures that others look at.
func (b *book) count() {
	b.stats.workers.Store(int64(len(b.list)))
	b.stats.waiting.Store(int64(b.fresh.len() + b.again.len()))
}
