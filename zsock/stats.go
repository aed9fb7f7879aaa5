package zsock

import (
	"cmp"
	"fmt"
	"slices"
)

// Stats accounts for every message of a socket at one moment, in whole messages. At every quiet point, when no call is under
// way and the owner is idle,
//
//	Accepted = Sent + Queued + Refused
//	Received = Read + Waiting + Unread + Replaced
//
// Restarts do not reset them.
type Stats struct {
	Accepted uint64 // taken from callers of Send, SendBatch, Post and their kin
	Sent     uint64 // of those, taken by libzmq; on the wire they go at most once
	Queued   int    // of those, not taken by libzmq yet
	Refused  uint64 // of those, answered with an error, or dead letters where nobody waited for an answer

	Received uint64 // fetched from libzmq
	Read     uint64 // of those, handed to a reader, or to the channel of Messages
	Waiting  int    // of those, in the inbox
	Replaced uint64 // of those, dropped to make room for newer ones: WithNewest
	Unread   uint64 // of those, dead letters: nobody had read them when the socket closed, they answered an earlier request, or were above WithMessageLimit

	// Overlooked are subscriptions of peers that a Pub or XPub does not remember, since there are 1,048,576 topics or 64 MiB of them
	// already. libzmq serves them; WaitSubscribers does not count them.
	Overlooked uint64
}

// Stats gives the figures. It neither waits nor asks libzmq, and works on a closed socket, too.
func (s *Socket) Stats() Stats {
	return Stats{
		Accepted: s.accepted.Load(), Sent: s.sent.Load(), Refused: s.refused.Load(),
		Queued:   s.outbox.depth() + int(s.pending.Load()),
		Received: s.received.Load(), Unread: s.unread.Load(),
		Read: s.inbox.read.Load(), Waiting: s.inbox.waiting(), Replaced: s.inbox.replaced.Load(),
		Overlooked: s.subscribers.beyond(),
	}
}

// Balanced reports whether the sums hold. While messages move they need not.
func (s Stats) Balanced() bool {
	return s.Accepted == s.Sent+uint64(s.Queued)+s.Refused && s.Received == s.Read+uint64(s.Waiting)+s.Unread+s.Replaced
}

// String shows the figures in one line.
func (s Stats) String() string {
	return fmt.Sprintf("accepted %d = sent %d + queued %d + refused %d; received %d = read %d + waiting %d + unread %d + replaced %d",
		s.Accepted, s.Sent, s.Queued, s.Refused, s.Received, s.Read, s.Waiting, s.Unread, s.Replaced)
}

// Sockets gives the sockets that are open, ordered by name.
func (s *System) Sockets() []*Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Socket, 0, len(s.open))
	for socket := range s.open {
		if socket.ref.Valid() {
			list = append(list, socket)
		}
	}
	slices.SortFunc(list, func(a, b *Socket) int { return cmp.Compare(a.name, b.name) })
	return list
}
