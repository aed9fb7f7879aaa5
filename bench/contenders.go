package main

import (
	"slices"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
)

// contender is one way to do the work of a case.
type contender struct {
	name  string
	about string
	modes []string // that it plays
	// open makes its session; nil for one that is a program of its own.
	open func() (role.Session, error)
	// command is the start of the command line of such a program, before the mode.
	command []string
	ours    bool     // is this library
	inproc  bool     // plays over inproc only
	not     []string // cases that are known not to end
}

// contenders are those that this program knows by itself. A new one is a line here and a session in a file of its own.
func contenders() []contender {
	return []contender{
		{name: peerName, about: "libzmq in C, one message a call", modes: role.PlainModes},
		{name: "pebbe", about: "github.com/pebbe/zmq4, plain loop, one message a call",
			modes: slices.Concat(role.PlainModes, role.CrowdedModes, []string{role.Calls, role.Serve, divide}), open: openPebbe},
		{name: "adapter", about: "the classic channel adapter on pebbe: an inproc wake-up pair and a poll a socket",
			modes: []string{role.Crowd}, open: openAdapter},
		{name: "actomq-batch", about: "this library, SendBatch to RecvBatch",
			modes: slices.Concat(role.PlainModes, role.CrowdedModes), open: openActomq(true), ours: true},
		{name: "actomq-one", about: "this library, one message a call: Post to Messages, or to Recv where replies are awaited",
			modes: slices.Concat(role.PlainModes, role.CrowdedModes), open: openActomq(false), ours: true},
		{name: "actomq-typed", about: "this library's typed topologies: reqrep with many calls in flight, pipeline with credit",
			modes: []string{role.Calls, role.Serve, divide}, open: openTyped, ours: true},
		{name: "channel", about: "goroutines and channels, without ZeroMQ", modes: actorModes, open: openChannels},
		{name: "actor", about: "this library's actors, without ZeroMQ", modes: actorModes, open: openActors, ours: true},
	}
}

// otherContenders are those of the program bench/others.
func otherContenders(program string) []contender {
	sockets := slices.Concat(role.PlainModes, role.CrowdedModes)
	all := []contender{
		{name: "go-zeromq", about: "github.com/go-zeromq/zmq4, ZeroMQ written in Go, one message a call", modes: sockets,
			not: []string{"flight-inproc"}}, // both sides wait for the other to read
		{name: "goczmq", about: "github.com/go-zeromq/goczmq, a binding of CZMQ, one frame a call", modes: sockets},
		{name: "goczmq-channeler", about: "its Channeler: an inproc wake-up pair and a poll a socket", modes: []string{role.Crowd}, inproc: true},
	}
	for i := range all {
		all[i].command = []string{program, all[i].name}
	}
	return all
}

// peerName is the contender that peer.c plays.
const peerName = "libzmq-c"

func contenderName(c contender) string { return c.name }

// plays tells whether the contender has a part in the case.
func (c contender) plays(b benchCase) bool {
	if b.only != nil && !slices.Contains(b.only, c.name) ||
		c.inproc && !strings.HasPrefix(b.endpoint, "inproc:") || slices.Contains(c.not, b.name) {
		return false
	}
	return slices.Contains(c.modes, b.binder) && (b.connecter == "" || slices.Contains(c.modes, b.connecter))
}
