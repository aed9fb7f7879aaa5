package reactor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	before := descriptors()
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if after := descriptors(); after > before+4 { // the runtime's own netpoller opens some
			fmt.Fprintf(os.Stderr, "%d descriptors before the tests, %d after\n", before, after)
			code = 1
		}
	}
	os.Exit(code)
}

func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

const patience = 20 * time.Second

func backends() []Backend {
	if runtime.GOOS != "linux" {
		return []Backend{PollTable}
	}
	return []Backend{PollTable, EpollPoll, EpollPark}
}

func eachBackend(t *testing.T, test func(t *testing.T, r *Reactor)) {
	for _, b := range backends() {
		t.Run(b.String(), func(t *testing.T) { test(t, start(t, b)) })
	}
}

func start(t testing.TB, b Backend) *Reactor {
	t.Helper()
	r, err := New(WithBackend(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

// pipe is a fake descriptor that tests make readable at will.
type pipe struct{ read, write int }

func newPipe(t testing.TB) *pipe {
	t.Helper()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	p := &pipe{fds[0], fds[1]}
	t.Cleanup(p.close)
	return p
}

func (p *pipe) close() {
	for _, fd := range []*int{&p.read, &p.write} {
		if *fd >= 0 {
			_ = syscall.Close(*fd)
			*fd = -1
		}
	}
}

func (p *pipe) signal() {
	for {
		if _, err := syscall.Write(p.write, []byte{1}); !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

func (p *pipe) drain() {
	var one [1]byte
	for {
		if _, err := syscall.Read(p.read, one[:]); !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

func watch(t testing.TB, r *Reactor, fd int, token chan struct{}) *Watch {
	t.Helper()
	w, err := r.Watch(fd, token)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func arm(t testing.TB, w *Watch) {
	t.Helper()
	if err := w.Arm(); err != nil {
		t.Fatal(err)
	}
}

func expect(t testing.TB, token chan struct{}) {
	t.Helper()
	select {
	case <-token:
	case <-time.After(patience):
		t.Fatal("no token")
	}
}

// settled returns once the reactor has handled everything before: another descriptor has made a round trip.
func settled(t testing.TB, r *Reactor) {
	t.Helper()
	p, token := newPipe(t), make(chan struct{}, 1)
	w := watch(t, r, p.read, token)
	for range 2 {
		p.signal()
		arm(t, w)
		expect(t, token)
		p.drain()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func expectNone(t testing.TB, r *Reactor, token chan struct{}) {
	t.Helper()
	settled(t, r)
	select {
	case <-token:
		t.Fatal("an unexpected token")
	default:
	}
}

func TestATokenComesForEachArmAndNotWithout(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		p, token := newPipe(t), make(chan struct{}, 1)
		w := watch(t, r, p.read, token)
		p.signal()
		expectNone(t, r, token) // readable, but not armed
		arm(t, w)
		expect(t, token) // readable before it was armed
		expectNone(t, r, token)
		arm(t, w) // still readable
		expect(t, token)
		p.drain()
		arm(t, w)
		expectNone(t, r, token) // armed, but not readable
		arm(t, w)               // arming twice changes nothing
		p.signal()
		expect(t, token)
		p.signal()
		expectNone(t, r, token)
	})
}

func TestWatchesMayShareAChannelAndNobodyHasToRead(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		token := make(chan struct{}, 1)
		for range 20 {
			p := newPipe(t)
			w := watch(t, r, p.read, token)
			p.signal()
			arm(t, w)
		}
		settled(t, r) // the loop goes on although the channel is full
		expect(t, token)
		expectNone(t, r, token)
	})
}

func TestFiredTellsWhichOfTheSendersOfATokenItWas(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		token := make(chan struct{}, 1)
		busy, idle := newPipe(t), newPipe(t)
		w, other := watch(t, r, busy.read, token), watch(t, r, idle.read, token)
		arm(t, w)
		arm(t, other)
		if w.Fired() || other.Fired() {
			t.Error("fired before anything was readable")
		}
		busy.signal()
		expect(t, token)
		if !w.Fired() || other.Fired() {
			t.Error("want the watch whose descriptor is readable to have fired, and no other")
		}
		if w.Fired() {
			t.Error("fired twice by one signal")
		}
	})
}

func TestCloseIsAcknowledgedWhileTheDescriptorFires(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		for range 300 {
			token := make(chan struct{}, 1)
			p := newPipe(t)
			w := watch(t, r, p.read, token)
			var group sync.WaitGroup
			group.Go(p.signal)
			arm(t, w)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			select { // what came before the close may be there
			case <-token:
			default:
			}
			group.Wait()
			number := p.read
			p.close()
			// The number is free: its next owner must not hear of the old watch, nor the old one of it.
			next := newPipe(t)
			nextToken := make(chan struct{}, 1)
			if next.read != number && next.write != number {
				t.Logf("the number %d was not reused", number)
			}
			nextWatch := watch(t, r, next.read, nextToken)
			next.signal()
			select {
			case <-nextToken:
				t.Fatal("a token before the first arm")
			case <-token:
				t.Fatal("a token after the close was acknowledged")
			default:
			}
			arm(t, nextWatch)
			expect(t, nextToken)
			select {
			case <-token:
				t.Fatal("a token after the close was acknowledged")
			default:
			}
			if err := errors.Join(nextWatch.Close(), nextWatch.Close(), w.Close()); err != nil {
				t.Fatal(err)
			}
			if err := w.Arm(); !errors.Is(err, ErrClosed) {
				t.Fatal(err)
			}
			next.close()
		}
	})
}

func TestADescriptorThatWasClosedTooEarlyHurtsNobody(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		p, token := newPipe(t), make(chan struct{}, 1)
		w := watch(t, r, p.read, token)
		p.close()
		_ = w.Arm() // an error or a token, so that the owner looks
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		settled(t, r)
	})
}

func TestAThousandDescriptorsFireEachOnce(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		const count = 1000
		var pipes []*pipe
		var tokens []chan struct{}
		for range count {
			p, token := newPipe(t), make(chan struct{}, 2)
			pipes, tokens = append(pipes, p), append(tokens, token)
			arm(t, watch(t, r, p.read, token))
		}
		for _, p := range pipes {
			p.signal()
		}
		for _, token := range tokens {
			expect(t, token)
		}
		settled(t, r)
		for _, token := range tokens {
			select {
			case <-token:
				t.Fatal("two tokens for one arm")
			default:
			}
		}
	})
}

func TestIdleDescriptorsDoNotWakeTheLoop(t *testing.T) {
	eachBackend(t, func(t *testing.T, r *Reactor) {
		for range 100 {
			arm(t, watch(t, r, newPipe(t).read, make(chan struct{}, 1)))
		}
		p, token := newPipe(t), make(chan struct{}, 1)
		w := watch(t, r, p.read, token)
		settled(t, r)
		before := r.Wakeups()
		const trips = 100
		for range trips {
			arm(t, w)
			p.signal()
			expect(t, token)
			p.drain()
		}
		// The table wakes once more for each change of it.
		if woken := r.Wakeups() - before; woken > 3*trips {
			t.Errorf("%d wake-ups for %d round trips beside 100 idle descriptors", woken, trips)
		}
	})
}

func TestManyGoroutinesWatchArmAndCloseWhileTheReactorCloses(t *testing.T) {
	for _, b := range backends() {
		t.Run(b.String(), func(t *testing.T) {
			r := start(t, b)
			var group sync.WaitGroup
			half := make(chan struct{})
			for worker := range 8 {
				group.Go(func() {
					token := make(chan struct{}, 1)
					for i := range 200 {
						if worker == 0 && i == 100 {
							close(half)
						}
						var fds [2]int
						if err := syscall.Pipe(fds[:]); err != nil {
							t.Error(err)
							return
						}
						p := &pipe{fds[0], fds[1]}
						w, err := r.Watch(p.read, token)
						if err == nil {
							if err = w.Arm(); err == nil && i%2 == 0 {
								p.signal()
								select {
								case <-token:
								case <-r.done:
								case <-time.After(patience):
									t.Error("no token")
								}
							}
							if closing := w.Close(); closing != nil {
								t.Error(closing)
							}
						}
						p.close()
						if err != nil && !errors.Is(err, ErrClosed) {
							t.Error(err)
							return
						}
					}
				})
			}
			<-half
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := r.Close(ctx); err != nil {
				t.Error(err)
			}
			group.Wait()
			if _, err := r.Watch(0, nil); !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
			if err := r.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	for _, backend := range backends() {
		for _, idle := range []int{0, 1000, 5000} {
			b.Run(fmt.Sprintf("%v/idle=%d", backend, idle), func(b *testing.B) {
				r := start(b, backend)
				var limit syscall.Rlimit
				if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < uint64(2*idle+100) {
					b.Skipf("%d open files are allowed, %d are needed", limit.Cur, 2*idle+100)
				}
				for range idle {
					arm(b, watch(b, r, newPipe(b).read, make(chan struct{}, 1)))
				}
				there, back := newPipe(b), newPipe(b)
				there1, back1 := make(chan struct{}, 1), make(chan struct{}, 1)
				thereWatch, backWatch := watch(b, r, there.read, there1), watch(b, r, back.read, back1)
				rounds := b.N
				done := make(chan struct{})
				go func() {
					defer close(done)
					for range rounds {
						_ = thereWatch.Arm()
						<-there1
						there.drain()
						back.signal()
					}
				}()
				b.ResetTimer()
				for range rounds {
					there.signal()
					arm(b, backWatch)
					<-back1
					back.drain()
				}
				<-done
			})
		}
	}
}
