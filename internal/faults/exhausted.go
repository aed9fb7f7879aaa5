package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/actomq/actomq/zsock"
)

// exhaustion is what a process without descriptors has to tell.
type exhaustion struct {
	Opened  int    // sockets, until no more could be opened
	Refusal string // the error of the next one
	Failure string // what must not have happened
}

// descriptorsExhausted has a process of its own run out of descriptors, and recover.
func descriptorsExhausted(_ context.Context, s *scene) error {
	p, err := startPeer("exhausted", "inproc://nowhere")
	if err != nil {
		return err
	}
	var told exhaustion
	failed := json.NewDecoder(p.out).Decode(&told)
	close(p.ended)
	if err := errors.Join(failed, p.stop()); err != nil {
		return err
	}
	if told.Failure != "" {
		return errors.New(told.Failure)
	}
	s.note("%d sockets, then %q", told.Opened, told.Refusal)
	return nil
}

func playExhausted(ctx context.Context, _ string) error {
	var told exhaustion
	if err := told.happen(ctx); err != nil {
		told.Failure = err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

func (e *exhaustion) happen(ctx context.Context) (err error) {
	limit := syscall.Rlimit{Cur: 120, Max: 120}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	s := newScene(1, 0)
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	push, pull, err := s.couple(ctx, sys)
	if err != nil {
		return err
	}
	go s.read(ctx, pull)
	var opened []*zsock.Socket
	for {
		socket, err := sys.Open(zsock.Pair)
		if err != nil {
			e.Refusal = err.Error()
			break
		}
		opened = append(opened, socket)
		if len(opened) > 1000 {
			return errors.New("a thousand sockets opened with 120 descriptors")
		}
	}
	e.Opened = len(opened)
	if err := s.through(ctx, push); err != nil {
		return fmt.Errorf("the sockets that were open before do not go on: %w", err)
	}
	for _, socket := range opened {
		if err := socket.Close(); err != nil {
			return err
		}
	}
	again, err := sys.Open(zsock.Pair)
	for err != nil && ctx.Err() == nil { // a thread of libzmq closes the descriptors, later
		again, err = sys.Open(zsock.Pair)
	}
	if err != nil {
		return fmt.Errorf("nothing can be opened though descriptors are free: %w", err)
	}
	return errors.Join(again.Close(), s.through(ctx, push))
}
