package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		os.Exit(playRole(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

func TestEveryFaultIsSurvived(t *testing.T) {
	for _, f := range all() {
		t.Run(f.name, func(t *testing.T) {
			var out bytes.Buffer
			if status := run([]string{"-messages", "2000", "-only", "^" + f.name + "$"}, &out); status != 0 {
				t.Error(status)
			}
			t.Log(out.String())
		})
	}
}

func TestASoakComparesWithAnUndisturbedRun(t *testing.T) {
	var out bytes.Buffer
	// So short a run says nothing about the ratio, so its verdict does not count here.
	run([]string{"-soak", "2s"}, &out)
	if !strings.Contains(out.String(), "throughput under failures") {
		t.Error(out.String())
	}
	t.Log(out.String())
}

func TestTheLedgerFindsWhatIsLostDoubledOrInvented(t *testing.T) {
	fates := map[string]struct {
		what []fate
		want balance
		ok   bool
	}{
		"delivered":                {[]fate{accepted, delivered}, balance{sent: 1, accepted: 1, delivered: 1}, true},
		"delivered before noticed": {[]fate{delivered, accepted}, balance{sent: 1, accepted: 1, delivered: 1}, true},
		"dead letter":              {[]fate{accepted, dead}, balance{sent: 1, accepted: 1, dead: 1}, true},
		"refused":                  {[]fate{refused}, balance{sent: 1, refused: 1}, true},
		"lost":                     {[]fate{accepted}, balance{sent: 1, accepted: 1, lost: 1}, false},
		"doubled":                  {[]fate{accepted, delivered, delivered}, balance{sent: 1, accepted: 1, delivered: 1, doubled: 1}, false},
		"refused and delivered":    {[]fate{refused, delivered}, balance{sent: 1, refused: 1, delivered: 1, phantoms: 1}, false},
		"unanswered":               {nil, balance{sent: 1}, false},
	}
	for name, c := range fates {
		var l ledger
		id, m := l.next()
		if number(m.Frame(0)) != id {
			t.Fatal("a message does not carry its number")
		}
		for _, what := range c.what {
			l.note(id, what)
		}
		if got := l.balance(); got != c.want || (got.check(0) == nil) != c.ok {
			t.Errorf("%s: %+v, %v", name, got, got.check(0))
		}
	}
	var l ledger
	l.note(7, delivered)
	if l.balance().check(0) == nil {
		t.Error("a message that nobody sent goes through")
	}
}

func TestTheLedgerIsHeldAgainstTheSockets(t *testing.T) {
	for name, c := range map[string]struct {
		delivered bool
		forged    fate // of a message that no socket has seen
		want      string
	}{
		"all is told":        {true, refused, ""},
		"a reader is silent": {false, refused, "1 messages are lost"},
		"a send is invented": {true, accepted, "1 messages are lost"},
		"a delivery is too":  {true, accepted | delivered, "accepted 2, but sent 1 + queued 0 + dead 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(1, 0)
			sys, end, err := s.system()
			if err != nil {
				t.Fatal(err)
			}
			push, pull, err := s.couple(t.Context(), sys)
			if err != nil {
				t.Fatal(err)
			}
			id, err := s.post(t.Context(), push)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := pull.Recv(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.delivered {
				s.ledger.note(id, delivered)
			}
			forged, _ := s.ledger.next()
			s.ledger.note(forged, c.forged)
			end(&err)
			if err != nil {
				t.Fatal(err)
			}
			switch err := s.check(); {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
