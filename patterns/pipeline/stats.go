package pipeline

import (
	"sync/atomic"

	"github.com/actomq/actomq/actor"
)

// Stats are the figures of a run at one moment. When no task moves,
//
//	Accepted = Completed + GaveUp + Refused + Withdrawn + Open
type Stats struct {
	Workers     int    // that said hello and are heard of
	Accepted    uint64 // tasks that sequences gave
	Open        int    // of those, without a result
	Waiting     int    // of those that are open, not in the hand of a worker
	Completed   uint64 // tasks with a result
	GaveUp      uint64 // tasks that ended with an error after their last try; each is a dead letter, see DeadTask
	Refused     uint64 // tasks that could not be encoded, or were too large
	Withdrawn   uint64 // tasks that no worker was given any more, or again, since the loop of their Process was over
	Undecodable uint64 // of the completed ones, those whose result could not be decoded
	Failures    uint64 // tries that ended with an error or a panic
	Redelivered uint64 // tasks handed out once more, after a failed try or a lost worker
	Duplicates  uint64 // outcomes dropped because their task had one, or was given up
	Vanished    uint64 // workers that fell silent or whose connection was gone
	Hellos      uint64 // sessions begun by workers: the first ones and those after each loss
	Malformed   uint64 // messages dropped because they are none of the protocol
}

type stats struct {
	workers, open, waiting                               atomic.Int64
	accepted, refused, withdrawn, undecodable            atomic.Uint64
	completed, gaveUp, failures, redelivered, duplicates atomic.Uint64
	vanished, hellos, malformed                          atomic.Uint64
}

// Balanced reports whether the sum holds. While tasks move it need not.
func (s Stats) Balanced() bool {
	return s.Accepted == s.Completed+s.GaveUp+s.Refused+s.Withdrawn+uint64(s.Open)
}

// admit takes tasks in; keepOut notes one that ends before that. Both spare the reader of a sequence what every task would cost.
func (s *stats) admit(tasks int) {
	s.open.Add(int64(tasks))
	s.accepted.Add(uint64(tasks))
}

func (s *stats) keepOut(as *atomic.Uint64) {
	as.Add(1)
	s.accepted.Add(1)
}

// close takes a task out of the open ones.
func (s *stats) close(as *atomic.Uint64) {
	as.Add(1)
	s.open.Add(-1)
}

func (s *stats) get() Stats {
	return Stats{
		Workers: int(s.workers.Load()), Open: int(s.open.Load()), Waiting: int(s.waiting.Load()),
		Accepted: s.accepted.Load(), Refused: s.refused.Load(), Withdrawn: s.withdrawn.Load(), Undecodable: s.undecodable.Load(),
		Completed: s.completed.Load(), GaveUp: s.gaveUp.Load(), Failures: s.failures.Load(),
		Redelivered: s.redelivered.Load(), Duplicates: s.duplicates.Load(), Vanished: s.vanished.Load(),
		Hellos: s.hellos.Load(), Malformed: s.malformed.Load(),
	}
}

func (s *stats) details() []actor.Detail {
	v := s.get()
	return []actor.Detail{
		{Key: "workers", Value: v.Workers}, {Key: "accepted", Value: v.Accepted}, {Key: "open", Value: v.Open}, {Key: "waiting", Value: v.Waiting},
		{Key: "completed", Value: v.Completed}, {Key: "gaveUp", Value: v.GaveUp}, {Key: "refused", Value: v.Refused},
		{Key: "withdrawn", Value: v.Withdrawn}, {Key: "undecodable", Value: v.Undecodable}, {Key: "failures", Value: v.Failures},
		{Key: "redelivered", Value: v.Redelivered}, {Key: "duplicates", Value: v.Duplicates},
		{Key: "vanished", Value: v.Vanished}, {Key: "malformed", Value: v.Malformed},
	}
}
