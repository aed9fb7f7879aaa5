package zsocktest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/actomq/actomq/actor/actortest"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// patience is how long a system may take to close.
const patience = time.Minute

// New starts a system that logs nothing, whose events and dead letters the probe hears, and which restarts a lost socket
// within milliseconds, however often. When the test ends it is closed, and it is an error of the test if that takes longer
// than a minute, or if the books of a socket that was open until then do not close, see zsock.Stats.
//
// opts come last, so they may set another limit for restarts; they must not replace the hooks.
func New(t testing.TB, opts ...zsock.SystemOption) (*zsock.System, *actortest.Probe) {
	t.Helper()
	probe := actortest.NewProbe()
	sys, err := zsock.NewSystem(append([]zsock.SystemOption{
		zsock.WithLogger(slog.New(slog.DiscardHandler)),
		zsock.WithEvents(probe.Event), zsock.WithDeadLetters(probe.DeadLetter),
		zsock.WithRestarts(supervision.Spec{
			Intensity: 1_000_000, Backoff: supervision.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond},
		}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		sockets := sys.Sockets()
		if err := sys.Close(ctx); err != nil {
			t.Error(err)
			return
		}
		for _, s := range sockets {
			if !s.Stats().Balanced() {
				t.Errorf("the books of %s do not close: %v", s.Name(), s.Stats())
			}
		}
	})
	return sys, probe
}

// Kill takes the libzmq socket of s away, as a failure inside of libzmq would, and waits until the socket's supervisor has
// brought it back. What libzmq held for it is lost, as zsock promises no more; everything else has to survive. The error
// says that it is closed, that nobody restarts it any more, or is that of ctx.
func Kill(ctx context.Context, s *zsock.Socket) error {
	before := uint64(0)
	err := until(ctx, s.Done(), func() (running bool) { // it may be restarting for another reason
		before, running = restarts(s)
		return running
	})
	if err != nil {
		return fmt.Errorf("zsocktest: kill %s: %w", s.Name(), err)
	}
	if err := s.Ref().Tell(ctx, zsock.Fault{}); err != nil {
		return fmt.Errorf("zsocktest: kill %s: %w", s.Name(), err)
	}
	err = until(ctx, s.Done(), func() bool {
		now, running := restarts(s)
		return running && now > before
	})
	if err != nil {
		return fmt.Errorf("zsocktest: kill %s: it has not come back: %w", s.Name(), err)
	}
	return nil
}

// restarts is how often a socket was restarted, and whether it runs.
func restarts(s *zsock.Socket) (n uint64, running bool) {
	seen, ok := s.System().Snapshot().Find(s.Ref().Path())
	return seen.Restarts, ok && seen.State == "running"
}

// Settle waits until the books of all open sockets close: everything that was accepted is sent, queued, or refused, and
// everything received is read or waits.
func Settle(ctx context.Context, sys *zsock.System) error {
	for _, s := range sys.Sockets() {
		if err := until(ctx, nil, func() bool { return s.Stats().Balanced() }); err != nil {
			return fmt.Errorf("zsocktest: settle: the books of %s do not close: %v: %w", s.Name(), s.Stats(), err)
		}
	}
	return nil
}

// until waits for a condition that nobody announces.
func until(ctx context.Context, done <-chan struct{}, holds func() bool) error {
	for !holds() {
		select {
		case <-done:
			return zsock.ErrClosed
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}
