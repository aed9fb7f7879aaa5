package zsock

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// Whoever waits in Recv already gets what comes after somebody else has asked for the channel.
func TestAReceiveThatWaitsGetsWhatComesAfterTheFirstMessages(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	for range 30 {
		pull, push := pair(t, sys, "inproc://diverted", Pull, Push)
		const readers = 3
		var group sync.WaitGroup
		for i := range readers {
			group.Go(func() {
				buf := make([]Message, 1)
				var err error
				if i == 0 {
					_, err = pull.Recv(ctx)
				} else {
					_, err = pull.RecvBatch(ctx, buf)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		for range 50 {
			runtime.Gosched()
		}
		pull.Messages()
		for range readers {
			must(t, push.Send(ctx, Text("hello")))
		}
		group.Wait()
		must(t, push.Close())
		must(t, pull.Close())
	}
}

func TestEachMessageGoesToOneOfManyReadersOfAllKinds(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://mixed", Pull, Push)
	const total = 20_000
	var seen [total]atomic.Int32
	var got atomic.Int32
	reading, stop := context.WithCancel(ctx)
	count := func(messages ...Message) {
		for _, m := range messages {
			seen[binary.BigEndian.Uint32(m.Frame(0))].Add(1)
			if got.Add(1) == total {
				stop()
			}
		}
	}
	var group sync.WaitGroup
	for _, read := range []func(){
		func() {
			for {
				m, err := pull.Recv(reading)
				if err != nil {
					return
				}
				count(m)
			}
		},
		func() { // gives up and comes again
			for reading.Err() == nil {
				short, cancel := context.WithCancel(reading)
				go cancel()
				if m, err := pull.Recv(short); err == nil {
					count(m)
				}
			}
		},
		func() {
			buf := make([]Message, 10)
			for {
				n, err := pull.RecvBatch(reading, buf)
				count(buf[:n]...)
				if err != nil {
					return
				}
			}
		},
		func() {
			for m, err := range pull.All(reading) {
				if err != nil {
					return
				}
				count(m)
			}
		},
		func() {
			for reading.Err() == nil {
				if m, err := pull.TryRecv(); err == nil {
					count(m)
				} else if !errors.Is(err, ErrWouldBlock) {
					t.Error(err)
					return
				}
				runtime.Gosched()
			}
		},
		func() {
			for got.Load() < total/4 && reading.Err() == nil { // in the middle of all
				runtime.Gosched()
			}
			for {
				select {
				case m := <-pull.Messages():
					count(m)
				case <-reading.Done():
					return
				}
			}
		},
	} {
		group.Go(read)
	}
	for i := range total {
		must(t, push.Send(ctx, Bytes(binary.BigEndian.AppendUint32(nil, uint32(i)))))
	}
	<-reading.Done()
	group.Wait()
	for i := range seen {
		if n := seen[i].Load(); n != 1 {
			t.Fatalf("message %d was read %d times, %d of %d messages in all", i, n, got.Load(), total)
		}
	}
	balance(t, pull)
}

func TestReadersOfAllKindsEndWithTheSocket(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull := open(t, sys, Pull)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := pull.Recv(ctx); !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		})
		group.Go(func() {
			for m := range pull.Messages() {
				t.Error(m)
			}
		})
		group.Go(func() {
			for m, err := range pull.All(ctx) {
				t.Error(m, err)
			}
		})
	}
	for range 50 {
		runtime.Gosched()
	}
	must(t, pull.Close())
	group.Wait()
}
