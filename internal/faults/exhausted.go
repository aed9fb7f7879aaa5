package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/actomq/actomq/zsock"
)

// descriptorsExhausted has a process of its own run out of descriptors, in its own hands and in those of strangers who connect,
// and recover.
func descriptorsExhausted(ctx context.Context, s *scene) error {
	p, err := startPeer("exhausted", fmt.Sprint(s.load))
	if err != nil {
		return err
	}
	out := json.NewDecoder(p.out)
	var told report
	failed := out.Decode(&told)
	if failed == nil && told.Listener != "" {
		over, leave := context.WithCancel(ctx)
		left, address := make(chan struct{}), strings.TrimPrefix(told.Listener, "tcp://")
		go func() {
			defer close(left)
			crowd(over, address)
		}()
		failed = out.Decode(&told)
		leave()
		<-left
	}
	close(p.ended)
	if err := errors.Join(failed, p.stop()); err != nil {
		return err
	}
	return s.adopt(told)
}

// crowd has strangers connect who say nothing, and again whenever they are thrown out.
func crowd(ctx context.Context, address string) {
	const strangers = 20
	done := make(chan struct{}, strangers)
	for range strangers {
		go func() {
			defer func() { done <- struct{}{} }()
			for ctx.Err() == nil {
				c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
				if err != nil { // the listener rests
					select {
					case <-ctx.Done():
					case <-time.After(time.Millisecond):
					}
					continue
				}
				stop := context.AfterFunc(ctx, func() { _ = c.Close() })
				for _, err = c.Read(make([]byte, 64)); err == nil; _, err = c.Read(make([]byte, 64)) {
				}
				stop()
				_ = c.Close()
			}
		}()
	}
	for range strangers {
		<-done
	}
}

func playExhausted(ctx context.Context, load string) error {
	n := 0
	if _, err := fmt.Sscan(load, &n); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s := newScene(1, n)
	out := json.NewEncoder(os.Stdout)
	err := s.exhaust(ctx, out)
	cancel()
	return s.report(out, err)
}

// descriptors is what the process may have.
const descriptors = 120

func (s *scene) exhaust(ctx context.Context, out *json.Encoder) (err error) {
	limit := syscall.Rlimit{Cur: descriptors, Max: descriptors}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	sys, push, pull, end, err := s.stream(ctx, small()...)
	if err != nil {
		return err
	}
	defer end(&err)
	if err := s.postAll(ctx, push, s.load/2); err != nil {
		return err
	}
	if err := s.openTooMany(ctx, sys, push); err != nil {
		return err
	}
	if err := errors.Join(s.postAll(ctx, push, s.load/2), s.settled(ctx, push)); err != nil {
		return err
	}
	where, err := bound(ctx, pull)
	if err != nil {
		return err
	}
	free, err := hog()
	if err == nil {
		err = out.Encode(report{Listener: where})
	}
	if err == nil {
		err = s.crowded(ctx, pull)
	}
	if err := errors.Join(err, free()); err != nil {
		return err
	}
	return errors.Join(s.recovers(ctx, push), s.settled(ctx, push), balanced(ctx, sys))
}

// openTooMany opens sockets until there are no descriptors left. Those that were there before go on.
func (s *scene) openTooMany(ctx context.Context, sys *zsock.System, push *zsock.Socket) error {
	var opened []*zsock.Socket
	for {
		socket, err := sys.Open(zsock.Pair)
		if err != nil {
			s.note("%d sockets, then %q", len(opened), err)
			break
		}
		opened = append(opened, socket)
		if len(opened) > descriptors {
			return fmt.Errorf("%d sockets opened with %d descriptors", len(opened), descriptors)
		}
	}
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
	return again.Close()
}

// hog takes all descriptors that are left.
func hog() (free func() error, err error) {
	var files []*os.File
	free = func() (err error) {
		for _, f := range files {
			err = errors.Join(err, f.Close())
		}
		return err
	}
	for {
		f, err := os.Open(os.DevNull)
		if errors.Is(err, syscall.EMFILE) {
			return free, nil
		}
		if err != nil {
			return free, err
		}
		files = append(files, f)
	}
}

// crowded sees that a listener which can't accept rests more than it tries. libzmq alone would use a whole processor.
func (s *scene) crowded(ctx context.Context, pull *zsock.Socket) error {
	rests := func(n uint64) func() bool {
		return func() bool { return pull.EventCount(zsock.EventBindSuspended) >= n }
	}
	if err := until(ctx, rests(1)); err != nil {
		return fmt.Errorf("the listener does not rest, though %d connections were not accepted: %w", pull.EventCount(zsock.EventAcceptFailed), err)
	}
	begin, before := time.Now(), processorTime()
	if err := until(ctx, rests(4)); err != nil {
		return fmt.Errorf("the listener rested %d times and did not try again: %w", pull.EventCount(zsock.EventBindSuspended), err)
	}
	share := float64(processorTime()-before) / float64(time.Since(begin))
	s.note("without descriptors to accept with it took %.0f%% of a processor", 100*share)
	if share > 0.5 {
		return fmt.Errorf("a listener without descriptors takes %.0f%% of a processor", 100*share)
	}
	return nil
}
