package main

import (
	"errors"
	"maps"
	"syscall"
	"time"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/pebbe/zmq4"
)

// pebbeSession is the plain use of the binding: one goroutine a socket, blocking calls, one message a call.
type pebbeSession struct {
	context *zmq4.Context
	opened  []*zmq4.Socket // of a crowd
}

func newPebbe() (*pebbeSession, error) {
	context, err := zmq4.NewContext()
	if err != nil {
		return nil, err
	}
	return &pebbeSession{context: context}, context.SetMaxSockets(mostSockets)
}

func openPebbe() (role.Session, error) { return newPebbe() }

func (p *pebbeSession) Roles() map[string]role.Role {
	roles := role.Plain(p.push, p.pull, p.req, p.rep)
	maps.Copy(roles, role.Crowded(p))
	roles[role.Calls], roles[role.Serve] = p.req, p.rep // a REQ has one in flight
	roles[divide] = p.divide
	roles[worker] = p.worker
	return roles
}

func (p *pebbeSession) Close() error {
	var failures []error
	for _, s := range p.opened {
		failures = append(failures, s.Close())
	}
	return errors.Join(append(failures, p.context.Term())...)
}

func (p *pebbeSession) socket(t zmq4.Type, w role.Work) (*zmq4.Socket, error) {
	s, err := p.context.NewSocket(t)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(s.SetSndhwm(w.HWM), s.SetRcvhwm(w.HWM), s.SetLinger(role.Stall), s.SetSndtimeo(role.Stall), s.SetRcvtimeo(role.Stall))
}

// with opens a socket, binds or connects it, runs use, and closes it.
func (p *pebbeSession) with(t zmq4.Type, w role.Work, endpoint string, bound func(string), use func(*zmq4.Socket) error) (err error) {
	s, err := p.socket(t, w)
	if s != nil {
		defer func() { err = errors.Join(err, s.Close()) }()
	}
	if err != nil {
		return err
	}
	if bound == nil {
		if err := s.Connect(endpoint); err != nil {
			return err
		}
		return use(s)
	}
	if err := s.Bind(endpoint); err != nil {
		return err
	}
	if endpoint, err = s.GetLastEndpoint(); err != nil {
		return err
	}
	bound(endpoint)
	return use(s)
}

// stalled tells whether a receive gave up waiting.
func stalled(err error) bool { return zmq4.AsErrno(err) == zmq4.Errno(syscall.EAGAIN) }

func (p *pebbeSession) push(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, p.with(zmq4.PUSH, w, endpoint, nil, func(s *zmq4.Socket) error {
		message := make([]byte, w.Size)
		for seq := range w.Total() {
			role.Fill(message, uint64(seq))
			if _, err := s.SendBytes(message, 0); err != nil {
				return err
			}
			t.Sent(1)
		}
		return nil
	})
}

func (p *pebbeSession) pull(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, p.with(zmq4.PULL, w, endpoint, bound, func(s *zmq4.Socket) error {
		for !t.Done() {
			message, err := s.RecvBytes(0)
			if stalled(err) {
				return nil
			}
			if err != nil {
				return err
			}
			t.Take(message)
		}
		return nil
	})
}

func (p *pebbeSession) req(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, p.with(zmq4.REQ, w, endpoint, nil, func(s *zmq4.Socket) error {
		message := make([]byte, w.Size)
		for seq := range w.Total() {
			before := time.Now()
			role.Fill(message, uint64(seq))
			if _, err := s.SendBytes(message, 0); err != nil {
				return err
			}
			reply, err := s.RecvBytes(0)
			if stalled(err) {
				return nil
			}
			if err != nil {
				return err
			}
			t.Take(reply)
			t.Lap(before)
		}
		return nil
	})
}

func (p *pebbeSession) rep(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, p.with(zmq4.REP, w, endpoint, bound, func(s *zmq4.Socket) error {
		for !t.Done() {
			message, err := s.RecvBytes(0)
			if stalled(err) {
				return nil
			}
			if err != nil {
				return err
			}
			t.Take(message)
			if _, err := s.SendBytes(message, 0); err != nil {
				return err
			}
		}
		return nil
	})
}
