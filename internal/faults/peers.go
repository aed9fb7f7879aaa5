package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/actomq/actomq/patterns/pipeline"
	"github.com/actomq/actomq/zsock"
)

// small keeps what libzmq and the kernel hold for a connection below held messages.
func small() []zsock.SocketOption {
	return []zsock.SocketOption{
		zsock.WithSendHWM(100), zsock.WithRecvHWM(100), zsock.WithOption("sndbuf", 4096), zsock.WithOption("rcvbuf", 4096),
	}
}

// held bounds what a connection between small sockets has under way: two high-water marks, two batches of 8 KiB inside of
// libzmq, and the kernel's buffers, which are larger than asked for.
const held = 1000

// socketKilled takes the libzmq sockets away under their actors, ten times, while messages flow.
func socketKilled(ctx context.Context, s *scene) (err error) {
	sys, push, pull, end, err := s.stream(ctx, small()...)
	if err != nil {
		return err
	}
	defer end(&err)
	const kills = 10
	for i := range kills {
		if err := s.postAll(ctx, push, s.load/kills-s.random.IntN(100)); err != nil {
			return err
		}
		victim := []*zsock.Socket{push, pull}[i%2]
		if err := victim.Ref().Tell(ctx, zsock.Fault{}); err != nil {
			return err
		}
		if err := s.recovers(ctx, push); err != nil {
			return err
		}
	}
	return errors.Join(s.settled(ctx, push), balanced(ctx, sys))
}

// peerKilled ends a receiving process with SIGKILL, and starts another one.
func peerKilled(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	push, err := sys.Open(zsock.Push, append(small(), zsock.WithBind("tcp://127.0.0.1:*"))...)
	if err != nil {
		return err
	}
	s.sends(push)
	where, err := bound(ctx, push)
	if err != nil {
		return err
	}
	victim, err := s.startPull(where)
	if err != nil {
		return err
	}
	if err := s.postAll(ctx, push, s.load/2+s.random.IntN(100)); err != nil {
		return errors.Join(err, victim.kill())
	}
	if err := victim.kill(); err != nil {
		return err
	}
	s.allow(peerHolds, "the inbox of the process that was killed")
	successor, err := s.startPull(where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, successor.stop()) }()
	if err := s.recovers(ctx, push); err != nil {
		return err
	}
	return errors.Join(s.postAll(ctx, push, s.load/2), s.settled(ctx, push), balanced(ctx, sys))
}

// twoPeers opens a PUSH with two receiving processes.
func (s *scene) twoPeers(ctx context.Context, sys *zsock.System, opts ...zsock.SocketOption) (push *zsock.Socket, peers []*peer, err error) {
	push, err = sys.Open(zsock.Push, append(append(small(), zsock.WithBind("tcp://127.0.0.1:*")), opts...)...)
	if err != nil {
		return nil, nil, err
	}
	s.sends(push)
	where, err := bound(ctx, push)
	if err != nil {
		return nil, nil, err
	}
	for range 2 {
		p, err := s.startPull(where)
		if err != nil {
			return push, peers, err
		}
		peers = append(peers, p)
	}
	return push, peers, push.WaitConnected(ctx, 2)
}

// release lets processes go on and end.
func release(peers []*peer, failure *error) {
	for _, p := range peers {
		*failure = errors.Join(*failure, p.signal(syscall.SIGCONT), p.stop())
	}
}

// peerStopped stops one of two receiving processes, which the other one does not feel, then both, for which their sender has to
// wait, and lets them go on. Nothing is lost.
func peerStopped(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	push, peers, err := s.twoPeers(ctx, sys)
	defer release(peers, &err)
	if err != nil {
		return err
	}
	if err := errors.Join(s.settled(ctx, push), peers[0].signal(syscall.SIGSTOP), s.postAll(ctx, push, s.load)); err != nil {
		return err
	}
	if err := until(ctx, func() bool { return s.ledger.balance().lost <= held+peerHolds }); err != nil {
		return fmt.Errorf("the other peer does not go on: %w", err)
	}
	s.note("all but %d of %d went past the one that was stopped", s.ledger.balance().lost, s.load)
	if err := peers[1].signal(syscall.SIGSTOP); err != nil {
		return err
	}
	posted, err := s.fill(ctx, push)
	if err != nil {
		return err
	}
	s.note("with both stopped the sender had to wait after %d", posted)
	if got := s.underWay(); got > 2*(held+peerHolds) {
		return fmt.Errorf("libzmq and the kernel hold %d messages of two connections, more than is allowed for", got)
	}
	if err := errors.Join(peers[0].signal(syscall.SIGCONT), peers[1].signal(syscall.SIGCONT)); err != nil {
		return err
	}
	if err := errors.Join(s.recovers(ctx, push), s.settled(ctx, push), balanced(ctx, sys)); err != nil {
		return err
	}
	if lost := push.EventCount(zsock.EventDisconnected); lost > 0 || s.ledger.balance().lost > 0 {
		return fmt.Errorf("%d connections and %d messages are lost, of peers that went on", lost, s.ledger.balance().lost)
	}
	return nil
}

// peerStoppedForLong stops one of two receiving processes for longer than its sender waits for the kernel to take anything. The
// monitor tells, the other one goes on, and the one that was stopped comes back by itself.
func peerStoppedForLong(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	push, peers, err := s.twoPeers(ctx, sys, zsock.WithOption("tcp_maxrt", 300*time.Millisecond))
	defer release(peers, &err)
	if err != nil {
		return err
	}
	news, err := push.Monitor(ctx, zsock.WithEventKinds(zsock.EventDisconnected))
	if err != nil {
		return err
	}
	defer news.Close()
	if err := errors.Join(s.settled(ctx, push), peers[0].signal(syscall.SIGSTOP)); err != nil {
		return err
	}
	begin, told := time.Now(), false
	if err := until(ctx, func() bool {
		_, err = s.post(ctx, push)
		select {
		case <-news.Events():
			told = true
		default:
		}
		return told || err != nil
	}); err != nil || !told {
		return fmt.Errorf("the monitor does not tell that a peer takes nothing: %w", err)
	}
	s.note("the monitor told after %v", time.Since(begin).Round(10*time.Millisecond))
	if err := s.through(ctx, push); err != nil {
		return err
	}
	if err := peers[0].signal(syscall.SIGCONT); err != nil {
		return err
	}
	begin = time.Now()
	if err := push.WaitConnected(ctx, 2); err != nil {
		return err
	}
	s.recovered = time.Since(begin)
	return errors.Join(s.settled(ctx, push), balanced(ctx, sys))
}

// fill sends until the queues are full: until a Post waited in vain.
func (s *scene) fill(ctx context.Context, push *zsock.Socket) (posted int, err error) {
	for {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		_, err := s.post(short, push)
		cancel()
		switch {
		case err == nil:
			posted++
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			return posted, nil
		default:
			return posted, err
		}
	}
}

// workerKilled ends one of two worker processes of a pipeline with SIGKILL, in the middle of its tasks.
func workerKilled(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	run, err := pipeline.Topology[int, int]{Endpoint: "tcp://127.0.0.1:*"}.Run(sys)
	if err != nil {
		return err
	}
	var workers []*peer
	for range 2 {
		w, err := startPeer("worker", run.Endpoint())
		if err != nil {
			return err
		}
		close(w.ended) // it says one word, which nobody has to read
		workers = append(workers, w)
	}
	defer func() { err = errors.Join(err, workers[1].stop()) }()
	when := s.load/4 + s.random.IntN(s.load/4)
	tasks := func(yield func(int) bool) {
		for range s.load {
			id, _ := s.ledger.next()
			s.ledger.note(id, accepted)
			if !yield(id) {
				return
			}
		}
	}
	results, killed := 0, time.Time{}
	for r, err := range run.Process(ctx, tasks) {
		if err != nil {
			return err
		}
		s.ledger.note(r.Value/2, delivered)
		if results++; results == when {
			killed = time.Now()
			if err := workers[0].kill(); err != nil {
				return err
			}
		}
		if results >= when && s.recovered == 0 && run.Stats().Vanished > 0 { // what it held is with others
			s.recovered = time.Since(killed)
		}
	}
	stats := run.Stats()
	s.note("%d tasks were handed out again", stats.Redelivered)
	const credit = 2
	if stats.Completed != uint64(s.load) || stats.GaveUp != 0 || stats.Open != 0 || stats.Vanished < 1 || stats.Redelivered > credit*stats.Vanished {
		return fmt.Errorf("the run counts %+v", stats)
	}
	return nil
}

// addressTaken has a stranger who wants the address of a listener that is lost again and again. An address stays the listener's
// own; of an interface that was named, which libzmq binds, the stranger gets it, and the listener waits.
func addressTaken(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	if err := s.contend(ctx, sys, "127.0.0.1", func(_ *zsock.Socket, taken net.Listener) error {
		if taken == nil {
			return nil
		}
		return errors.Join(errors.New("a stranger got the address"), taken.Close())
	}); err != nil {
		return err
	}
	card, err := loopback()
	if err != nil {
		return err
	}
	waited := 0
	return errors.Join(s.contend(ctx, sys, card, func(pull *zsock.Socket, taken net.Listener) error {
		if taken == nil {
			return nil
		}
		news, err := pull.Monitor(ctx, zsock.WithEventKinds(zsock.EventBindSuspended))
		if err != nil {
			return errors.Join(err, taken.Close())
		}
		defer news.Close()
		select {
		case e := <-news.Events():
			if waited++; !errors.Is(e.Err, zsock.ErrAddressInUse) {
				err = fmt.Errorf("it waits for something else: %w", e.Err)
			}
		case <-ctx.Done():
			err = errors.New("nobody noticed that the address is taken")
		}
		return errors.Join(err, taken.Close())
	}), func() error {
		s.note("in %d restarts of a named interface the listener waited for a stranger", waited)
		if waited == 0 {
			return errors.New("the stranger never won")
		}
		return nil
	}())
}

// contend has the libzmq socket of a listener lost, and a stranger after its address each time.
func (s *scene) contend(ctx context.Context, sys *zsock.System, host string, won func(*zsock.Socket, net.Listener) error) error {
	pull, err := sys.Open(zsock.Pull, append(small(), zsock.WithBind("tcp://"+host+":*"))...)
	if err != nil {
		return err
	}
	where, err := bound(ctx, pull)
	if err != nil {
		return err
	}
	push, err := sys.Open(zsock.Push, append(small(), zsock.WithConnect(where), quickReconnect())...)
	if err != nil {
		return err
	}
	s.sends(push)
	s.receives(pull)
	s.reading(ctx, pull)
	for range 10 {
		if err := s.through(ctx, push); err != nil {
			return err
		}
		if err := pull.Ref().Tell(ctx, zsock.Fault{}); err != nil {
			return err
		}
		var taken net.Listener
		for range 1000 { // until it is bound again, which the stranger then can't
			if taken, err = net.Listen("tcp", strings.TrimPrefix(where, "tcp://")); err == nil {
				break
			}
		}
		if err := won(pull, taken); err != nil {
			return err
		}
		if err := errors.Join(s.recovers(ctx, push), s.postAll(ctx, push, 10)); err != nil {
			return err
		}
	}
	return errors.Join(s.settled(ctx, push), balanced(ctx, sys), push.Close(), pull.Close())
}

// loopback is the name of the loopback interface.
func loopback() (string, error) {
	cards, err := net.Interfaces()
	for _, c := range cards {
		if c.Flags&net.FlagLoopback != 0 && c.Flags&net.FlagUp != 0 {
			return c.Name, nil
		}
	}
	return "", errors.Join(errors.New("this machine has no loopback interface"), err)
}
