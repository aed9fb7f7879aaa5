package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/zsock"
)

// closedUnderLoad ends a system while many goroutines send on its sockets and receive from them.
func closedUnderLoad(ctx context.Context, s *scene) error {
	sys, _, err := s.system()
	if err != nil {
		return err
	}
	push, pull, err := s.couple(ctx, sys, append(small(), zsock.WithLinger(0))...)
	if err != nil {
		return errors.Join(err, shut(sys))
	}
	s.allow(held, "the connection closed without linger")
	var group sync.WaitGroup
	failures := make(chan error, 64)
	for range 16 {
		group.Go(func() { s.read(ctx, pull) })
		group.Go(func() {
			for {
				id, m := s.ledger.next()
				err := push.Send(ctx, m)
				s.ledger.outcome(id, err)
				if err != nil {
					if !errors.Is(err, zsock.ErrClosed) {
						failures <- fmt.Errorf("a send during the close ended with %w", err)
					}
					return
				}
			}
		})
	}
	if err := until(ctx, func() bool { return s.ledger.balance().delivered >= s.load }); err != nil {
		return err
	}
	begin := time.Now()
	err = shut(sys)
	s.note("closed in %v", time.Since(begin).Round(time.Millisecond))
	group.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	return err
}

// marksFull fills every queue in both directions between two PAIRs of which nobody reads, then reads.
func marksFull(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	a, err := sys.Open(zsock.Pair, append(small(), zsock.WithBind("tcp://127.0.0.1:*"))...)
	if err != nil {
		return err
	}
	where, err := bound(ctx, a)
	if err != nil {
		return err
	}
	b, err := sys.Open(zsock.Pair, append(small(), zsock.WithConnect(where))...)
	if err != nil {
		return err
	}
	if err := b.WaitConnected(ctx, 1); err != nil {
		return err
	}
	s.sends(a, b)
	s.receives(a, b)
	for _, socket := range []*zsock.Socket{a, b} {
		posted, err := s.fill(ctx, socket)
		if err != nil {
			return err
		}
		s.note("full after %d", posted)
	}
	if err := balanced(ctx, sys); err != nil {
		return err
	}
	if got := s.underWay(); got > 2*held {
		return fmt.Errorf("libzmq and the kernel hold %d messages of a connection, more than is allowed for", got)
	}
	s.reading(ctx, a)
	s.reading(ctx, b)
	return errors.Join(s.drained(ctx), balanced(ctx, sys))
}

// slowSubscriber has one subscriber read nothing, and another everything.
func slowSubscriber(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	pub, err := sys.Open(zsock.Pub, append(small(), zsock.WithBind("tcp://127.0.0.1:*"))...)
	if err != nil {
		return err
	}
	where, err := bound(ctx, pub)
	if err != nil {
		return err
	}
	var subs []*zsock.Socket
	for range 2 {
		sub, err := sys.Open(zsock.Sub, append(small(), zsock.WithConnect(where), zsock.WithSubscribe(""))...)
		if err != nil {
			return err
		}
		subs = append(subs, sub)
	}
	if err := pub.WaitSubscribers(ctx, "", 2); err != nil {
		return err
	}
	fast, slow := subs[0], subs[1]
	s.sends(pub)
	s.receives(fast)
	for i := range s.load {
		if _, err := s.post(ctx, pub); err != nil {
			return err
		}
		if i%50 != 49 {
			continue
		}
		for range 50 { // no more than the high-water mark is under way to the fast one
			m, err := fast.Recv(ctx)
			if err != nil {
				return fmt.Errorf("the fast subscriber at message %d: %w", i, err)
			}
			s.ledger.note(number(m.Frame(0)), delivered)
		}
	}
	got, newest := 0, -1
	for {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		m, err := slow.Recv(short)
		cancel()
		if err != nil {
			break
		}
		n := number(m.Frame(0))
		if n <= newest {
			return fmt.Errorf("the slow subscriber got message %d after message %d", n, newest)
		}
		got, newest = got+1, n
	}
	s.note("the slow one got %d, and misses %d by their numbers", got, s.load-got)
	if got == s.load {
		return errors.New("the slow subscriber was not slow")
	}
	return balanced(ctx, sys)
}

// garbage sends what is no ZMTP to a port whose socket serves a good peer meanwhile.
func garbage(ctx context.Context, s *scene) (err error) {
	sys, end, err := s.system()
	if err != nil {
		return err
	}
	defer end(&err)
	push, pull, err := s.couple(ctx, sys, zsock.WithOption("handshake_ivl", 200*time.Millisecond))
	if err != nil {
		return err
	}
	var strange atomic.Int64
	s.running.Go(func() {
		for m, err := range pull.All(ctx) {
			if id := number(m.Frame(0)); err != nil {
				return
			} else if id >= 0 {
				s.ledger.note(id, delivered)
			} else {
				strange.Add(1)
				s.stranger()
			}
		}
	})
	where, err := bound(ctx, pull)
	if err != nil {
		return err
	}
	good := make(chan error, 1)
	go func() { good <- s.postAll(ctx, push, s.load) }()
	const strangers = 100
	for i := range strangers {
		if err := babble(strings.TrimPrefix(where, "tcp://"), i, s.random); err != nil {
			return err
		}
	}
	if err := <-good; err != nil {
		return err
	}
	s.note("%d strangers, whose bytes made %d messages: libzmq takes what is no greeting for ZMTP 1.0", strangers, strange.Load())
	if err := until(ctx, func() bool { return pull.ReadyPeers() == 1 }); err != nil {
		return fmt.Errorf("%d peers are left, 1 is good: %w", pull.ReadyPeers(), err)
	}
	return errors.Join(s.settled(ctx, push), balanced(ctx, sys))
}

func babble(address string, i int, random *rand.Rand) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	greeting := "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL" + strings.Repeat("\x00", 16+32)
	noise := make([]byte, 1+random.IntN(4096))
	for j := range noise {
		noise[j] = byte(random.Uint32())
	}
	words := []string{
		string(noise), "GET / HTTP/1.1\r\n\r\n", greeting[:20], greeting + "\x02\xff\xff\xff\xff\xff\xff\xff\xff",
		greeting + string(noise), "",
	}
	// What the other end makes of it is seen in the good peer; that it hangs up in the middle is no error.
	_, _ = c.Write([]byte(words[i%len(words)]))
	return nil
}
