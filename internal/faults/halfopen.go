package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/actomq/actomq/zsock"
	"github.com/actomq/actomq/zsock/zsocktest"
)

// halfOpen lets a connection go dead without a word, as a cable that is pulled out: in a network namespace of its own where
// the system lets us make one, and otherwise with a relay.
func halfOpen(ctx context.Context, s *scene) error {
	p, err := startAlone("cable", fmt.Sprint(s.load))
	if err != nil {
		s.note("by a relay, since there is no network namespace: %v", err)
		return halfOpenRelay(ctx, s)
	}
	var told report
	failed := json.NewDecoder(p.out).Decode(&told)
	close(p.ended)
	switch err := errors.Join(failed, p.stop()); {
	case err != nil:
		return err
	case told.Unable != "":
		s.note("by a relay, since there is no network namespace: %s", told.Unable)
		return halfOpenRelay(ctx, s)
	}
	return s.adopt(told)
}

// playCable runs in a network namespace of its own, where it is root.
func playCable(ctx context.Context, load string) error {
	n := 0
	if _, err := fmt.Sscan(load, &n); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, out := newScene(1, n), json.NewEncoder(os.Stdout)
	c, err := newCable()
	if err != nil {
		return out.Encode(report{Unable: err.Error()})
	}
	err = s.pullOut(ctx, c)
	cancel()
	return s.report(out, err)
}

// pullOut has a receiver at the other end of a cable that is pulled out, under load and while nobody sends, and plugged in again.
func (s *scene) pullOut(ctx context.Context, c *cable) (err error) {
	sys, end, err := s.system(zsock.WithPolicy(zsock.Any(zsock.DefaultPolicy(), zsock.AllowPlaintext("tcp://"+c.near+":*"))))
	if err != nil {
		return err
	}
	defer end(&err)
	push, err := sys.Open(zsock.Push, append(small(), zsock.WithOption("tcp_maxrt", 300*time.Millisecond),
		zsock.WithKeepalive(time.Second, time.Second, 2), zsock.WithBind("tcp://"+c.near+":*"))...)
	if err != nil {
		return err
	}
	s.sends(push)
	where, err := bound(ctx, push)
	if err != nil {
		return err
	}
	far, err := s.startFar(c, where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, far.stop()) }()
	if err := errors.Join(s.postAll(ctx, push, s.load/2), s.settled(ctx, push)); err != nil {
		return err
	}
	for i, kind := range []string{"under load", "idle"} {
		if err := c.set("down"); err != nil {
			return err
		}
		begin, ends := time.Now(), push.EventCount(zsock.EventDisconnected)
		for push.EventCount(zsock.EventDisconnected) == ends {
			if i > 0 {
				err = until(ctx, func() bool { return push.EventCount(zsock.EventDisconnected) > ends })
			} else {
				_, err = s.fill(ctx, push)
			}
			if err != nil {
				return fmt.Errorf("nobody noticed a dead connection, %s: %w", kind, err)
			}
		}
		s.note("a cable pulled out %s, noticed after %v", kind, time.Since(begin).Round(10*time.Millisecond))
		if err := errors.Join(c.set("up"), s.recovers(ctx, push)); err != nil {
			return err
		}
	}
	return errors.Join(s.postAll(ctx, push, s.load/2), s.settled(ctx, push), balanced(ctx, sys))
}

// halfOpenRelay keeps both ends of a connection open and passes nothing on. The sender's system notices that nothing is taken any
// more; the sender connects anew as soon as the relay works again.
func halfOpenRelay(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	quick := append(small(), zsock.WithOption("tcp_maxrt", 300*time.Millisecond))
	pull, err := sys.Open(zsock.Pull, append(quick, zsock.WithBind("tcp://127.0.0.1:*"))...)
	if err != nil {
		return err
	}
	where, err := bound(ctx, pull)
	if err != nil {
		return err
	}
	relay, err := zsocktest.StartRelay(where)
	if err != nil {
		return err
	}
	defer relay.Close()
	push, err := sys.Open(zsock.Push, append(quick, quickReconnect(), zsock.WithConnect(relay.Endpoint()))...)
	if err != nil {
		return err
	}
	s.sends(push)
	s.receives(pull)
	s.reading(ctx, pull)
	if err := s.postAll(ctx, push, s.load/2); err != nil {
		return err
	}
	if err := s.settled(ctx, push); err != nil {
		return err
	}
	relay.Hold()
	begin := time.Now()
	for push.ReadyPeers() > 0 {
		if _, err := s.fill(ctx, push); err != nil {
			return err
		}
	}
	s.note("noticed after %v", time.Since(begin).Round(10*time.Millisecond))
	s.allow(s.underWay(), "the relay's ends")
	relay.Drop()
	relay.Pass()
	return errors.Join(s.recovers(ctx, push), s.settled(ctx, push), balanced(ctx, sys))
}
