package main

import (
	"fmt"
	"strings"
)

// contender is one way to move messages.
type contender struct {
	name  string
	about string
	// open makes the roles on one context; nil for the compiled peer, which is a program of its own.
	open func() (session, error)
}

// session is a contender's roles on one context, in one process. Each role opens a socket of the type it is named after,
// with the high-water marks of w, moves w.total() messages and closes the socket. Those that bind call bound with the
// endpoint resolved, once they can be connected to. A receiver that waits longer than stall for a message returns the
// tally it has, without an error: what is missing is the judge's matter.
type session interface {
	push(w work, endpoint string) error
	pull(w work, endpoint string, bound func(string)) (*tally, error)
	req(w work, endpoint string) (*tally, error) // one request in flight; a lap for each
	rep(w work, endpoint string, bound func(string)) (*tally, error)
	// close ends the context, once the roles have returned and what they sent is delivered.
	close() error
}

// contenders are all of them. A new one is a line here and a session in a file of its own.
func contenders() []contender {
	return []contender{
		{name: "libzmq-c", about: "libzmq in C, one message a call"},
		{name: "pebbe", about: "github.com/pebbe/zmq4, plain loop, one message a call", open: openPebbe},
		{name: "actomq-batch", about: "this library, SendBatch to RecvBatch", open: openActomq(true)},
		{name: "actomq-one", about: "this library, one message a call: Post to Messages", open: openActomq(false)},
	}
}

// choose returns those of all whose names are in the comma-separated list, in the order of all; everything for "".
func choose[T any](what string, all []T, name func(T) string, list string) ([]T, error) {
	if list == "" {
		return all, nil
	}
	wanted := make(map[string]bool)
	for n := range strings.SplitSeq(list, ",") {
		wanted[n] = true
	}
	var chosen []T
	var known []string
	for _, v := range all {
		n := name(v)
		known = append(known, n)
		if wanted[n] {
			chosen = append(chosen, v)
			delete(wanted, n)
		}
	}
	for n := range wanted {
		return nil, fmt.Errorf("bench: unknown %s %q: known are %s", what, n, strings.Join(known, ", "))
	}
	return chosen, nil
}

func contenderName(c contender) string { return c.name }
