package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/pebbe/zmq4"
)

// divide is the raw ventilator and its sink: whoever dies takes its tasks along, so nobody is killed here.
func (p *pebbeSession) divide(w role.Work, endpoint string, _ func(string)) (t *role.Tally, err error) {
	if w.Size < numberSize {
		return nil, errNumber
	}
	tasks, err := p.open(zmq4.PUSH, w, endpoint, true)
	if err != nil {
		return nil, err
	}
	results, err := p.open(zmq4.PULL, w, endpoint, true)
	if err != nil {
		return nil, err
	}
	var where [2]string
	for i, s := range []*zmq4.Socket{tasks, results} {
		if where[i], err = s.GetLastEndpoint(); err != nil {
			return nil, err
		}
	}
	helpers, err := startWorkers("pebbe", strings.Join(where[:], ","), w)
	if err != nil {
		return nil, err
	}
	defer helpers.end()
	// An empty result says that a worker is there; otherwise the first one would get all tasks.
	for range workerProcesses {
		if m, err := results.RecvBytes(0); err != nil || len(m) > 0 {
			return nil, fmt.Errorf("a worker said %d bytes in place of its greeting: %w", len(m), err)
		}
	}
	sent := make(chan error, 1)
	go func() { sent <- pushAll(tasks, w) }()
	t, sheet := role.NewTally(w), role.NewSheet(w.Total())
	for taken := 0; taken < w.Total(); {
		result, err := results.RecvBytes(0)
		if stalled(err) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, <-sent)
		}
		if len(result) < numberSize {
			return nil, errNumber
		}
		if taken = sheet.Take(role.Number(result), result); taken == w.Warmup {
			t.Start()
		}
	}
	t.Close(sheet)
	return t, <-sent
}

func pushAll(s *zmq4.Socket, w role.Work) error {
	message := make([]byte, w.Size)
	for seq := range w.Total() {
		role.Fill(message, uint64(seq))
		if _, err := s.SendBytes(message, 0); err != nil {
			return err
		}
	}
	return nil
}

func (p *pebbeSession) worker(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	from, to, _ := strings.Cut(endpoint, ",")
	tasks, err := p.open(zmq4.PULL, w, from, false)
	if err != nil {
		return nil, err
	}
	results, err := p.open(zmq4.PUSH, w, to, false)
	if err != nil {
		return nil, err
	}
	over := make(chan struct{})
	go func() { ended(); close(over) }()
	failed := make(chan error, 1)
	go func() { failed <- echoTasks(tasks, results) }()
	select {
	case err = <-failed:
	case <-over:
	}
	return role.NewTally(w), err
}

func echoTasks(tasks, results *zmq4.Socket) error {
	var task []byte // the first one is the greeting
	for {
		if _, err := results.SendBytes(task, 0); err != nil {
			return err
		}
		var err error
		for task, err = tasks.RecvBytes(0); stalled(err); task, err = tasks.RecvBytes(0) {
		}
		if err != nil {
			return err
		}
	}
}
