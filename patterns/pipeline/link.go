package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// link is the actor that speaks the protocol for a worker: it says hello, takes tasks, sends outcomes and heartbeats, and
// goes on doing so while Work is busy.
//
// A session lasts as long as nothing is lost between the two sides. When messages are missing, when the ventilator
// asks for it, and when the hand has a new incarnation, a new session begins, and what was not begun is dropped here and
// handed out again there.
type link struct {
	*Worker
	heartbeat time.Duration
	unbeat    func()
	session   uint64 // 0: none, the hand is away
	shift     uint64 // of the hand, that the session is for
	run       uint64 // of the ventilator, 0 until it is known
	sent      uint64
	received  uint64
	left      bool
	tasks     []handed
	outcomes  []outcome
}

// Start implements actor.Starter.
func (l *link) Start(ctx *actor.Context[note]) error {
	l.desk.link.hang(ctx.Notify())
	listen(ctx, l.socket)
	l.beat(ctx)
	l.desk.link.ring()
	return nil
}

func (l *link) beat(ctx *actor.Context[note]) { l.unbeat = ctx.After(l.heartbeat, note{beat: true}) }

// Receive implements actor.Behavior.
func (l *link) Receive(ctx *actor.Context[note], m note) error {
	switch {
	case m.leave:
		err := l.leave(ctx)
		m.Answer(struct{}{})
		if m.end != nil {
			ctx.Go(func(context.Context) note { m.end(); return note{leave: true} }, func(err error) note { return note{err: err} })
		}
		return err
	case m.beat:
		l.ping()
		l.beat(ctx)
		return nil
	case m.err != nil:
		return ended(m.err)
	}
	for _, message := range m.messages {
		if message.Len() != 1 {
			l.malformed.Add(1)
			continue
		}
		if err := l.take(ctx, message.Frame(0)); err != nil {
			return err
		}
	}
	listen(ctx, l.socket)
	return nil
}

// Ready implements actor.Readier: there are outcomes, or the hand came or went.
func (l *link) Ready(ctx *actor.Context[note]) error {
	outcomes, manned, shift := l.desk.collect(l.outcomes)
	err := l.report(ctx, outcomes)
	clear(outcomes)
	l.outcomes = outcomes
	switch {
	case err != nil:
		return err
	case l.left:
		return nil
	case manned && (l.session == 0 || l.shift != shift):
		l.shift = shift
		return l.hello(ctx)
	case !manned && l.session != 0:
		return l.bye(ctx)
	}
	return nil
}

// most is how many tasks a ventilator that keeps to the credit may give.
func (l *link) most() int {
	if l.credit > 0 {
		return min(l.credit, maxCredit)
	}
	return maxCredit
}

// hello begins a new session.
func (l *link) hello(ctx *actor.Context[note]) error {
	l.desk.clear()
	l.session = 0
	for l.session == 0 {
		l.session = rand.Uint64()
	}
	l.sent, l.received, l.run = 0, 0, 0
	g := greeting{worker: l.id, credit: l.credit, name: l.name}
	return l.post(ctx, g.append(l.header(kindHello, 0)))
}

func (l *link) bye(ctx *actor.Context[note]) error {
	err := l.post(ctx, l.header(kindBye, l.run))
	l.session = 0
	return err
}

func (l *link) leave(ctx *actor.Context[note]) error {
	l.desk.shut()
	err := l.Ready(ctx) // what is done, and a bye
	l.left = true
	if err == nil && l.session != 0 { // the hand has just come back
		err = l.bye(ctx)
	}
	return err
}

// ping never waits: a heart that beats later is as good.
func (l *link) ping() {
	if l.session != 0 && l.socket.TryPost(zsock.Bytes(l.header(kindPing, l.run))) != nil {
		l.sent--
	}
}

func (l *link) header(k kind, run uint64) []byte {
	l.sent++
	return header{kind: k, session: l.session, sequence: l.sent, run: run}.append(make([]byte, 0, headerSize+64))
}

func (l *link) post(ctx *actor.Context[note], frame []byte) error {
	return ended(l.socket.Post(ctx, zsock.Bytes(frame)))
}

// take handles a message of the ventilator.
func (l *link) take(ctx *actor.Context[note], frame []byte) error {
	h, payload, err := parseHeader(frame)
	if err != nil || h.kind < kindTasks {
		l.malformed.Add(1)
		return nil
	}
	if h.session != l.session || l.session == 0 {
		return nil // of a session that is over
	}
	if h.kind == kindReset {
		return l.hello(ctx)
	}
	if h.sequence != l.received+1 || l.run != 0 && l.run != h.run {
		return l.hello(ctx)
	}
	l.received, l.run = h.sequence, h.run
	if h.kind == kindPong {
		l.adopt(ctx, payload)
		return nil
	}
	tasks, err := parseTasks(l.tasks[:0], h.run, payload)
	if err != nil {
		l.malformed.Add(1)
		return l.hello(ctx)
	}
	ok := l.desk.put(l.shift, tasks, l.most())
	clear(tasks)
	l.tasks = tasks
	if !ok { // no ventilator of ours gives more than it is asked for
		l.malformed.Add(1)
		return l.hello(ctx)
	}
	return nil
}

// adopt takes over how often the ventilator wants to hear of its workers.
func (l *link) adopt(ctx *actor.Context[note], pong []byte) {
	ms, _, err := cutNumber(pong)
	heartbeat := time.Duration(min(ms, maxHeartbeat)) * time.Millisecond
	if err != nil || heartbeat == 0 || heartbeat == l.heartbeat {
		return
	}
	l.heartbeat = heartbeat
	l.unbeat()
	l.beat(ctx)
}

// report sends outcomes in as few messages as their sizes allow.
func (l *link) report(ctx *actor.Context[note], outcomes []outcome) error {
	for i := 0; i < len(outcomes); {
		first, size := i, 0
		for ; i < len(outcomes); i++ {
			entry := len(outcomes[i].body) + 1 + 2*binary.MaxVarintLen64
			if i > first && (size+entry > packSize || outcomes[i].run != outcomes[first].run) {
				break
			}
			size += entry
		}
		l.sent++
		h := header{kind: kindResults, session: l.session, sequence: l.sent, run: outcomes[first].run}
		frame := h.append(make([]byte, 0, headerSize+size))
		for _, o := range outcomes[first:i] {
			frame = appendOutcome(frame, o)
		}
		if err := l.post(ctx, frame); err != nil {
			l.desk.unsent(outcomes[first:])
			return err
		}
	}
	return nil
}

const maxHeartbeat = 24 * 60 * 60 * 1000 // ms

// ended tells the end of the socket, and of the incarnation, from a failure.
func ended(err error) error {
	if errors.Is(err, zsock.ErrClosed) {
		return actor.ErrStop
	}
	return err
}
