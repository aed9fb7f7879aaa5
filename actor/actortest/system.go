package actortest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
)

// closeTimeout is how long a system may take to end; in a bubble of testing/synctest it takes no time.
const closeTimeout = time.Minute

// New starts a system that logs nothing and whose events and dead letters the probe hears. It is closed when the test ends;
// actors that have not stopped a minute later are an error of the test. So is a cycle of handlers that wait for each other,
// see Probe.Cycles; a test that means to have one passes actor.WithWaits. A failure that ended the system is no error: tests
// of failures look at System.Err themselves.
func New(t testing.TB, opts ...actor.SystemOption) (*actor.System, *Probe) {
	t.Helper()
	probe := NewProbe()
	keep := probe.waits.report
	probe.waits.report = func(cycle string) {
		keep(cycle)
		t.Errorf("actors wait for each other: %s", cycle)
	}
	sys, err := actor.NewSystem(append([]actor.SystemOption{
		actor.WithLogger(slog.New(slog.DiscardHandler)),
		actor.WithEvents(probe.Event),
		actor.WithDeadLetters(probe.DeadLetter),
		actor.WithWaits(probe.Waits),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		err := sys.Close(ctx)
		select {
		case <-sys.Done():
		default:
			t.Errorf("the system did not end: %v\n%v", err, sys.Snapshot())
		}
	})
	return sys, probe
}
