package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"

	"github.com/actomq/actomq/zsock"
)

// socketsExhausted opens as many sockets as the context allows, and one more.
func socketsExhausted(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system(zsock.WithMaxSockets(32))
	if err != nil {
		return err
	}
	defer end(&err)
	push, pull, err := s.couple(ctx, sys)
	if err != nil {
		return err
	}
	s.reading(ctx, pull)
	var last *zsock.Socket
	for opened := 0; ; opened++ {
		socket, err := sys.Open(zsock.Pair)
		if err != nil {
			s.note("%d sockets, then %q", opened+2, err)
			break
		}
		if last = socket; opened > 32 {
			return errors.New("more sockets were opened than the context allows")
		}
	}
	if err := errors.Join(s.postAll(ctx, push, s.load), s.settled(ctx, push), last.Close()); err != nil {
		return err
	}
	begin := time.Now()
	_, err = sys.Open(zsock.Pair)
	for err != nil && ctx.Err() == nil { // a thread of libzmq closes sockets, later
		_, err = sys.Open(zsock.Pair)
	}
	s.recovered = time.Since(begin)
	return errors.Join(err, s.settled(ctx, push), balanced(ctx, sys))
}

// messageTooLarge has a peer send more than a listener takes, beside a good one.
func messageTooLarge(ctx context.Context, s *scene) (err error) {
	sys, push, pull, end, err := s.stream(ctx, zsock.WithMaxMessageSize(1000))
	if err != nil {
		return err
	}
	defer end(&err)
	where, err := bound(ctx, pull)
	if err != nil {
		return err
	}
	bad, err := sys.Open(zsock.Push, zsock.WithConnect(where), quickReconnect())
	if err != nil {
		return err
	}
	large := zsock.Bytes(make([]byte, 1001))
	if err := push.Send(ctx, large); !errors.Is(err, zsock.ErrTooLarge) {
		return fmt.Errorf("a socket that knows the limit sends more: %w", err)
	}
	const times = 10
	for i := range uint64(times) {
		begin := time.Now()
		if err := bad.WaitConnected(ctx, 1); err != nil {
			return err
		}
		s.recovered = max(s.recovered, time.Since(begin))
		if err := errors.Join(bad.Send(ctx, large), s.postAll(ctx, push, s.load/times)); err != nil {
			return err
		}
		if err := until(ctx, func() bool { return pull.EventCount(zsock.EventDisconnected) > i }); err != nil {
			return fmt.Errorf("the listener does not report a frame above its limit: %w", err)
		}
	}
	s.note("%d connections of the peer were dropped", pull.EventCount(zsock.EventDisconnected))
	if n := push.EventCount(zsock.EventDisconnected); n > 0 {
		return fmt.Errorf("%d connections of the good peer were dropped", n)
	}
	return errors.Join(s.settled(ctx, push), bad.Close(), balanced(ctx, sys))
}

// signalStorm has signals interrupt every system call, and a profile on.
func signalStorm(ctx context.Context, s *scene) (err error) {
	sys, push, pull, end, err := s.stream(ctx, small()...)
	if err != nil {
		return err
	}
	defer end(&err)
	void, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer void.Close()
	if err := pprof.StartCPUProfile(void); err == nil { // else somebody profiles this program already
		defer pprof.StopCPUProfile()
	}
	storm, over := context.WithCancel(ctx)
	var group sync.WaitGroup
	signals := 0
	group.Go(func() {
		for storm.Err() == nil {
			for _, sig := range []syscall.Signal{syscall.SIGURG, syscall.SIGCHLD, syscall.SIGPROF} {
				signals += interrupt(sig)
			}
		}
	})
	err = errors.Join(s.postAll(ctx, push, s.load), s.settled(ctx, push))
	over()
	group.Wait()
	s.note("%d signals", signals)
	if n := push.EventCount(zsock.EventRestarted) + pull.EventCount(zsock.EventRestarted); n > 0 {
		err = errors.Join(err, fmt.Errorf("sockets were restarted %d times", n))
	}
	return errors.Join(err, balanced(ctx, sys))
}

// twoSystems closes one of two systems under load, and opens it again. The other one does not notice.
func twoSystems(ctx context.Context, s *scene) (err error) {
	stays, push, _, end, err := s.stream(ctx, small()...)
	if err != nil {
		return err
	}
	defer end(&err)
	const rounds = 10
	for range rounds {
		goes, _, err := s.system()
		if err != nil {
			return err
		}
		other, reader, err := s.couple(ctx, goes, append(small(), zsock.WithLinger(0))...)
		if err != nil {
			return errors.Join(err, shut(goes))
		}
		s.reading(ctx, reader)
		s.allow(held, "connections closed without linger")
		var group sync.WaitGroup
		closing := make(chan struct{})
		group.Go(func() {
			for {
				if _, err := s.post(ctx, other); err != nil {
					return // closed
				}
			}
		})
		group.Go(func() { <-closing; err = shut(goes) })
		failure := s.postAll(ctx, push, s.load/rounds/2)
		close(closing)
		failure = errors.Join(failure, s.postAll(ctx, push, s.load/rounds/2))
		group.Wait()
		if err := errors.Join(err, failure); err != nil {
			return err
		}
	}
	if n := push.EventCount(zsock.EventDisconnected) + push.EventCount(zsock.EventRestarted); n > 0 {
		return fmt.Errorf("the system that stays lost %d connections", n)
	}
	return errors.Join(s.settled(ctx, push), balanced(ctx, stays))
}

// cycles opens and closes sockets and systems, and compares what the process holds then with what it held before.
func cycles(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	var before footprint
	const sockets, systems = 1000, 50
	for i := range sockets {
		if i == sockets/10 {
			before = measure()
		}
		push, pull, err := couple(ctx, sys)
		if err != nil {
			return err
		}
		id, err := s.post(ctx, push)
		if err != nil {
			return err
		}
		m, err := pull.Recv(ctx)
		if err != nil || number(m.Frame(0)) != id {
			return fmt.Errorf("in cycle %d: %v, %w", i, m, err)
		}
		s.ledger.note(id, delivered)
		if err := errors.Join(push.Close(), pull.Close()); err != nil {
			return err
		}
	}
	for range systems {
		another, _, err := s.system()
		if err != nil {
			return err
		}
		_, _, err = couple(ctx, another)
		if err := errors.Join(err, shut(another)); err != nil {
			return err
		}
	}
	after := measure()
	if err := until(ctx, func() bool { after = measure(); return !after.grew(before) }); err != nil { // a thread of libzmq closes, later
		return fmt.Errorf("something grows: %v, then %v", before, after)
	}
	s.note("%v, and after %d sockets and %d systems %v", before, 2*sockets, systems, after)
	return nil
}

// nobodyJudges has whoever may say who comes in be stuck: nobody comes in until that is over.
func nobodyJudges(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system(zsock.WithAuthLimits(zsock.AuthLimits{Timeout: 50 * time.Millisecond, Concurrent: 2}))
	if err != nil {
		return err
	}
	defer end(&err)
	stuck := make(chan struct{})
	release := sync.OnceFunc(func() { close(stuck) })
	defer release()
	if err := sys.Authenticator().Set(zsock.DefaultDomain, zsock.Rules{AnyUser: true,
		Check: func(context.Context, zsock.Credentials) (zsock.Identity, error) {
			<-stuck // and heeds no context
			return zsock.Identity{User: "late"}, nil
		}}); err != nil {
		return err
	}
	// libzmq tells a peer nothing that was refused for a passing reason, and has it wait until its handshake is overdue.
	quick := zsock.WithHandshakeTimeout(100 * time.Millisecond)
	pull, err := sys.Open(zsock.Pull, quick, zsock.WithPlainServer(), zsock.WithBind("tcp://127.0.0.1:*"))
	if err != nil {
		return err
	}
	where, err := bound(ctx, pull)
	if err != nil {
		return err
	}
	push, err := sys.Open(zsock.Push, quick, zsock.WithPlainClient("user", "password"), zsock.WithConnect(where), quickReconnect())
	if err != nil {
		return err
	}
	s.sends(push)
	s.receives(pull)
	s.reading(ctx, pull)
	if err := s.postAll(ctx, push, 100); err != nil {
		return err
	}
	if err := until(ctx, func() bool { return sys.Authenticator().Stats().Failed >= 5 }); err != nil {
		return fmt.Errorf("nobody was refused: %v: %w", sys.Authenticator(), err)
	}
	if n, got := sys.Authenticator().Stats().Admitted, pull.Stats().Received; n > 0 || got > 0 || pull.ReadyPeers() > 0 {
		return fmt.Errorf("%d peers were let in though nobody judged them, and sent %d messages", n, got)
	}
	s.note("%v while nobody could judge", sys.Authenticator())
	release()
	return errors.Join(s.recovers(ctx, push), s.postAll(ctx, push, s.load), s.settled(ctx, push), balanced(ctx, sys))
}
