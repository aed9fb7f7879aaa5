package main

import "fmt"

// The idle sockets of the goals, unless -idle tells another number.
const (
	manyIdle  = 10_000
	quietIdle = 1_000
)

// idleOr is the number that -idle gives, or n.
func (p plan) idleOr(n int) int {
	if len(p.idle) > 0 {
		return p.idle[0]
	}
	return n
}

// allContests are the goals, in their order where they do not share a contest.
func (p plan) allContests() []contest {
	p1 := p.gather("pushpull-tcp", peerName, "pebbe", "actomq-batch", "actomq-one")
	crowd, quiet := p.idleOr(manyIdle), p.idleOr(quietIdle)
	busy := p.gather("beside-idle", "actomq-one")[0]
	contests := []contest{
		{p1, []goal{
			{"P1", "tcp push/pull, batches, against libzmq in C", 2, 0, rate, 0.85},
			{"P1b", "tcp push/pull, one at a time, against pebbe", 3, 1, rate, 1.05},
			{"P6", "allocations a message received, batches", 2, alone, mallocs, 1},
		}},
		{[]entrant{p1[2].sending()}, []goal{
			{"P6b", "allocations a message sent, batches", 0, alone, mallocs, 0.1},
		}},
		{p.gather("pushpull-inproc", "pebbe", "actomq-batch", "actomq-one"), []goal{
			{"P2", "inproc push/pull, batches, against pebbe", 1, 0, rate, 1.8},
			{"P2b", "inproc push/pull, one at a time, against pebbe", 2, 0, rate, 1.3},
		}},
	}
	for _, t := range []string{"tcp", "inproc"} {
		contests = append(contests, contest{p.gather("reqrep-"+t, "pebbe", "actomq-one"), []goal{
			{"P3", t + " round trip, one in flight, median, against pebbe", 1, 0, p50, 1.25},
			{"P3b", t + " round trip, one in flight, 99th percentile, against pebbe", 1, 0, p99, 1.5},
		}})
	}
	for _, t := range []string{"tcp", "inproc"} {
		contests = append(contests,
			contest{p.gather("pairs-"+t, "adapter", "actomq-one"), []goal{
				{"P4", t + " round trips, 100 pairs, against the channel adapter", 1, 0, rate, 3},
			}},
			contest{p.gather("flight-"+t, "adapter", "actomq-batch"), []goal{
				{"P4b", t + " round trips, 100 in flight on one pair, against the channel adapter", 1, 0, rate, 4.5},
			}})
	}
	contests = append(contests,
		contest{[]entrant{busy.beside(0), busy.beside(crowd)}, []goal{
			{"P5", fmt.Sprintf("round trip beside %d idle sockets, median, against the same pair alone", crowd), 1, 0, p50, 1.2},
			{"P5b", fmt.Sprintf("threads of the process with %d idle sockets", crowd), 1, alone, threads, mostThreads()},
			{"P5c", fmt.Sprintf("bytes of Go memory for each of %d idle sockets", crowd), 1, alone, idleBytes, 12 << 10},
		}},
		contest{p.gather("pushpull-tcp-large", "pebbe", "actomq-batch"), []goal{
			{"P7", "tcp push/pull of 1 MiB, bytes a second, against pebbe", 1, 0, bandwidth, 1},
		}},
		contest{p.gather("calls-tcp", "pebbe", "actomq-typed"), []goal{
			{"P8", "tcp typed calls, 100 in flight, against lock-step pebbe", 1, 0, rate, 8},
		}},
		contest{p.gather("actor-tell", "channel", "actor"), []goal{
			{"P9", "time of a Tell, against a channel", 1, 0, each, 1.5},
		}},
		contest{p.gather("actor-ask", "channel", "actor"), []goal{
			{"P9b", "time of an Ask, against a round trip over channels", 1, 0, each, 1.6},
		}},
		contest{p.gather("actor-spawn", "channel", "actor"), []goal{
			{"P9c", "time of a spawn and a stop, against a goroutine and a channel", 1, 0, each, 5},
		}},
		contest{[]entrant{p.gather("quiet", "actomq-one")[0].beside(quiet)}, []goal{
			{"P10", fmt.Sprintf("voluntary context switches in one second of %d idle sockets", quiet), 0, alone, switches, quietSwitches},
		}},
		contest{p.gather("divide-tcp", "pebbe", "actomq-typed"), []goal{
			{"P11", "tasks through 2 worker processes, typed, one killed on the way, against raw pebbe with none killed", 1, 0, rate, 0.5},
		}})
	return contests
}

// quietSwitches is near 0: a process without any socket has a few a second, of Go's own threads and of the one that counts.
const quietSwitches = 20
