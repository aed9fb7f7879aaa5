package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"strings"
	"time"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/go-zeromq/zmq4"
)

// pureSession is go-zeromq, ZeroMQ written in Go. It has no high-water marks.
type pureSession struct{ opened []zmq4.Socket }

func openPure() (role.Session, error) { return &pureSession{}, nil }

func (p *pureSession) Roles() map[string]role.Role {
	roles := role.Plain(p.push, p.pull, p.req, p.rep)
	maps.Copy(roles, role.Crowded(p))
	return roles
}

// Close closes what is open. The error of a connection that the other side closed first says nothing about messages.
func (p *pureSession) Close() error {
	for _, s := range p.opened {
		_ = s.Close()
	}
	return nil
}

// The library logs what it meets when the other side closes.
var quietly = zmq4.WithLogger(log.New(io.Discard, "", 0))

func listen(s zmq4.Socket, endpoint string) (string, error) {
	err := s.Listen(strings.Replace(endpoint, ":*", ":0", 1))
	if err != nil || !strings.HasPrefix(endpoint, "tcp:") {
		return endpoint, err
	}
	return "tcp://" + s.Addr().String(), nil
}

func (p *pureSession) push(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	s := zmq4.NewPush(context.Background(), quietly)
	if err := s.Dial(endpoint); err != nil {
		return nil, err
	}
	for seq := range w.Total() {
		// A message over inproc is handed on as it is, so each one has its own bytes.
		message := make([]byte, w.Size)
		role.Fill(message, uint64(seq))
		if err := s.Send(zmq4.NewMsg(message)); err != nil {
			return nil, err
		}
		t.Sent(1)
	}
	p.opened = append(p.opened, s)
	return t, nil
}

func (p *pureSession) pull(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	s := zmq4.NewPull(context.Background(), quietly)
	defer s.Close()
	resolved, err := listen(s, endpoint)
	if err != nil {
		return nil, err
	}
	bound(resolved)
	stop := closeWhenSilent(s)
	defer stop.Stop()
	for n := 0; !t.Done(); n++ {
		m, err := s.Recv()
		if err != nil {
			break // closed: what has come is what there is
		}
		t.Take(m.Frames[0])
		if n%256 == 0 {
			stop.Reset(role.Stall)
		}
	}
	return t, nil
}

// closeWhenSilent ends a receive that waits in vain: the library has no timeout for it.
func closeWhenSilent(s zmq4.Socket) *time.Timer {
	return time.AfterFunc(role.Stall, func() { _ = s.Close() })
}

func (p *pureSession) req(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	s := zmq4.NewReq(context.Background(), quietly)
	if err := s.Dial(endpoint); err != nil {
		return nil, err
	}
	for seq := range w.Total() {
		before := time.Now()
		message := make([]byte, w.Size)
		role.Fill(message, uint64(seq))
		if err := s.Send(zmq4.NewMsg(message)); err != nil {
			return nil, err
		}
		reply, err := s.Recv()
		if err != nil {
			return nil, err
		}
		t.Take(reply.Frames[0])
		t.Lap(before)
	}
	p.opened = append(p.opened, s)
	return t, s.Send(zmq4.NewMsg(nil))
}

func (p *pureSession) rep(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	s := zmq4.NewRep(context.Background(), quietly)
	resolved, err := listen(s, endpoint)
	if err != nil {
		return nil, err
	}
	bound(resolved)
	for !t.Done() {
		m, err := s.Recv()
		if err != nil {
			return nil, err
		}
		t.Take(m.Frames[0])
		if err := s.Send(zmq4.NewMsg(m.Frames[0])); err != nil {
			return nil, err
		}
	}
	p.opened = append(p.opened, s)
	// A close now would overtake the last reply, so the requester says when it has it.
	stop := closeWhenSilent(s)
	defer stop.Stop()
	_, err = s.Recv()
	return t, err
}

func (p *pureSession) Idle(sockets int) error {
	for i := range (sockets + 1) / 2 {
		if _, _, err := p.Pair(i, "inproc://idle-%d", role.Work{}); err != nil {
			return err
		}
	}
	return nil
}

func (p *pureSession) Pair(i int, endpoint string, _ role.Work) (near, far role.End, err error) {
	a, b := zmq4.NewPair(context.Background(), quietly), zmq4.NewPair(context.Background(), quietly)
	p.opened = append(p.opened, a, b)
	resolved, err := listen(b, numbered(endpoint, i))
	if err != nil {
		return nil, nil, err
	}
	if err := a.Dial(resolved); err != nil {
		return nil, nil, fmt.Errorf("connect to %s: %w", resolved, err)
	}
	return pureEnd{a}, pureEnd{b}, nil
}

type pureEnd struct{ socket zmq4.Socket }

func (e pureEnd) Send(messages [][]byte) error {
	for _, m := range messages {
		if err := e.socket.Send(zmq4.NewMsg(append([]byte(nil), m...))); err != nil {
			return err
		}
	}
	return nil
}

func (e pureEnd) Recv(into [][]byte) (int, error) {
	m, err := e.socket.Recv()
	if err != nil {
		return 0, err
	}
	into[0] = m.Frames[0]
	return 1, nil
}
