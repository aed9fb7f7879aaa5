package zsock

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

const anEndpoint = "tcp://127.0.0.1:5555"

func tell(p *peers, id uint16, value uint32) Event {
	e, ok := decode(libzmq.Event{ID: id, Value: value, Endpoint: anEndpoint}, time.Now())
	if !ok {
		panic(fmt.Sprintf("no such event: %#x", id))
	}
	if id == libzmq.EventAccepted || id == libzmq.EventConnected {
		e.Remote = fmt.Sprintf("127.0.0.1:%d", value)
	}
	p.update(func() { p.follow(&e, value) })
	return e
}

func ready(t *testing.T, p *peers, want ...string) {
	t.Helper()
	var got []string
	for _, peer := range p.list() {
		if peer.State == PeerReady {
			got = append(got, peer.Remote)
		}
	}
	if len(got) != len(want) || p.count() != len(want) {
		t.Fatalf("ready are %q, counted %d, want %q", got, p.count(), want)
	}
	for _, w := range want {
		found := false
		for _, g := range got {
			found = found || g == "127.0.0.1:"+w
		}
		if !found {
			t.Fatalf("ready are %q, want %q", got, want)
		}
	}
}

func TestAConnectionThatFailsTakesNoReadyOneAlong(t *testing.T) {
	var p peers
	tell(&p, libzmq.EventAccepted, 1) // says nothing
	tell(&p, libzmq.EventAccepted, 2)
	if e := tell(&p, libzmq.EventHandshakeSucceeded, 0); e.Remote != "" {
		t.Error("libzmq does not tell who, and we can't know:", e)
	}
	ready(t, &p, "2")
	tell(&p, libzmq.EventAccepted, 3)
	tell(&p, libzmq.EventHandshakeFailedNoDetail, uint32(libzmq.EAGAIN))
	if e := tell(&p, libzmq.EventDisconnected, 3); e.Remote != "127.0.0.1:3" || e.Err != nil {
		t.Error(e)
	}
	if e := tell(&p, libzmq.EventDisconnected, 1); !errors.Is(e.Err, ErrHandshakeCut) {
		t.Error(e)
	}
	ready(t, &p, "2")
	// Two handshakes at a time, and the first one is done: it is taken for the second, until that one turns out bad.
	tell(&p, libzmq.EventAccepted, 4)
	tell(&p, libzmq.EventAccepted, 5)
	tell(&p, libzmq.EventHandshakeSucceeded, 0)
	ready(t, &p, "2", "5")
	tell(&p, libzmq.EventHandshakeFailedProtocol, uint32(ProtocolErrorZMTPMechanismMismatch))
	tell(&p, libzmq.EventDisconnected, 5)
	ready(t, &p, "2", "4")
	tell(&p, libzmq.EventDisconnected, 4)
	ready(t, &p, "2")
	// A failure of one that is ready, as of its cipher, is not that of the one that shakes hands meanwhile.
	tell(&p, libzmq.EventAccepted, 6)
	tell(&p, libzmq.EventHandshakeFailedProtocol, uint32(ProtocolErrorZMTPCryptographic))
	tell(&p, libzmq.EventDisconnected, 2)
	ready(t, &p)
	if e := tell(&p, libzmq.EventHandshakeSucceeded, 0); e.Remote != "127.0.0.1:6" {
		t.Error(e)
	}
	ready(t, &p, "6")
	// A descriptor that comes again belongs to a new connection, whatever became of the old one.
	tell(&p, libzmq.EventAccepted, 6)
	ready(t, &p)
	tell(&p, libzmq.EventDisconnected, 6)
	if len(p.stations) != 0 || len(p.links) != 0 {
		t.Errorf("%d stations and %d links are left", len(p.stations), len(p.links))
	}
}

func TestThreadsOfLibzmqMayReportOutOfOrder(t *testing.T) {
	p := peers{threads: true}
	tell(&p, libzmq.EventHandshakeSucceeded, 0)
	ready(t, &p)
	tell(&p, libzmq.EventAccepted, 1)
	ready(t, &p, "1")
	tell(&p, libzmq.EventDisconnected, 1)
	ready(t, &p)
}

func TestAConnectKeepsItsEntryUntilItIsUndone(t *testing.T) {
	var p peers
	now := time.Now()
	p.expect(anEndpoint, now)
	p.expect(anEndpoint, now) // twice, as a Push may
	for _, step := range []struct {
		id     uint16
		value  uint32
		states string
	}{
		{libzmq.EventConnectDelayed, 115, "[connecting connecting]"},
		{libzmq.EventConnected, 7, "[handshaking connecting]"},
		{libzmq.EventHandshakeSucceeded, 0, "[ready connecting]"},
		{libzmq.EventConnected, 8, "[ready handshaking]"},
		{libzmq.EventHandshakeFailedAuth, 400, "[ready refused]"},
		{libzmq.EventDisconnected, 8, "[ready refused]"},
		{libzmq.EventDisconnected, 7, "[disconnected refused]"},
		{libzmq.EventConnectRetried, 100, "[retrying refused]"},
		{libzmq.EventClosed, 9, "[retrying refused]"},
		{libzmq.EventConnected, 7, "[handshaking refused]"},
	} {
		tell(&p, step.id, step.value)
		var states []PeerState
		for _, peer := range p.list() {
			states = append(states, peer.State)
		}
		if got := fmt.Sprint(states); got != step.states {
			t.Fatalf("%#x: %s, want %s", step.id, got, step.states)
		}
	}
	if list := p.list(); !errors.Is(list[1].Err, AuthRefused) || list[0].Sessions != 1 {
		t.Error(list)
	}
	if ended := p.forget(Connected, anEndpoint, now); len(ended) != 1 || ended[0].Kind != EventDisconnected {
		t.Error(ended)
	}
	tell(&p, libzmq.EventConnected, 7) // too late
	if len(p.list()) != 0 || len(p.stations) != 0 || len(p.links) != 0 {
		t.Error(p.list())
	}
}

func TestAHostIsOneUnderItsNameAndItsAddress(t *testing.T) {
	var p peers
	p.expect("tcp://localhost:5555", time.Now())
	tell(&p, libzmq.EventConnected, 3)
	if e := tell(&p, libzmq.EventHandshakeSucceeded, 0); e.Remote == "" {
		t.Error(e)
	}
	if list := p.list(); len(list) != 1 || list[0].State != PeerReady || list[0].Endpoint != "tcp://localhost:5555" {
		t.Error(list)
	}
	p.forget(Connected, "tcp://localhost:5555", time.Now())
	if len(p.stations) != 0 || p.count() != 0 {
		t.Error(p.stations, p.count())
	}
}

func TestAWildcardTakesAlongWhatCameByIt(t *testing.T) {
	var p peers
	tell(&p, libzmq.EventAccepted, 3)
	tell(&p, libzmq.EventHandshakeSucceeded, 0)
	if ended := p.forget(Bound, "tcp://0.0.0.0:1", time.Now()); len(ended) != 0 || p.count() != 1 {
		t.Error(ended)
	}
	if ended := p.forget(Bound, "tcp://0.0.0.0:5555", time.Now()); len(ended) != 1 || p.count() != 0 || len(p.stations) != 0 {
		t.Error(ended, p.stations)
	}
}
