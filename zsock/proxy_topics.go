package zsock

import (
	"context"
	"errors"
)

// topics are what a proxy has subscribed to for the peers of its XPub. They are bounded: who may subscribe can make up any number
// of topics. Beyond the bound the proxy subscribes to everything, which serves all peers, since the XPub passes on only what
// they want. A peer has no more power by that: it could have subscribed to everything itself.
type topics struct {
	known      map[string]struct{}
	bytes      int // of them
	everything bool
	limit      int
}

const (
	proxyTopics     = 100_000
	proxyTopicBytes = 16 << 20
)

// giveSubscriptions makes subscriptions of what an XPub received, so that the XSub has them after a restart, too. An XPub
// tells of each topic once, except after its own restart, when its peers subscribe again.
func (p *pump) giveSubscriptions(ctx context.Context) error {
	for len(p.hand) > 0 {
		m := p.hand[0]
		first, rest := m.parts()
		var err error
		switch {
		case len(rest) > 0 || len(first) == 0 || first[0] > 1: // a message of a peer
			err = p.to.Send(ctx, m)
		case first[0] == 1:
			err = p.subscribe(ctx, string(first[1:]))
		default:
			err = p.unsubscribe(ctx, string(first[1:]))
		}
		if err != nil {
			return err
		}
		p.gave(1)
	}
	return nil
}

func (p *pump) subscribe(ctx context.Context, topic string) error {
	t := &p.topics
	if _, known := t.known[topic]; known {
		return nil
	}
	if len(t.known) >= t.limit || t.bytes+len(topic) > proxyTopicBytes {
		p.overlooked.Add(1)
		if t.everything {
			return nil
		}
		if err := p.change(ctx, p.to.Subscribe, ""); err != nil {
			return err
		}
		t.everything = true
		return nil
	}
	if err := p.change(ctx, p.to.Subscribe, topic); err != nil {
		return err
	}
	if t.known == nil {
		t.known = make(map[string]struct{})
	}
	t.known[topic] = struct{}{}
	t.bytes += len(topic)
	return nil
}

func (p *pump) unsubscribe(ctx context.Context, topic string) error {
	t := &p.topics
	if _, known := t.known[topic]; !known {
		return nil
	}
	if err := p.change(ctx, p.to.Unsubscribe, topic); err != nil && !errors.Is(err, ErrNoSubscription) {
		return err
	}
	delete(t.known, topic)
	t.bytes -= len(topic)
	return nil
}

// change subscribes or unsubscribes, again when the XSub restarts before it answers. Whether it took place then is not known, but one
// subscription too many does no harm.
func (p *pump) change(ctx context.Context, change func(context.Context, ...string) error, topic string) (err error) {
	for err = change(ctx, topic); errors.Is(err, ErrRestarted) && ctx.Err() == nil; err = change(ctx, topic) {
	}
	return err
}
