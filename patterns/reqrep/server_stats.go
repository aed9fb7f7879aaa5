package reqrep

import (
	"sync/atomic"

	"github.com/actomq/actomq/actor"
)

// ServerStats account for every request and every reply of a server. When nothing moves,
//
//	Received = Requests + Malformed + Waiting + Dropped
//	Requests = Answered + Failed + Panicked + Refused + InHand
//	Answered + Failed + Panicked + Refused = Sent + Gone + Unread
type ServerStats struct {
	Received  uint64 // messages that the socket fetched from libzmq
	Waiting   int    // of those, for a handler
	Dropped   uint64 // of those, dead letters: no handler had taken them when the server closed, or they were too large; or replaced, with zsock.WithNewest
	Malformed uint64 // of those, without an envelope: nobody can be answered
	Requests  uint64 // of those, taken by a worker

	InHand   int    // requests that handlers work on
	Answered uint64 // handled with an answer
	Failed   uint64 // handled with an error
	Panicked uint64 // handled with a panic
	Refused  uint64 // not handled: malformed, undecodable, or the server closed

	Sent   uint64 // replies that libzmq took; on the wire they go at most once
	Gone   uint64 // replies whose caller was gone: dead letters with ErrGone
	Unread uint64 // replies whose caller lets too many lie: dead letters with ErrUnread
}

// Balanced reports whether the sums hold. While requests move they need not.
func (s ServerStats) Balanced() bool {
	ended := s.Answered + s.Failed + s.Panicked + s.Refused
	return s.Received == s.Requests+s.Malformed+uint64(s.Waiting)+s.Dropped &&
		s.Requests == ended+uint64(s.InHand) && ended == s.Sent+s.Gone+s.Unread
}

type serverCounters struct {
	inHand                              atomic.Int64
	malformed, requests                 atomic.Uint64
	answered, failed, panicked, refused atomic.Uint64
	sent, gone, unread                  atomic.Uint64
}

// Stats gives the figures. The workers show theirs in the system's Snapshot.
func (s *Server) Stats() ServerStats {
	c, socket := &s.counters, s.socket.Stats()
	return ServerStats{
		Received: socket.Received, Waiting: socket.Waiting, Dropped: socket.Unread + socket.Replaced, Malformed: c.malformed.Load(), Requests: c.requests.Load(),
		InHand: int(c.inHand.Load()), Answered: c.answered.Load(), Failed: c.failed.Load(), Panicked: c.panicked.Load(), Refused: c.refused.Load(),
		Sent: c.sent.Load(), Gone: c.gone.Load(), Unread: c.unread.Load(),
	}
}

func (w *worker) details() []actor.Detail {
	return []actor.Detail{{Key: "handled", Value: w.handled.Load()}}
}
