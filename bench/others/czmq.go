package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/actomq/actomq/bench/internal/role"
	goczmq "github.com/go-zeromq/goczmq/v4"
)

// czmqSession is goczmq, a binding of CZMQ: one goroutine a socket, blocking calls, one frame a call.
type czmqSession struct{ opened []*goczmq.Sock }

func newCzmq() (*czmqSession, error) {
	// The limit is 1,024 sockets otherwise; CZMQ reads the variable when its first socket opens.
	return &czmqSession{}, os.Setenv("ZSYS_MAX_SOCKETS", "0")
}

func openCzmq() (role.Session, error) { return newCzmq() }

func (c *czmqSession) Roles() map[string]role.Role {
	roles := role.Plain(c.push, c.pull, c.req, c.rep)
	maps.Copy(roles, role.Crowded(c))
	return roles
}

func (c *czmqSession) Close() error {
	for _, s := range c.opened {
		s.Destroy()
	}
	goczmq.Shutdown() // ends the context, which delivers what was sent
	return nil
}

func (c *czmqSession) open(kind int, w role.Work) *goczmq.Sock {
	stall := int(role.Stall / time.Millisecond)
	s := goczmq.NewSock(kind, goczmq.SockSetSndhwm(w.HWM), goczmq.SockSetRcvhwm(w.HWM), goczmq.SockSetLinger(stall),
		goczmq.SockSetSndtimeo(stall), goczmq.SockSetRcvtimeo(stall))
	c.opened = append(c.opened, s)
	return s
}

func bind(s *goczmq.Sock, endpoint string) (string, error) {
	if _, err := s.Bind(endpoint); err != nil {
		return "", fmt.Errorf("bind %s: %w", endpoint, err)
	}
	return goczmq.LastEndpoint(s), nil
}

// CZMQ does not say why a call failed. A signal that interrupted it is no reason to give up, and Go sends its threads some;
// one that timed out has taken all of role.Stall.
func send(s *goczmq.Sock, message []byte) error {
	err := s.SendFrame(message, goczmq.FlagNone)
	if err == nil {
		return nil
	}
	for begun := time.Now(); err != nil && time.Since(begun) < role.Stall; {
		err = s.SendFrame(message, goczmq.FlagNone)
	}
	return err
}

// receive is nil when nothing came for too long.
func receive(s *goczmq.Sock) []byte {
	m, _, err := s.RecvFrame()
	if err == nil {
		return m
	}
	for begun := time.Now(); err != nil && time.Since(begun) < role.Stall; {
		m, _, err = s.RecvFrame()
	}
	if err != nil {
		return nil
	}
	return m
}

func (c *czmqSession) push(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t, s := role.NewTally(w), c.open(goczmq.Push, w)
	if err := s.Connect(endpoint); err != nil {
		return nil, err
	}
	message := make([]byte, w.Size)
	for seq := range w.Total() {
		role.Fill(message, uint64(seq))
		if err := send(s, message); err != nil {
			return nil, err
		}
		t.Sent(1)
	}
	return t, nil
}

func (c *czmqSession) pull(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t, s := role.NewTally(w), c.open(goczmq.Pull, w)
	resolved, err := bind(s, endpoint)
	if err != nil {
		return nil, err
	}
	bound(resolved)
	for !t.Done() {
		m := receive(s)
		if m == nil {
			break
		}
		t.Take(m)
	}
	return t, nil
}

func (c *czmqSession) req(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t, s := role.NewTally(w), c.open(goczmq.Req, w)
	if err := s.Connect(endpoint); err != nil {
		return nil, err
	}
	message := make([]byte, w.Size)
	for seq := range w.Total() {
		before := time.Now()
		role.Fill(message, uint64(seq))
		if err := send(s, message); err != nil {
			return nil, err
		}
		reply := receive(s)
		if reply == nil {
			break
		}
		t.Take(reply)
		t.Lap(before)
	}
	return t, nil
}

func (c *czmqSession) rep(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t, s := role.NewTally(w), c.open(goczmq.Rep, w)
	resolved, err := bind(s, endpoint)
	if err != nil {
		return nil, err
	}
	bound(resolved)
	for !t.Done() {
		m := receive(s)
		if m == nil {
			break
		}
		t.Take(m)
		if err := send(s, m); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (c *czmqSession) Idle(sockets int) error {
	for i := range (sockets + 1) / 2 {
		if _, _, err := c.Pair(i, "inproc://idle-%d", role.Work{HWM: 1000}); err != nil {
			return err
		}
	}
	return nil
}

func (c *czmqSession) Pair(i int, endpoint string, w role.Work) (near, far role.End, err error) {
	a, b := c.open(goczmq.Pair, w), c.open(goczmq.Pair, w)
	resolved, err := bind(b, numbered(endpoint, i))
	if err != nil {
		return nil, nil, err
	}
	return czmqEnd{a}, czmqEnd{b}, a.Connect(resolved)
}

type czmqEnd struct{ socket *goczmq.Sock }

func (e czmqEnd) Send(messages [][]byte) error {
	for _, m := range messages {
		if err := send(e.socket, m); err != nil {
			return err
		}
	}
	return nil
}

func (e czmqEnd) Recv(into [][]byte) (int, error) {
	if into[0] = receive(e.socket); into[0] == nil {
		return 0, errors.New("no message came")
	}
	return 1, nil
}
