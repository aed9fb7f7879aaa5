package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// soakFor runs a load under a failure every 100 ms, between two runs of the same load undisturbed, each a tenth as long.
func soakFor(length time.Duration, seed uint64, out io.Writer) error {
	var calm, disturbed []float64
	for i, part := range []struct {
		length  time.Duration
		failing bool
	}{{length / 10, false}, {length, true}, {length / 10, false}} {
		rate, err := soakOnce(part.length, part.failing, seed+uint64(i), out)
		if err != nil {
			return err
		}
		if part.failing {
			disturbed = append(disturbed, rate)
		} else {
			calm = append(calm, rate)
		}
	}
	ratio := disturbed[0] / ((calm[0] + calm[1]) / 2)
	fmt.Fprintf(out, "throughput under failures: %.2f of the undisturbed one\n", ratio)
	if ratio < 0.7 {
		return fmt.Errorf("throughput fell to %.2f, at least 0.7 is asked for", ratio)
	}
	return nil
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

func soakOnce(length time.Duration, failing bool, seed uint64, out io.Writer) (rate float64, err error) {
	s := newScene(seed, 0)
	var dead atomic.Uint64
	sys, end, err := s.system(zsock.WithDeadLetters(func(actor.DeadLetter) { dead.Add(1) }))
	if err != nil {
		return 0, err
	}
	defer end(&err)
	ctx, cancel := context.WithTimeout(context.Background(), length+patience)
	defer cancel()
	halt, done := make(chan struct{}), make(chan error, streams)
	var all []*stream
	for range streams {
		t := &stream{}
		if t.push, t.pull, err = couple(ctx, sys, small()...); err != nil {
			return 0, err
		}
		all = append(all, t)
		go t.read(ctx)
		go func() {
			for {
				select {
				case <-halt:
					done <- nil
					return
				default:
				}
				if err := t.send(ctx); err != nil {
					done <- err
					return
				}
			}
		}()
	}
	sums := func() (sent, delivered, doubled uint64) {
		for _, t := range all {
			sent, delivered, doubled = sent+t.sent.Load(), delivered+t.delivered.Load(), doubled+t.doubled.Load()
		}
		return sent, delivered, doubled
	}
	failures := 0
	over := time.After(length)
	tick, show := time.NewTicker(100*time.Millisecond), time.NewTicker(max(time.Second, length/20))
	defer tick.Stop()
	defer show.Stop()
	began, first := time.Now(), footprint{}
	for running := true; running; {
		select {
		case <-over:
			running = false
		case <-tick.C:
			if !failing {
				continue
			}
			failures++
			t := all[s.random.IntN(len(all))]
			if err := []*zsock.Socket{t.push, t.pull}[s.random.IntN(2)].Ref().Tell(ctx, zsock.Fault{}); err != nil {
				return 0, err
			}
		case <-show.C:
			now := measure()
			if first == (footprint{}) {
				first = now
			}
			sent, delivered, _ := sums()
			fmt.Fprintf(out, "%8v  %d failures, sent %d, delivered %d, %v\n", time.Since(began).Round(time.Second), failures, sent, delivered, now)
		}
	}
	elapsed := time.Since(began)
	close(halt)
	for range streams {
		if err := <-done; err != nil {
			return 0, err
		}
	}
	for _, t := range all {
		if err := t.settled(ctx); err != nil {
			return 0, err
		}
	}
	if err := balanced(ctx, sys); err != nil {
		return 0, err
	}
	mayLose := uint64(failures * held)
	last := measure()
	sent, delivered, doubled := sums()
	lost := int64(sent - delivered - dead.Load())
	fmt.Fprintf(out, "%d failures in %v: sent %d, delivered %d, dead %d, lost %d (%d may be), doubled %d; %v\n", failures,
		elapsed.Round(time.Second), sent, delivered, dead.Load(), lost, mayLose, doubled, last)
	if doubled > 0 || lost > int64(mayLose) {
		return 0, errors.New("the books do not close")
	}
	if first != (footprint{}) && last.grew(first) {
		return 0, fmt.Errorf("something grows: %v, then %v", first, last)
	}
	return float64(delivered) / elapsed.Seconds(), nil
}

// footprint is what a process holds.
type footprint struct {
	goroutines, descriptors int
	heap                    uint64 // bytes in use after a collection
}

func measure() footprint {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd")
	return footprint{runtime.NumGoroutine(), len(open), m.HeapAlloc}
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d MiB of heap", f.goroutines, f.descriptors, f.heap>>20)
}

func (f footprint) grew(before footprint) bool {
	return f.goroutines > before.goroutines+10 || f.descriptors > before.descriptors+20 || f.heap > before.heap+before.heap/2+8<<20
}
