package main

import "github.com/actomq/actomq/bench/internal/role"

// benchCase is one kind of work over one transport.
type benchCase struct {
	name  string
	about string
	// The work, unless told otherwise: half a second to a second of a small machine.
	size   int // bytes a message
	count  int // messages timed
	pairs  int // of sockets, in a crowd
	flight int // messages under way in each pair, or of one client
	idle   int // silent sockets beside them
	// binder is the mode of the process that binds, connecter that of the other one. When connecter is empty, one
	// process plays both.
	binder, connecter string
	endpoint          string
	measured          string // the mode whose report counts
	metrics           []metric
	pinned            bool     // to one CPU
	only              []string // the contenders of which it says something; nil: all that play its modes
	base              string   // a contender to take ratios to, besides those that the flag -base names
	// What the flags -sizes, -pairs and -idle change.
	sized, paired, lonely bool
}

func caseName(c benchCase) string { return c.name }

const (
	tcp    = "tcp://127.0.0.1:*"
	inproc = "inproc://bench"
	// Each pair of a crowd has an endpoint of its own.
	inprocPairs = "inproc://bench-%d"
)

func benchCases() []benchCase {
	cases := plainCases()
	if canPin {
		// In one process the system's placement of the two threads decides more than the library does: on one CPU they hand
		// over with a context switch, on two they wake an idle CPU, several times dearer. Contenders differ in where the
		// system happens to put them; pinned to one CPU they differ in their work only.
		for _, c := range cases[:len(cases):len(cases)] {
			if c.connecter == "" {
				c.name, c.about, c.pinned = c.name+"-1cpu", c.about+", bound to one CPU", true
				cases = append(cases, c)
			}
		}
	}
	return append(append(cases, crowdedCases()...), wholeCases()...)
}

// plainCases are two sockets with each other.
func plainCases() []benchCase {
	return []benchCase{
		{name: "pushpull-tcp", about: "PUSH to PULL, tcp loopback, two processes", size: 100, count: 1_500_000,
			binder: role.Pull, connecter: role.Push, endpoint: tcp, measured: role.Pull, metrics: []metric{rate, mallocs}, sized: true},
		{name: "pushpull-tcp-large", about: "PUSH to PULL of large messages, tcp loopback, two processes", size: 1 << 20, count: 800,
			binder: role.Pull, connecter: role.Push, endpoint: tcp, measured: role.Pull, metrics: []metric{bandwidth}},
		{name: "pushpull-inproc", about: "PUSH to PULL, one process", size: 100, count: 2_000_000,
			binder: role.InprocPushPull, endpoint: inproc, measured: role.InprocPushPull, metrics: []metric{rate}, sized: true},
		{name: "reqrep-tcp", about: "REQ and REP, one in flight, tcp loopback, two processes", size: 100, count: 6_000,
			binder: role.Rep, connecter: role.Req, endpoint: tcp, measured: role.Req, metrics: laps, sized: true},
		{name: "reqrep-inproc", about: "REQ and REP, one in flight, one process", size: 100, count: 12_000,
			binder: role.InprocReqRep, endpoint: inproc, measured: role.InprocReqRep, metrics: laps, sized: true},
	}
}

// crowdedCases are many sockets in one process.
func crowdedCases() []benchCase {
	return []benchCase{
		{name: "pairs-tcp", about: "pairs of sockets (-pairs), one round trip under way in each, tcp loopback, one process", size: 100,
			count: 10_000, pairs: 100, binder: role.Crowd, endpoint: tcp, measured: role.Crowd,
			metrics: append([]metric{rate, threads}, laps...), base: "adapter", paired: true},
		{name: "flight-tcp", about: "one pair of sockets, 100 round trips under way, tcp loopback, one process", size: 100,
			count: 100_000, flight: 100, binder: role.Crowd, endpoint: tcp, measured: role.Crowd,
			metrics: append([]metric{rate, threads}, laps...), base: "adapter", sized: true},
		{name: "pairs-inproc", about: "pairs of sockets (-pairs), one round trip under way in each, inproc", size: 100,
			count: 10_000, pairs: 100, binder: role.Crowd, endpoint: inprocPairs, measured: role.Crowd,
			metrics: append([]metric{rate, threads}, laps...), base: "adapter", paired: true},
		{name: "flight-inproc", about: "one pair of sockets, 100 round trips under way, inproc", size: 100,
			count: 100_000, flight: 100, binder: role.Crowd, endpoint: inprocPairs, measured: role.Crowd,
			metrics: append([]metric{rate, threads}, laps...), base: "adapter", sized: true},
		{name: "beside-idle", about: "one pair of sockets, one round trip under way, beside silent ones (-idle), tcp loopback, one process", size: 100,
			count: 6_000, idle: 1_000, binder: role.Crowd, endpoint: tcp, measured: role.Crowd,
			metrics: append([]metric{threads, idleBytes}, laps...), lonely: true, only: []string{"pebbe", "actomq-one"}},
		{name: "quiet", about: "silent sockets (-idle) for one second, one process", size: 100,
			count: 10, idle: 1_000, binder: role.Quiet, endpoint: tcp, measured: role.Quiet,
			metrics: []metric{switches}, lonely: true, only: []string{"pebbe", "actomq-one"}},
	}
}

// wholeCases are topologies, and actors without sockets.
func wholeCases() []benchCase {
	return []benchCase{
		{name: "calls-tcp", about: "requests and replies, 100 in flight where the contender can, tcp loopback, two processes", size: 100,
			count: 15_000, flight: 100, binder: role.Serve, connecter: role.Calls, endpoint: tcp, measured: role.Calls, metrics: []metric{rate}},
		{name: "divide-tcp", about: "tasks to 2 worker processes and results back; a typed worker is killed on the way", size: 100,
			count:  400_000,
			binder: divide, endpoint: tcp, measured: divide, metrics: []metric{rate}},
		{name: "actor-tell", about: "numbers told to an actor, or sent to a channel", size: numberSize, count: 3_000_000,
			binder: tell, measured: tell, metrics: []metric{each}, base: "channel"},
		{name: "actor-ask", about: "numbers that come back, by an actor or by two channels", size: numberSize, count: 400_000,
			binder: ask, measured: ask, metrics: []metric{each}, base: "channel"},
		{name: "actor-spawn", about: "actors, or goroutines with a channel, started and ended", size: numberSize, count: 60_000,
			binder: spawn, measured: spawn, metrics: []metric{each}, base: "channel"},
	}
}
