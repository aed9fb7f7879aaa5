package main

import (
	"fmt"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/pebbe/zmq4"
)

// mostSockets is how many sockets the context of a crowd allows; libzmq's default is 1,023.
const mostSockets = 60_000

// numbered puts the number of a pair where its endpoint has room for one.
func numbered(endpoint string, i int) string {
	return strings.ReplaceAll(endpoint, "%d", fmt.Sprint(i))
}

// open makes a socket that lives until the session closes, bound or connected.
func (p *pebbeSession) open(t zmq4.Type, w role.Work, endpoint string, bind bool) (*zmq4.Socket, error) {
	s, err := p.socket(t, w)
	if s != nil {
		p.opened = append(p.opened, s)
	}
	if err != nil {
		return nil, err
	}
	if bind {
		return s, s.Bind(endpoint)
	}
	return s, s.Connect(endpoint)
}

// openPair makes two connected PAIR sockets.
func (p *pebbeSession) openPair(endpoint string, w role.Work) (near, far *zmq4.Socket, err error) {
	if far, err = p.open(zmq4.PAIR, w, endpoint, true); err != nil {
		return nil, nil, err
	}
	if endpoint, err = far.GetLastEndpoint(); err != nil {
		return nil, nil, err
	}
	near, err = p.open(zmq4.PAIR, w, endpoint, false)
	return near, far, err
}

func (p *pebbeSession) Idle(sockets int) error {
	for i := range (sockets + 1) / 2 {
		if _, _, err := p.openPair(fmt.Sprintf("inproc://idle-%d", i), role.Work{HWM: mostMarked}); err != nil {
			return err
		}
	}
	return nil
}

func (p *pebbeSession) Pair(i int, endpoint string, w role.Work) (near, far role.End, err error) {
	a, b, err := p.openPair(numbered(endpoint, i), w)
	return blockingEnd{a}, blockingEnd{b}, err
}

// blockingEnd is a socket used by one goroutine, which waits in it.
type blockingEnd struct{ socket *zmq4.Socket }

func (e blockingEnd) Send(messages [][]byte) error {
	for _, m := range messages {
		if _, err := e.socket.SendBytes(m, 0); err != nil {
			return err
		}
	}
	return nil
}

func (e blockingEnd) Recv(into [][]byte) (int, error) {
	m, err := e.socket.RecvBytes(0)
	into[0] = m
	return 1, err
}
