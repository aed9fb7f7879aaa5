package actortest

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/actomq/actomq/actor"
)

// Probe hears the events and dead letters of systems, and waits for them. It keeps the newest 100,000 of each.
type Probe struct {
	events  log[actor.Event]
	letters log[actor.DeadLetter]
	cycles  log[string]
	waits   waits
}

// NewProbe makes a probe; New makes one together with a system.
func NewProbe() *Probe {
	p := &Probe{events: newLog[actor.Event](), letters: newLog[actor.DeadLetter](), cycles: newLog[string]()}
	p.waits = waits{by: make(map[string]*wait), report: p.cycles.add}
	return p
}

// Event is a hook for actor.WithEvents.
func (p *Probe) Event(e actor.Event) { p.events.add(e) }

// DeadLetter is a hook for actor.WithDeadLetters.
func (p *Probe) DeadLetter(l actor.DeadLetter) { p.letters.add(l) }

// Waits is a hook for actor.WithWaits.
func (p *Probe) Waits(from, to string) (over func()) { return p.waits.begin(from, to) }

// Cycles gives the cycles in which handlers waited for each other's actors for a tenth of a second or more, in Tell for room in a
// mailbox or in Ask for an answer, as "/a -> /b -> /a". Nothing but the end of one of their contexts resolves such a cycle, unless
// somebody else has the Reply that one of them waits on.
func (p *Probe) Cycles() []string { return p.cycles.matching(nil) }

// Is matches events of that kind whose path matches the pattern, as path.Match does; an empty pattern matches all.
func Is(kind actor.EventKind, pattern string) func(actor.Event) bool {
	return func(e actor.Event) bool {
		if e.Kind != kind {
			return false
		}
		matches, err := path.Match(pattern, e.Path)
		return pattern == "" || err == nil && matches
	}
}

// Events gives the events so far that match, in the order in which they came; nil matches all.
func (p *Probe) Events(match func(actor.Event) bool) []actor.Event { return p.events.matching(match) }

// DeadLetters gives the dead letters so far that match, in the order in which they came; nil matches all.
func (p *Probe) DeadLetters(match func(actor.DeadLetter) bool) []actor.DeadLetter {
	return p.letters.matching(match)
}

// Await waits until there are n events that match, counted from the beginning, and gives them and all further ones that there
// are. The error wraps the cause of ctx's end and lists the newest events of any kind.
func (p *Probe) Await(ctx context.Context, n int, match func(actor.Event) bool) ([]actor.Event, error) {
	found, err := p.events.await(ctx, n, match)
	if err != nil {
		return found, fmt.Errorf("actortest: %d of %d events came: %w; the newest of all:%s", len(found), n, err,
			newest(p.events.matching(nil), actor.Event.String))
	}
	return found, nil
}

// AwaitDeadLetters is Await for dead letters.
func (p *Probe) AwaitDeadLetters(ctx context.Context, n int, match func(actor.DeadLetter) bool) ([]actor.DeadLetter, error) {
	found, err := p.letters.await(ctx, n, match)
	if err != nil {
		return found, fmt.Errorf("actortest: %d of %d dead letters came: %w; the newest of all:%s", len(found), n, err,
			newest(p.letters.matching(nil), actor.DeadLetter.String))
	}
	return found, nil
}

func newest[T any](all []T, text func(T) string) string {
	const shown = 20
	var b strings.Builder
	for _, one := range all[max(0, len(all)-shown):] {
		b.WriteString("\n\t" + text(one))
	}
	return b.String()
}
