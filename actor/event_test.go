package actor

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventsAndDeadLettersPrintOnOneShortLine(t *testing.T) {
	err := errors.New("boom\nin many\nlines")
	for want, one := range map[string]any{
		"started /a attempt=1": Event{Time: time.Now(), Kind: Started, Path: "/a", Attempt: 1},
		"stopped /a":           Event{Kind: Stopped, Path: "/a"},
		"failed /a/b message=string: actor: panic: boom": Event{Kind: Failed, Path: "/a/b", Err: &PanicError{Value: err}, Message: "hello", Stack: []byte("stack")},
		"restarting /a attempt=2 delay=50ms: boom":       Event{Kind: Restarting, Path: "/a", Attempt: 2, Delay: 50 * time.Millisecond, Err: err},
		"int to /a: boom":           DeadLetter{Time: time.Now(), Path: "/a", Message: 7, Reason: err},
		"<nil> to : <nil>":          DeadLetter{},
		"[stopped /a stopped /b]":   []Event{{Kind: Stopped, Path: "/a"}, {Kind: Stopped, Path: "/b"}},
		"failed : nil *actor.nasty": Event{Kind: Failed, Err: (*nasty)(nil)},
	} {
		if got := fmt.Sprint(one); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestKeptDeadLetterStillTellsTheTypeOfItsMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.Bury(DeadLetter{Path: "/a", Message: 7, Reason: errBoom})
		synctest.Wait()
		if _, recent := w.DeadLetters(); len(recent) != 1 || recent[0].String() != "int to /a: boom" {
			t.Errorf("%v", recent)
		}
	})
}
