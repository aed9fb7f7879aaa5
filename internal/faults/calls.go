package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns/reqrep"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
	"github.com/actomq/actomq/zsock/zsocktest"
)

// callsWait has a socket and an actor fail while others wait for their answers: whose question it was is told ErrRestarted, and
// nobody else notices.
func callsWait(ctx context.Context, s *scene) (err error) {
	sys, push, _, end, err := s.stream(ctx, small()...)
	if err != nil {
		return err
	}
	defer end(&err)
	var told, answered atomic.Int64
	asking, enough := context.WithCancel(ctx)
	defer enough()
	var group sync.WaitGroup
	failures := make(chan error, 4)
	for range cap(failures) {
		group.Go(func() {
			for asking.Err() == nil {
				_, err := push.Endpoints(ctx, zsock.Connected)
				switch {
				case err == nil:
					answered.Add(1)
				case errors.Is(err, zsock.ErrRestarted):
					told.Add(1)
				default:
					failures <- fmt.Errorf("a call at a restart: %w", err)
					return
				}
			}
		})
	}
	kills := 0
	for told.Load() < 3 && err == nil && len(failures) == 0 {
		err = errors.Join(s.postAll(ctx, push, 100), push.Ref().Tell(ctx, zsock.Fault{}), s.postAll(ctx, push, 100))
		kills++
	}
	enough()
	group.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	if err := errors.Join(err, s.recovers(ctx, push), s.settled(ctx, push), balanced(ctx, sys)); err != nil {
		return err
	}
	s.note("of the calls in %d restarts %d were told ErrRestarted and %d answered", kills, told.Load(), answered.Load())
	return actorRestarts(ctx, sys)
}

// actorRestarts fails an actor with one question in hand and ten in its mailbox.
func actorRestarts(ctx context.Context, sys *zsock.System) error {
	sup, err := sys.Supervise(ctx, "asked", supervision.Spec{Backoff: supervision.Backoff{Min: time.Millisecond}})
	if err != nil {
		return err
	}
	begun, fail := make(chan struct{}), make(chan struct{})
	ref, err := supervision.Spawn(ctx, sup, "asked", supervision.Permanent, func() actor.Behavior[order] {
		return actor.Func[order](func(_ *actor.Context[order], o order) error {
			if o.what == "fail" {
				close(begun)
				<-fail
				return errors.New("as it was told")
			}
			o.Answer(1)
			return nil
		})
	})
	if err != nil {
		return err
	}
	ask := func(what string) <-chan error {
		done := make(chan error, 1)
		go func() {
			_, err := actor.Ask(ctx, ref, func(r actor.Reply[int]) order { return order{Reply: r, what: what} })
			done <- err
		}()
		return done
	}
	inHand := ask("fail")
	<-begun
	var queued []<-chan error
	for range 10 {
		queued = append(queued, ask(""))
	}
	if err := until(ctx, func() bool { return ref.Depth() == len(queued) }); err != nil {
		return err
	}
	close(fail)
	if err := <-inHand; !errors.Is(err, actor.ErrRestarted) {
		return fmt.Errorf("whose question failed the actor was told %w, want ErrRestarted", err)
	}
	for _, done := range queued {
		if err := <-done; err != nil {
			return fmt.Errorf("a question that waited: %w", err)
		}
	}
	return nil
}

// callersLeave has callers go away from sends and receives at any moment: what a Send says is what happened, and a receive that is
// over took nothing.
func callersLeave(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	push, pull, err := s.couple(ctx, sys, small()...)
	if err != nil {
		return err
	}
	sending, enough := context.WithCancel(ctx)
	defer enough()
	var group sync.WaitGroup
	failures := make(chan error, 16)
	var gone atomic.Int64
	work := func(random *rand.Rand, do func(ctx context.Context) error) {
		group.Go(func() {
			for sending.Err() == nil {
				short, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(200))*time.Microsecond)
				err := do(short)
				cancel()
				if errors.Is(err, context.DeadlineExceeded) {
					gone.Add(1)
				} else if err != nil {
					failures <- err
					return
				}
			}
		})
	}
	for i := range cap(failures) {
		random := rand.New(rand.NewPCG(s.random.Uint64(), uint64(i)))
		if i%4 == 0 { // fewer, so that queues are full
			work(random, func(ctx context.Context) error {
				m, err := pull.Recv(ctx)
				if err == nil {
					s.ledger.note(number(m.Frame(0)), delivered)
				}
				return err
			})
			continue
		}
		work(random, func(ctx context.Context) error {
			id, m := s.ledger.next()
			err := push.Send(ctx, m)
			s.ledger.outcome(id, err)
			return err
		})
	}
	err = until(ctx, func() bool { return s.ledger.balance().delivered >= s.load/4 || len(failures) > 0 })
	enough()
	group.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	s.note("%d calls were left", gone.Load())
	s.reading(ctx, pull)
	return errors.Join(err, s.settled(ctx, push), balanced(ctx, sys))
}

// callsUnderFaults takes the sockets of a client and of its server away while calls are made, which are tried again.
func callsUnderFaults(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	srv, err := reqrep.Serve(sys, "tcp://127.0.0.1:*", func(_ context.Context, n int) (int, error) { return n, nil })
	if err != nil {
		return err
	}
	cli, err := reqrep.Dial[int, int](sys, srv.Endpoint(), reqrep.WithRetry(1000, 50*time.Millisecond), reqrep.WithSocket(quickReconnect()))
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	failures := make(chan error, 8)
	for range cap(failures) {
		group.Go(func() {
			for range s.load / 80 {
				id, _ := s.ledger.next()
				answer, err := cli.Call(ctx, id)
				s.ledger.outcome(id, err)
				if err != nil || answer != id {
					failures <- fmt.Errorf("call %d: %d, %w", id, answer, err)
					return
				}
				s.ledger.note(answer, delivered)
			}
		})
	}
	const kills = 8 // four of each, which a supervisor by its defaults allows
	for i := range kills {
		enough := s.load/80*cap(failures)*(i+1)/(kills+2) + s.random.IntN(10)
		err = until(ctx, func() bool { return s.ledger.balance().delivered >= enough || len(failures) > 0 })
		begin, before := time.Now(), s.ledger.balance().delivered
		if err == nil {
			err = zsocktest.Kill(ctx, []*zsock.Socket{srv.Socket(), cli.Socket()}[i%2])
		}
		err = errors.Join(err, until(ctx, func() bool { return s.ledger.balance().delivered > before || len(failures) > 0 }))
		s.recovered = max(s.recovered, time.Since(begin))
		if err != nil {
			break
		}
	}
	group.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	if err := errors.Join(err, cli.Close(ctx), srv.Close(ctx)); err != nil {
		return err
	}
	c, r := cli.Stats(), srv.Stats()
	s.note("%d kills, %d requests sent again, %d answers too late", kills, c.Retries, c.Late)
	switch {
	case c.Calls != c.Answered+c.Refused+c.Abandoned || c.InFlight != 0 || c.Answered != uint64(s.ledger.balance().delivered):
		return fmt.Errorf("the client counts %+v", c)
	case r.Requests != r.Answered+r.Failed+r.Panicked+r.Refused || r.Answered < c.Answered || r.Requests > c.Calls+c.Retries:
		return fmt.Errorf("the server counts %+v, and the client %+v", r, c)
	}
	return nil
}
