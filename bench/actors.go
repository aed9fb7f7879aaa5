package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/bench/internal/role"
)

// The modes that compare actors with channels. Their messages are nothing but their numbers.
const (
	tell  = "tell"  // one way
	ask   = "ask"   // there and back
	spawn = "spawn" // start one that waits for messages, and end it
)

// mailbox is the default of package actor; the raw channels have the same.
const mailbox = 64

var actorModes = []string{tell, ask, spawn}

// actorSession is actors without sockets.
type actorSession struct{ sys *actor.System }

func openActors() (role.Session, error) {
	sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		return nil, err
	}
	return &actorSession{sys}, nil
}

func (s *actorSession) Roles() map[string]role.Role {
	return map[string]role.Role{tell: s.tell, ask: s.ask, spawn: s.spawn}
}

func (s *actorSession) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), role.Stall)
	defer cancel()
	return s.sys.Close(ctx)
}

func (s *actorSession) tell(w role.Work, _ string, _ func(string)) (*role.Tally, error) {
	ctx := context.Background()
	t := role.NewTally(w)
	done := make(chan struct{})
	ref, err := actor.Spawn(ctx, s.sys, "a", func() actor.Behavior[uint64] {
		return actor.Func[uint64](func(_ *actor.Context[uint64], number uint64) error {
			if t.TakeNumber(number); t.Done() {
				close(done)
			}
			return nil
		})
	}, actor.WithMailbox(mailbox))
	if err != nil {
		return nil, err
	}
	for seq := range w.Total() {
		if err := ref.Tell(ctx, uint64(seq)); err != nil {
			return nil, err
		}
	}
	<-done
	return t, nil
}

type question struct {
	actor.Reply[uint64]
	number uint64
}

func (s *actorSession) ask(w role.Work, _ string, _ func(string)) (*role.Tally, error) {
	ctx := context.Background()
	ref, err := actor.Spawn(ctx, s.sys, "a", func() actor.Behavior[question] {
		return actor.Func[question](func(_ *actor.Context[question], q question) error { q.Answer(q.number); return nil })
	}, actor.WithMailbox(mailbox))
	if err != nil {
		return nil, err
	}
	t := role.NewTally(w)
	for seq := range w.Total() {
		number, err := actor.Ask(ctx, ref, func(r actor.Reply[uint64]) question { return question{r, uint64(seq)} })
		if err != nil {
			return nil, err
		}
		t.TakeNumber(number)
	}
	return t, nil
}

func (s *actorSession) spawn(w role.Work, _ string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	for seq := range w.Total() {
		started := false
		ref, err := actor.Spawn(context.Background(), s.sys, "a", func() actor.Behavior[uint64] {
			started = true
			return actor.Func[uint64](func(*actor.Context[uint64], uint64) error { return nil })
		})
		if err != nil {
			return nil, err
		}
		ref.Stop(nil)
		if <-ref.Done(); started {
			t.TakeNumber(uint64(seq))
		}
	}
	return t, nil
}

// channelSession is what a program without actors does: a goroutine and a channel.
type channelSession struct{}

func openChannels() (role.Session, error) { return channelSession{}, nil }

func (channelSession) Close() error { return nil }

func (channelSession) Roles() map[string]role.Role {
	return map[string]role.Role{tell: sendAll, ask: sendAndWait, spawn: startAndEnd}
}

func sendAll(w role.Work, _ string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	numbers, done := make(chan uint64, mailbox), make(chan struct{})
	go func() {
		defer close(done)
		for n := range numbers {
			t.TakeNumber(n)
		}
	}()
	for seq := range w.Total() {
		numbers <- uint64(seq)
	}
	close(numbers)
	<-done
	return t, nil
}

func sendAndWait(w role.Work, _ string, _ func(string)) (*role.Tally, error) {
	type request struct {
		number uint64
		reply  chan uint64
	}
	requests, done := make(chan request, mailbox), make(chan struct{})
	go func() {
		defer close(done)
		for r := range requests {
			r.reply <- r.number
		}
	}()
	t := role.NewTally(w)
	for seq := range w.Total() {
		r := request{uint64(seq), make(chan uint64, 1)}
		requests <- r
		t.TakeNumber(<-r.reply)
	}
	close(requests)
	<-done
	return t, nil
}

func startAndEnd(w role.Work, _ string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	for seq := range w.Total() {
		numbers, started, done := make(chan uint64, mailbox), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			close(started)
			for range numbers {
			}
		}()
		<-started
		close(numbers)
		<-done
		t.TakeNumber(uint64(seq))
	}
	return t, nil
}
