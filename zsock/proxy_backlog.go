package zsock

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ProxyBacklog bounds what a proxy keeps for each peer of a Router that takes no more at the moment, so that the others need not
// wait for it. Peers that take all have no backlog.
//
// A message that would go beyond either bound is dropped: it is counted in Flow.Dropped, and a dead letter whose reason is
// ErrBacklog. So the peer misses what came last, not what it waits for, and gets the rest in order. One message fits however
// large it is. All peers of one direction together may have 8 times as much as one; beyond that it is the same.
//
// A peer that reads, but slower than its messages come, has a backlog, too. The proxy hears of its room by trying only, every
// 0.1 to 5 ms: the option sndhwm of the Router should be as much as may come in that time.
//
// What waits goes to the peer as soon as it takes something again, also during a pause. When the peer goes, it becomes dead
// letters with ErrNoPeer, and when the proxy ends, with ErrProxyEnded.
type ProxyBacklog struct {
	Messages int // the default is 1,000; a negative number means no backlog: all wait for the slowest
	Bytes    int // of the frames, and 24 for each frame but the first; the default is 16 MiB
}

// ErrBacklog is the reason of dead letters for a peer that does not read, see ProxyBacklog.
var ErrBacklog = errors.New("zsock: the peer does not take its messages and has too many waiting already")

const (
	backlogMessages = 1000
	backlogBytes    = 16 << 20
	backlogPeers    = 8  // times as much as for one peer is for all of them
	backlogTries    = 16 // peers in one round of tries, which libzmq has to be asked for one by one

	// Between tries that come to nothing the pause gets longer, up to dozeTime.
	backlogPause = 100 * time.Microsecond
)

// backlogs is what one direction of a proxy keeps for peers of a Router that take no more. libzmq does not tell when such a peer
// does, so each is tried from time to time, in turn.
type backlogs struct {
	limit           ProxyBacklog
	peers           map[string]*backlog
	turns           []*backlog // whose turn is next, first
	messages, bytes int
	due             time.Time     // of the next tries
	pause           time.Duration // before them
}

type backlog struct {
	peer    string
	waiting []Message // oldest first
	bytes   int
}

func (b *backlogs) init(limit ProxyBacklog) {
	b.limit = limit
	if limit.Messages == 0 {
		b.limit.Messages = backlogMessages
	}
	if limit.Bytes <= 0 {
		b.limit.Bytes = backlogBytes
	}
	b.peers = make(map[string]*backlog)
}

// add keeps a copy of m for its peer, since what is received at once shares its memory, and reports whether there was room.
func (b *backlogs) add(m Message) bool {
	q, weight := b.peers[string(m.first)], m.weight()
	var of backlog
	if q != nil {
		of = *q
	}
	full := len(of.waiting) >= b.limit.Messages || of.bytes > 0 && of.bytes+weight > b.limit.Bytes
	fullForAll := b.messages/backlogPeers >= b.limit.Messages || b.bytes > 0 && (b.bytes+weight)/backlogPeers > b.limit.Bytes
	if full || fullForAll {
		return false
	}
	if q == nil {
		q = &backlog{peer: string(m.first)}
		if len(b.peers) == 0 {
			b.pause = backlogPause
			b.due = time.Now().Add(b.pause)
		}
		b.peers[q.peer] = q
		b.turns = append(b.turns, q)
	}
	q.waiting = append(q.waiting, m.clone())
	q.bytes += weight
	b.messages++
	b.bytes += weight
	return true
}

// drop forgets the first n messages of q, and q with the last of them.
func (b *backlogs) drop(q *backlog, n int) {
	for i := range n {
		weight := q.waiting[i].weight()
		q.waiting[i] = Message{}
		q.bytes -= weight
		b.bytes -= weight
	}
	q.waiting = q.waiting[n:]
	b.messages -= n
	if len(q.waiting) == 0 {
		delete(b.peers, q.peer)
		b.turns = slices.DeleteFunc(b.turns, func(other *backlog) bool { return other == q })
	}
}

// givePeers hands what is in hand to a Router. Each peer gets its messages in order, none waits for another one.
func (p *pump) givePeers(ctx context.Context) error {
	defer p.count()
	for len(p.hand) > 0 {
		p.postpone(func(i int) bool { return p.backlogs.peers[string(p.hand[i].first)] != nil })
		n, err := p.to.trySendBatch(ctx, p.hand)
		p.gave(n)
		switch {
		case errors.Is(err, ErrWouldBlock):
			p.postpone(func(i int) bool { return i == 0 })
		case concernsMessage(err):
			p.refuse(0, err)
		case err != nil:
			return err
		}
	}
	return nil
}

// postpone moves messages from the hand to the backlogs of their peers.
func (p *pump) postpone(which func(i int) bool) {
	kept := 0
	for i, m := range p.hand {
		switch {
		case !which(i):
			p.hand[kept] = m
			kept++
		case !p.backlogs.add(m):
			p.dropped.Add(1)
			p.giveUp(m, ErrBacklog)
		}
	}
	clear(p.hand[kept:])
	p.hand, p.captured = p.hand[:kept], kept
}

// retry tries whether peers take something of their backlogs again.
func (p *pump) retry(ctx context.Context) error {
	b := &p.backlogs
	if len(b.turns) == 0 || time.Now().Before(b.due) {
		return nil
	}
	defer p.count()
	start, moved := time.Now(), false
	for range min(backlogTries, len(b.turns)) {
		q := b.turns[0]
		b.turns = append(b.turns[1:], q)
		n, err := p.to.trySendBatch(ctx, q.waiting)
		p.book(q.waiting[:n])
		b.drop(q, n)
		moved = moved || n > 0
		switch {
		case errors.Is(err, ErrWouldBlock):
		case errors.Is(err, ErrNoPeer):
			p.giveUpBacklog(q, err)
		case concernsMessage(err):
			m := q.waiting[0]
			b.drop(q, 1)
			p.giveUp(m, err)
		case err != nil:
			return err
		}
	}
	now := time.Now()
	if b.pause = min(2*b.pause, dozeTime); moved {
		b.pause = backlogPause
	}
	b.due = now.Add(max(b.pause, now.Sub(start))) // others get at least half of the time
	return nil
}

// retryDue gives when to come back for the backlogs, if there are any.
func (p *pump) retryDue() (wait time.Duration, ok bool) {
	return max(0, time.Until(p.backlogs.due)), len(p.backlogs.turns) > 0
}

// giveUpBacklog makes all that waits for a peer dead letters.
func (p *pump) giveUpBacklog(q *backlog, reason error) {
	left := slices.Clone(q.waiting)
	p.backlogs.drop(q, len(left))
	for _, m := range left {
		p.giveUp(m, reason)
	}
}

// errRetry ends a receive when backlogs are due.
var errRetry = errors.New("zsock: proxy: time to try again")
