package pipeline

import "encoding/binary"

// session is one worker as long as nothing between it and the ventilator is lost.
type session struct {
	route    string // the routing id of its connection
	id       uint64
	worker   uint64
	name     string
	credit   int
	held     int
	order    queue[*task] // handed to it, oldest first; may still hold tasks that are no longer its own
	received uint64       // sequence of the last message that came
	sent     uint64
	silence  int     // ticks since the last message
	ponged   bool    // since the last tick
	owed     bool    // a pong
	batch    []*task // chosen for it and not yet on the way
}

// release takes t out of the session's hand.
func (s *session) release(t *task) {
	t.holder = nil
	s.held--
	for s.order.len() > 0 && s.order.front().holder != s {
		s.order.pop()
	}
}

func (s *session) header(k kind, run uint64) header {
	s.sent++
	return header{kind: k, session: s.id, sequence: s.sent, run: run}
}

// pack puts the chosen tasks into as few messages as their sizes allow.
func (s *session) pack(out []outgoing, run uint64) []outgoing {
	for i := 0; i < len(s.batch); {
		first, size := i, 0
		for ; i < len(s.batch); i++ {
			entry := len(s.batch[i].body) + 2*binary.MaxVarintLen64
			if i > first && size+entry > packSize {
				break
			}
			size += entry
		}
		frame := s.header(kindTasks, run).append(make([]byte, 0, headerSize+size))
		for _, t := range s.batch[first:i] {
			frame = appendTask(frame, t.id, t.body)
		}
		out = append(out, outgoing{s, s.route, frame})
	}
	clear(s.batch)
	s.batch = s.batch[:0]
	return out
}
