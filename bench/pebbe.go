package main

import (
	"errors"
	"syscall"
	"time"

	"github.com/pebbe/zmq4"
)

// pebbeSession is the plain use of the binding: one goroutine a socket, blocking calls, one message a call.
type pebbeSession struct{ context *zmq4.Context }

func openPebbe() (session, error) {
	context, err := zmq4.NewContext()
	if err != nil {
		return nil, err
	}
	return &pebbeSession{context}, nil
}

func (p *pebbeSession) close() error { return p.context.Term() }

func (p *pebbeSession) socket(t zmq4.Type, w work) (*zmq4.Socket, error) {
	s, err := p.context.NewSocket(t)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(s.SetSndhwm(w.hwm), s.SetRcvhwm(w.hwm), s.SetLinger(stall), s.SetSndtimeo(stall), s.SetRcvtimeo(stall))
}

// with opens a socket, binds or connects it, runs use, and closes it.
func (p *pebbeSession) with(t zmq4.Type, w work, endpoint string, bound func(string), use func(*zmq4.Socket) error) (err error) {
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

func (p *pebbeSession) push(w work, endpoint string) error {
	return p.with(zmq4.PUSH, w, endpoint, nil, func(s *zmq4.Socket) error {
		message := make([]byte, w.size)
		for seq := range w.total() {
			fill(message, uint64(seq))
			if _, err := s.SendBytes(message, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *pebbeSession) pull(w work, endpoint string, bound func(string)) (*tally, error) {
	t := newTally(w)
	return t, p.with(zmq4.PULL, w, endpoint, bound, func(s *zmq4.Socket) error {
		for !t.done() {
			message, err := s.RecvBytes(0)
			if stalled(err) {
				return nil
			}
			if err != nil {
				return err
			}
			t.take(message)
		}
		return nil
	})
}

func (p *pebbeSession) req(w work, endpoint string) (*tally, error) {
	t := newTally(w)
	return t, p.with(zmq4.REQ, w, endpoint, nil, func(s *zmq4.Socket) error {
		message := make([]byte, w.size)
		for seq := range w.total() {
			before := time.Now()
			fill(message, uint64(seq))
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
			t.take(reply)
			t.lap(before)
		}
		return nil
	})
}

func (p *pebbeSession) rep(w work, endpoint string, bound func(string)) (*tally, error) {
	t := newTally(w)
	return t, p.with(zmq4.REP, w, endpoint, bound, func(s *zmq4.Socket) error {
		for !t.done() {
			message, err := s.RecvBytes(0)
			if stalled(err) {
				return nil
			}
			if err != nil {
				return err
			}
			t.take(message)
			if _, err := s.SendBytes(message, 0); err != nil {
				return err
			}
		}
		return nil
	})
}
