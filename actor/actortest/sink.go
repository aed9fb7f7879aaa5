package actortest

import (
	"context"
	"fmt"

	"github.com/actomq/actomq/actor"
)

// Sink is what the actors under test may tell: it keeps the messages, across its own restarts as well, and waits for them. It
// keeps the newest 100,000.
type Sink[M any] struct{ messages log[M] }

// NewSink makes a sink.
func NewSink[M any]() *Sink[M] { return &Sink[M]{newLog[M]()} }

// New makes a behaviour, to be given to actor.Spawn and supervision.Actor.
func (s *Sink[M]) New() actor.Behavior[M] {
	return actor.Func[M](func(_ *actor.Context[M], m M) error {
		s.messages.add(m)
		return nil
	})
}

// Messages gives what came so far, in order.
func (s *Sink[M]) Messages() []M { return s.messages.matching(nil) }

// Await waits until n messages came, and gives all that came.
func (s *Sink[M]) Await(ctx context.Context, n int) ([]M, error) {
	found, err := s.messages.await(ctx, n, nil)
	if err != nil {
		return found, fmt.Errorf("actortest: %d of %d messages came: %w; the newest:%s", len(found), n, err,
			newest(found, func(m M) string { return fmt.Sprintf("%+v", m) }))
	}
	return found, nil
}
