package role

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Session is a contender's context, in one process.
type Session interface {
	// Roles are what it can play, by mode.
	Roles() map[string]Role
	// Close ends the context, once the role has returned and what it sent is delivered.
	Close() error
}

// Role opens a socket or some, with the high-water marks of w, moves w.Total() messages and closes the sockets. Those that
// bind call bound with the endpoint resolved, once they can be connected to. A receiver that waits longer than Stall for a
// message returns the tally it has, without an error: what is missing is the judge's matter.
type Role func(w Work, endpoint string, bound func(string)) (*Tally, error)

// The modes that compare sockets as such. Those that begin with inproc are both sides in one process.
const (
	Push           = "push" // connects
	Pull           = "pull" // binds
	Req            = "req"  // connects; with a flight of 1, a lap for each message
	Rep            = "rep"  // binds
	InprocPushPull = "inproc-pushpull"
	InprocReqRep   = "inproc-reqrep"
)

// The modes of requests of which w.Flight are under way at the same time, where the contender can.
const (
	Calls = "calls" // connects
	Serve = "serve" // binds
)

// Plain are the roles of a session that has the four plain ones.
func Plain(push, pull, req, rep Role) map[string]Role {
	return map[string]Role{
		Push: push, Pull: pull, Req: req, Rep: rep,
		InprocPushPull: beside(pull, push, false),
		InprocReqRep:   beside(rep, req, true),
	}
}

// PlainModes are the modes of Plain, and of peer.c.
var PlainModes = []string{Push, Pull, Req, Rep, InprocPushPull, InprocReqRep}

// Play plays the role that arguments name, MODE ENDPOINT SIZE WARMUP COUNT HWM and so on, in the session that open makes,
// and writes its reports to out. After an error the process should end.
func Play(contender string, open func() (Session, error), arguments []string, out io.Writer) error {
	if len(arguments) == 0 {
		return errors.New("bench: a role takes MODE and its work")
	}
	mode := arguments[0]
	endpoint, w, err := parseWork(arguments[1:])
	if err != nil {
		return fmt.Errorf("bench: %s %s: %w", contender, mode, err)
	}
	stop, err := startProfiles()
	if err != nil {
		return err
	}
	s, err := open()
	if err != nil {
		return errors.Join(fmt.Errorf("bench: open %s: %w", contender, err), stop())
	}
	encoder := json.NewEncoder(out)
	var t *Tally
	var announced error
	if play := s.Roles()[mode]; play == nil {
		err = errors.New("it does not play that")
	} else {
		t, err = play(w, endpoint, func(endpoint string) { announced = encoder.Encode(Report{Endpoint: endpoint}) })
	}
	// A role that failed may have left a goroutine waiting in a socket, so its session is not closed: the process ends.
	if err == nil {
		// Closing delivers what was sent, so it comes before the report of a sender.
		err = errors.Join(announced, s.Close())
	}
	if err := errors.Join(err, stop()); err != nil {
		return fmt.Errorf("bench: %s %s: %w", contender, mode, err)
	}
	return encoder.Encode(t.Report())
}

// beside makes a role of two that run against each other, the connecting one once the binding one is bound. It waits for
// both; the tally is the connecting one's if that is the measured one, otherwise that of the other.
func beside(binding, connecting Role, measureConnecting bool) Role {
	return func(w Work, endpoint string, _ func(string)) (*Tally, error) {
		type outcome struct {
			tally *Tally
			err   error
		}
		ready := make(chan struct{})
		first := make(chan outcome, 1)
		go func() {
			t, err := binding(w, endpoint, func(string) { close(ready) })
			first <- outcome{t, err}
		}()
		select {
		case <-ready:
		case o := <-first:
			return nil, errors.Join(errors.New("the binding role ended before it was bound"), o.err)
		}
		t, err := connecting(w, endpoint, nil)
		o := <-first
		if !measureConnecting {
			t = o.tally
		}
		return t, errors.Join(o.err, err)
	}
}
