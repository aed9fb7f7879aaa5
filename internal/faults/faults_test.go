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
