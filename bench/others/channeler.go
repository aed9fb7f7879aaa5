package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
	goczmq "github.com/go-zeromq/goczmq/v4"
)

// channelerSession is goczmq's Channeler: Go channels before each socket, by a goroutine that polls the socket and an inproc
// pair, and one that writes to that pair.
type channelerSession struct{ opened []*goczmq.Channeler }

func openChanneler() (role.Session, error) {
	_, err := newCzmq()
	return &channelerSession{}, err
}

func (c *channelerSession) Roles() map[string]role.Role {
	return map[string]role.Role{role.Crowd: role.Crowded(c)[role.Crowd]}
}

// Close asks the Channelers to end. They do not tell when they have, and a context that ended before would wait for them.
func (c *channelerSession) Close() error {
	for _, s := range c.opened {
		s.Destroy()
	}
	return nil
}

func (c *channelerSession) Idle(int) error {
	return errors.New("the Channeler is not measured beside idle sockets")
}

func (c *channelerSession) Pair(i int, endpoint string, w role.Work) (near, far role.End, err error) {
	if !strings.HasPrefix(endpoint, "inproc:") {
		return nil, nil, fmt.Errorf("%s: a Channeler does not tell which port it got", endpoint)
	}
	endpoint = numbered(endpoint, i)
	marks := []goczmq.SockOption{goczmq.SockSetSndhwm(w.HWM), goczmq.SockSetRcvhwm(w.HWM)}
	b := goczmq.NewPairChanneler("@"+endpoint, marks...)
	a := goczmq.NewPairChanneler(">"+endpoint, marks...)
	c.opened = append(c.opened, a, b)
	return channelerEnd{a}, channelerEnd{b}, nil
}

type channelerEnd struct{ channeler *goczmq.Channeler }

func (e channelerEnd) Send(messages [][]byte) error {
	for _, m := range messages {
		select {
		case e.channeler.SendChan <- [][]byte{bytes.Clone(m)}:
		case err := <-e.channeler.ErrChan:
			return err
		}
	}
	return nil
}

func (e channelerEnd) Recv(into [][]byte) (int, error) {
	select {
	case m, ok := <-e.channeler.RecvChan:
		if !ok {
			return 0, errors.New("the Channeler ended")
		}
		into[0] = m[0]
		return 1, nil
	case err := <-e.channeler.ErrChan:
		return 0, err
	}
}
