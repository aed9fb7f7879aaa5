package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// books compares the ledger with what the sockets themselves have counted. It is safe for concurrent use.
type books struct {
	mu        sync.Mutex
	senders   []*zsock.Socket
	receivers []*zsock.Socket // empty when other processes receive, which have a ledger entry for each message only
	reasons   []allowance
	strange   int // messages that receivers got and that are none of ours
}

// allowance is so many messages that libzmq and the kernel may have taken along, and why.
type allowance struct {
	messages int
	why      string
}

// sends says that all messages of the ledger, and no others, are sent on these sockets.
func (s *scene) sends(sockets ...*zsock.Socket) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	s.books.senders = append(s.books.senders, sockets...)
}

// receives says that what the senders send is received on these sockets.
func (s *scene) receives(sockets ...*zsock.Socket) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	s.books.receivers = append(s.books.receivers, sockets...)
}

// allow lets messages be lost that libzmq had taken, for a reason that the sockets do not count.
func (s *scene) allow(messages int, why string) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	s.books.reasons = append(s.books.reasons, allowance{messages, why})
}

// bury books a dead letter: one of a sender never left, one of a receiver was not read.
func (s *scene) bury(l actor.DeadLetter) {
	if n, ok := l.Message.(int); ok { // of an actor
		s.ledger.note(n, dead)
	}
	m, ok := l.Message.(zsock.Message)
	if !ok {
		return
	}
	id := number(m.Frame(0))
	of := func(r *zsock.Socket) bool { return r.Ref().Path() == l.Path }
	s.books.mu.Lock()
	received, sent := slices.ContainsFunc(s.books.receivers, of), slices.ContainsFunc(s.books.senders, of)
	s.books.mu.Unlock()
	switch {
	case received && id < 0:
		s.stranger()
	case received:
		s.ledger.note(id, dead|unread)
	case sent:
		s.ledger.note(id, dead)
	}
}

// stranger books a message of a receiver that is none of ours.
func (s *scene) stranger() {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	s.books.strange++
}

// counted are the sums of what the sockets have counted.
type counted struct {
	sent, queued, received, strange int
	cuts                            int // connections that senders lost
}

func (b *books) count() (c counted) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, socket := range b.senders {
		stats := socket.Stats()
		c.sent, c.queued = c.sent+int(stats.Sent), c.queued+stats.Queued
		// A socket that is lost does not see the end of its own connections.
		c.cuts += int(socket.EventCount(zsock.EventRestarted) + socket.EventCount(zsock.EventDisconnected))
	}
	for _, socket := range b.receivers {
		c.received += int(socket.Stats().Received)
	}
	c.strange = b.strange
	return c
}

// underWay is how many messages libzmq has taken of the senders and not given to the receivers.
func (s *scene) underWay() int {
	c := s.books.count()
	if len(s.books.receivers) == 0 {
		return c.sent - s.ledger.balance().delivered
	}
	return c.sent - (c.received - c.strange)
}

// mayLose is how many messages may be gone: for each connection that was lost what it held, and what was allowed beside.
func (s *scene) mayLose() (messages int, why string) {
	var reasons []string
	if cuts := s.books.count().cuts; cuts > 0 {
		messages = cuts * held
		reasons = append(reasons, fmt.Sprintf("%d connections cut", cuts))
	}
	for _, a := range s.books.reasons {
		messages += a.messages
		if !slices.Contains(reasons, a.why) {
			reasons = append(reasons, a.why)
		}
	}
	return messages, strings.Join(reasons, ", ")
}

// check is an error unless every message is accounted for, by the ledger and by the sockets alike.
func (s *scene) check() error {
	b := s.ledger.balance()
	mayLose, why := s.mayLose()
	if err := b.check(mayLose); err != nil {
		return err
	}
	if len(s.books.senders) == 0 {
		return nil
	}
	c := s.books.count()
	if lost := s.underWay() + c.queued; lost != b.lost {
		return fmt.Errorf("%d messages are lost, but between the sockets %d are", b.lost, lost)
	}
	if unsent := b.dead - b.unread; b.accepted != c.sent+c.queued+unsent {
		return fmt.Errorf("accepted %d, but sent %d + queued %d + dead %d", b.accepted, c.sent, c.queued, unsent)
	}
	if len(s.books.receivers) > 0 && c.received-c.strange != b.delivered+b.unread {
		return fmt.Errorf("the sockets received %d, but delivered are %d and dead %d", c.received-c.strange, b.delivered, b.unread)
	}
	if b.lost > 0 && why != "" {
		s.note("lost in libzmq and the kernel: %s", why)
	}
	return nil
}
