package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/pebbe/zmq4"
)

// adapterSession puts Go channels before sockets in the classic way, that of CZMQ's Channeler for Go among others: for each
// socket one goroutine polls the socket and an inproc PAIR, to whose other end a second goroutine writes what comes from
// the channel, so that it wakes the poll.
type adapterSession struct {
	*pebbeSession
	adapters []*adapter
}

func openAdapter() (role.Session, error) {
	p, err := newPebbe()
	return &adapterSession{pebbeSession: p}, err
}

func (s *adapterSession) Roles() map[string]role.Role {
	roles := maps.Clone(role.Crowded(s))
	delete(roles, role.Quiet)
	return roles
}

func (s *adapterSession) Close() error {
	var failures []error
	for _, a := range s.adapters {
		failures = append(failures, a.close())
	}
	return errors.Join(append(failures, s.pebbeSession.Close())...)
}

func (s *adapterSession) Idle(int) error {
	return errors.New("the channel adapter is not measured beside idle sockets")
}

func (s *adapterSession) Pair(i int, endpoint string, w role.Work) (near, far role.End, err error) {
	a, b, err := s.openPair(numbered(endpoint, i), w)
	if err != nil {
		return nil, nil, err
	}
	left, err := s.adapt(a, fmt.Sprintf("inproc://adapter-near-%d", i), w)
	if err != nil {
		return nil, nil, err
	}
	right, err := s.adapt(b, fmt.Sprintf("inproc://adapter-far-%d", i), w)
	if err != nil {
		return nil, nil, err
	}
	return left, right, nil
}

// adapter is one socket with its two goroutines.
type adapter struct {
	out     chan []byte
	in      chan []byte
	group   sync.WaitGroup
	failure [2]error // of each goroutine, until group is done
}

func (s *adapterSession) adapt(socket *zmq4.Socket, name string, w role.Work) (*adapter, error) {
	writing, reading, err := s.openPair(name, w)
	if err != nil {
		return nil, err
	}
	a := &adapter{out: make(chan []byte, mostMarked), in: make(chan []byte, mostMarked)}
	s.adapters = append(s.adapters, a)
	a.group.Go(func() { a.failure[0] = a.forward(writing) })
	a.group.Go(func() { a.failure[1] = a.poll(socket, reading) })
	return a, nil
}

// forward writes what comes from the channel to the wake-up pair, and an empty message when the channel is closed.
func (a *adapter) forward(pair *zmq4.Socket) error {
	for m := range a.out {
		if _, err := pair.SendBytes(m, 0); err != nil {
			return err
		}
	}
	_, err := pair.SendBytes(nil, 0)
	return err
}

// poll moves messages between the socket, the wake-up pair and the channel.
func (a *adapter) poll(socket, pair *zmq4.Socket) error {
	defer close(a.in)
	poller := zmq4.NewPoller()
	poller.Add(socket, zmq4.POLLIN)
	poller.Add(pair, zmq4.POLLIN)
	for {
		ready, err := poller.Poll(-1)
		if err != nil {
			return err
		}
		for _, item := range ready {
			m, err := item.Socket.RecvBytes(0)
			if err != nil {
				return err
			}
			if item.Socket == socket {
				a.in <- m
				continue
			}
			if len(m) == 0 {
				return nil
			}
			if _, err := socket.SendBytes(m, 0); err != nil {
				return err
			}
		}
	}
}

func (a *adapter) close() error {
	close(a.out)
	a.group.Wait()
	return errors.Join(a.failure[:]...)
}

// Send copies: what is in a channel belongs to the reader.
func (a *adapter) Send(messages [][]byte) error {
	for _, m := range messages {
		a.out <- bytes.Clone(m)
	}
	return nil
}

func (a *adapter) Recv(into [][]byte) (int, error) {
	m, ok := <-a.in
	if !ok {
		return 0, errors.New("the channel adapter ended")
	}
	into[0] = m
	return 1, nil
}
