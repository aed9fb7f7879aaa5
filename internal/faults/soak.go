package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// soakSlices is into how many parts a soak is cut: every other one is disturbed, and the first pair, a tenth of the whole, is
// there to warm up.
const soakSlices = 20

// soakFor runs a load for that long. In every other slice something fails every 100 ms; what comes through then is compared with
// what comes through in the slices between, and what the process holds at the end with what it held after the first tenth.
func soakFor(length time.Duration, seed uint64, out io.Writer) (err error) {
	s := newScene(seed, 0)
	var dead atomic.Uint64
	sys, end, err := s.system(zsock.WithDeadLetters(func(actor.DeadLetter) { dead.Add(1) }))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), length+time.Minute)
	defer s.running.Wait()
	defer cancel()
	defer end(&err)
	l, err := s.startLoad(ctx, sys)
	if err != nil {
		return err
	}
	began, failures := time.Now(), 0
	var messages, seconds [2]float64 // undisturbed, disturbed
	var first footprint
	for i := range soakSlices {
		failing := i % 2
		_, before, _ := l.sums()
		begin := time.Now()
		n, err := l.slice(ctx, s.random, begin.Add(length/soakSlices), failing > 0)
		if err != nil {
			return err
		}
		failures += n
		sent, delivered, _ := l.sums()
		rate := float64(delivered-before) / time.Since(begin).Seconds()
		if i >= 2 {
			messages[failing] += float64(delivered - before)
			seconds[failing] += time.Since(begin).Seconds()
		}
		now := measure()
		if i == 1 {
			first = now
		}
		fmt.Fprintf(out, "%8v  %d failures, %8.0f messages/s, sent %d, delivered %d, %v\n", time.Since(began).Round(time.Second), n, rate, sent, delivered, now)
	}
	if err := errors.Join(l.settle(ctx), balanced(ctx, sys)); err != nil {
		return err
	}
	last := measure()
	sent, delivered, doubled := l.sums()
	cuts := l.cuts()
	lost := int64(sent - delivered - dead.Load())
	fmt.Fprintf(out, "%d failures in %v: sent %d, delivered %d, dead %d, lost %d (%d may be, in %d connections cut), doubled %d; %v\n", failures,
		time.Since(began).Round(time.Second), sent, delivered, dead.Load(), lost, cuts*held, cuts, doubled, last)
	ratio := (messages[1] / seconds[1]) / (messages[0] / seconds[0])
	fmt.Fprintf(out, "throughput under failures: %.2f of the undisturbed one\n", ratio)
	switch {
	case doubled > 0 || lost < 0 || lost > int64(cuts*held):
		return errors.New("the books do not close")
	case last.grew(first):
		return fmt.Errorf("something grows: %v, then %v", first, last)
	case ratio < 0.7:
		return fmt.Errorf("throughput fell to %.2f, at least 0.7 is asked for", ratio)
	}
	return nil
}

// load is what the streams carry.
type load struct {
	streams []*stream
	halt    chan struct{}
	ended   chan error // of each sender
}

func (s *scene) startLoad(ctx context.Context, sys *zsock.System) (*load, error) {
	l := &load{halt: make(chan struct{}), ended: make(chan error, streams)}
	for range streams {
		t := &stream{}
		for i := range t.seen {
			t.seen[i] = i%2 == 0 // so that its pages are there when the memory is measured
		}
		clear(t.seen[:])
		var err error
		if t.push, t.pull, err = couple(ctx, sys, small()...); err != nil {
			return nil, err
		}
		l.streams = append(l.streams, t)
	}
	for _, t := range l.streams {
		s.running.Go(func() { t.read(ctx) })
		s.running.Go(func() {
			var err error
			for err == nil {
				select {
				case <-l.halt:
					l.ended <- nil
					return
				default:
					err = t.send(ctx)
				}
			}
			l.ended <- err
		})
	}
	return l, nil
}

// slice lets the load run until then, and tells how often something failed.
func (l *load) slice(ctx context.Context, random *rand.Rand, until time.Time, failing bool) (failures int, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	over := time.After(time.Until(until))
	for {
		select {
		case <-over:
			return failures, nil
		case err := <-l.ended:
			return failures, fmt.Errorf("a sender ended: %w", err)
		case <-tick.C:
			if !failing {
				continue
			}
			failures++
			t := l.streams[random.IntN(len(l.streams))]
			if err := []*zsock.Socket{t.push, t.pull}[random.IntN(2)].Ref().Tell(ctx, zsock.Fault{}); err != nil {
				return failures, err
			}
		}
	}
}

// settle ends the senders and waits for what they sent.
func (l *load) settle(ctx context.Context) error {
	close(l.halt)
	for range l.streams {
		if err := <-l.ended; err != nil {
			return err
		}
	}
	for _, t := range l.streams {
		if err := t.settled(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) sums() (sent, delivered, doubled uint64) {
	for _, t := range l.streams {
		sent, delivered, doubled = sent+t.sent.Load(), delivered+t.delivered.Load(), doubled+t.doubled.Load()
	}
	return sent, delivered, doubled
}

// cuts is how many connections the senders lost.
func (l *load) cuts() (n int) {
	for _, t := range l.streams {
		n += int(t.push.EventCount(zsock.EventRestarted) + t.push.EventCount(zsock.EventDisconnected))
	}
	return n
}

// streams is how many couples of sockets share the load.
const streams = 4

// stream is the books of one couple, of a size that does not depend on how many messages there are.
type stream struct {
	push, pull *zsock.Socket
	sent       atomic.Uint64 // numbers from 0
	delivered  atomic.Uint64
	doubled    atomic.Uint64
	newest     uint64
	arrived    atomic.Uint64 // newest, for others
	seen       [window]bool  // of the newest numbers, whether they were delivered
}

// window is how far numbers may be out of order: what a socket that was lost had under way still arrives within its
// linger, beside what its successor sends.
const window = 1 << 20

func (t *stream) take(n uint64) {
	for t.newest < n {
		t.newest++
		t.seen[t.newest%window] = false
	}
	if t.newest-n >= window || t.seen[n%window] {
		t.doubled.Add(1)
	}
	t.seen[n%window] = true
	t.delivered.Add(1)
	t.arrived.Store(t.newest)
}

func (t *stream) read(ctx context.Context) {
	batch := make([]zsock.Message, 256)
	for {
		n, err := t.pull.RecvBatch(ctx, batch)
		if err != nil {
			return
		}
		for _, m := range batch[:n] {
			t.take(binary.LittleEndian.Uint64(m.Frame(0)))
		}
	}
}

func (t *stream) send(ctx context.Context) error {
	body := make([]byte, messageSize)
	binary.LittleEndian.PutUint64(body, t.sent.Load())
	err := t.push.Post(ctx, zsock.Bytes(body))
	if err == nil {
		t.sent.Add(1)
	}
	return err
}

// settled waits until a last message has arrived, which has all others before it.
func (t *stream) settled(ctx context.Context) error {
	for {
		n := t.sent.Load()
		if err := t.send(ctx); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		err := until(short, func() bool { return t.arrived.Load() >= n })
		cancel()
		if err == nil || ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}
