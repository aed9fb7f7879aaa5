package zsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/actomq/actomq/supervision"
)

func watch(t testing.TB, s *Socket, opts ...MonitorOption) *Monitor {
	t.Helper()
	m, err := s.Monitor(testContext(t), opts...)
	must(t, err)
	return m
}

// await reads on until an event of the kind comes.
func await(t testing.TB, m *Monitor, kind EventKind) Event {
	t.Helper()
	var before []string
	for e, err := range m.All(testContext(t)) {
		if err != nil {
			t.Fatalf("no %v after %q: %v", kind, before, err)
		}
		if e.Kind == kind {
			return e
		}
		before = append(before, e.String())
	}
	t.Fatalf("no %v after %q: the monitor ended", kind, before)
	return Event{}
}

func TestAMonitorSeesAConnectionComeAndGo(t *testing.T) {
	for name, endpoint := range map[string]string{"ipc": "ipc://" + t.TempDir() + "/watched", "tcp": "tcp://127.0.0.1:0"} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			pull, push := open(t, sys, Pull), open(t, sys, Push)
			here, there := watch(t, pull), watch(t, push)
			must(t, pull.Bind(ctx, endpoint))
			address := bound(t, pull)
			must(t, push.Connect(ctx, address))
			must(t, push.WaitConnected(ctx, 1))
			must(t, pull.WaitConnected(ctx, 1))
			must(t, push.Close())
			var kinds []EventKind
			var remote string
			for e, err := range here.All(ctx) {
				must(t, err)
				if e.Endpoint != address || e.Time.IsZero() || e.Seq != uint64(len(kinds)+1) {
					t.Errorf("%d: %+v", len(kinds), e)
				}
				if e.Kind == EventAccepted {
					remote = e.Remote
				} else if e.Kind != EventListening && e.Remote != remote {
					t.Errorf("%v, accepted from %q", e, remote)
				}
				kinds = append(kinds, e.Kind)
				if e.Kind == EventDisconnected {
					break
				}
			}
			if want := []EventKind{EventListening, EventAccepted, EventHandshakeSucceeded, EventDisconnected}; !slices.Equal(kinds, want) {
				t.Errorf("%v, want %v", kinds, want)
			}
			if (name == "tcp") != strings.HasPrefix(remote, "127.0.0.1:") {
				t.Errorf("accepted from %q", remote)
			}
			kinds = nil
			for e := range there.Events() { // it closes with the socket
				kinds = append(kinds, e.Kind)
			}
			kinds = slices.DeleteFunc(kinds, func(k EventKind) bool { return k == EventConnectDelayed }) // ipc connects at once
			if want := []EventKind{EventConnected, EventHandshakeSucceeded}; !slices.Equal(kinds, want) {
				t.Errorf("%v, want %v", kinds, want)
			}
			if peers := pull.Peers(); len(peers) != 0 || pull.ReadyPeers() != 0 {
				t.Error(peers)
			}
			if n := pull.EventCount(EventDisconnected); n != 1 {
				t.Error(n)
			}
		})
	}
}

func TestPeersTellHowFarEachConnectIs(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	// Nobody listens on the port once its listener is closed, and it stays reserved by a connection to it.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := "tcp://" + listener.Addr().String()
	dealer := open(t, sys, Dealer, WithOption("reconnect_ivl", 10*time.Millisecond), WithOption("reconnect_ivl_max", 0*time.Millisecond))
	m := watch(t, dealer)
	state := func() Peer {
		t.Helper()
		peers := dealer.Peers()
		if len(peers) != 1 || peers[0].Endpoint != address || peers[0].Mode != Connected || peers[0].Since.IsZero() {
			t.Fatal(peers)
		}
		return peers[0]
	}
	must(t, dealer.Connect(ctx, address))
	await(t, m, EventConnected)
	if p := state(); p.State != PeerHandshaking || p.Remote != listener.Addr().String() {
		t.Error(p)
	}
	must(t, listener.Close()) // with the connection that it had not accepted
	if e := await(t, m, EventDisconnected); e.Err != nil {
		t.Error(e)
	}
	if e := await(t, m, EventConnectRetried); e.Retry < 10*time.Millisecond || e.Retry >= 20*time.Millisecond { // libzmq adds a random part
		t.Error(e)
	}
	if e := await(t, m, EventClosed); !errors.Is(e.Err, ErrNoAnswer) {
		t.Error(e)
	}
	if p := state(); p.State != PeerRetrying && p.State != PeerConnecting || !errors.Is(p.Err, ErrNoAnswer) {
		t.Error(p)
	}
	router := open(t, sys, Router, WithBind(address))
	must(t, dealer.WaitConnected(ctx, 1))
	if p := state(); p.State != PeerReady || p.Err != nil || p.Sessions != 1 {
		t.Error(p)
	}
	must(t, router.WaitConnected(ctx, 1))
	if peers := router.Peers(); len(peers) != 1 || peers[0].Mode != Bound || peers[0].Endpoint != address || peers[0].Remote == "" {
		t.Error(peers)
	}
	must(t, dealer.Disconnect(ctx, address))
	if peers := dealer.Peers(); len(peers) != 0 {
		t.Error(peers)
	}
	if e := await(t, m, EventDisconnected); e.Endpoint != address { // libzmq says nothing of that one
		t.Error(e)
	}
}

func TestAnUnbindShowsTheEndOfItsConnections(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	for _, endpoint := range []string{"tcp://127.0.0.1:0", "ipc://" + t.TempDir() + "/unbound"} {
		pull, push := pair(t, sys, endpoint, Pull, Push)
		m := watch(t, pull, WithEventKinds(EventDisconnected))
		where := bound(t, pull)
		must(t, pull.Unbind(ctx, where))
		if e := await(t, m, EventDisconnected); e.Endpoint != where {
			t.Error(e)
		}
		if pull.ReadyPeers() != 0 || len(pull.Peers()) != 0 {
			t.Error(pull.Peers())
		}
		must(t, pull.Bind(ctx, where))
		must(t, pull.WaitConnected(ctx, 1))
		must(t, push.Close())
	}
}

func TestPeersOverInprocAreKnownToo(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	push := open(t, sys, Push, WithConnect("inproc://known"))
	if p := push.Peers(); len(p) != 1 || p[0].State != PeerConnecting || p[0].Endpoint != "inproc://known" || p[0].Mode != Connected {
		t.Error(p)
	}
	pull := open(t, sys, Pull, WithBind("inproc://known"))
	must(t, push.WaitConnected(ctx, 1))
	for _, s := range []*Socket{push, pull} {
		if p := s.Peers(); len(p) != 1 || p[0].State != PeerReady || p[0].Since.IsZero() {
			t.Error(s.Name(), p)
		}
	}
	must(t, push.Close())
	if p := pull.Peers(); len(p) != 0 {
		t.Error(p)
	}
}

func TestAMonitorSurvivesRestarts(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pull, push := pair(t, sys, "tcp://127.0.0.1:0", Pull, Push, WithOption("reconnect_ivl", 5*time.Millisecond))
	here, there := watch(t, pull), watch(t, push)
	address := bound(t, pull)
	for range 3 {
		lose(t, pull)
		if e := await(t, here, EventRestarted); !errors.Is(e.Err, errSocketLost) {
			t.Error(e)
		}
		if e := await(t, here, EventListening); e.Endpoint != address {
			t.Error(e)
		}
		await(t, here, EventHandshakeSucceeded)
		await(t, there, EventDisconnected)
		await(t, there, EventHandshakeSucceeded)
		must(t, pull.WaitConnected(ctx, 1))
		must(t, push.WaitConnected(ctx, 1))
	}
	lose(t, push)
	await(t, there, EventRestarted)
	await(t, there, EventHandshakeSucceeded)
	if p := push.Peers(); len(p) != 1 || p[0].State != PeerReady {
		t.Error(p)
	}
}

func TestASlowMonitorLosesEventsAndHoldsUpNobody(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := open(t, sys, Pull, WithBind("tcp://127.0.0.1:0")), open(t, sys, Push)
	slow, fast := watch(t, pull, WithEventBuffer(3)), watch(t, pull, WithEventBuffer(1000))
	for range 10 {
		must(t, push.Connect(ctx, bound(t, pull)))
		must(t, push.WaitConnected(ctx, 1))
		must(t, push.Send(ctx, Text("on")))
		receive(t, pull)
		must(t, push.Disconnect(ctx, bound(t, pull)))
		await(t, fast, EventDisconnected)
	}
	must(t, pull.Close())
	var seqs []uint64
	for e := range slow.Events() {
		seqs = append(seqs, e.Seq)
	}
	lost := slow.Dropped()
	if want := []uint64{lost + 1, lost + 2, lost + 3}; !slices.Equal(seqs, want) {
		t.Errorf("%v with %d dropped, want %v", seqs, lost, want)
	}
	if lost < 3*10-3 { // accepted, handshake succeeded, disconnected
		t.Errorf("%d dropped of 30 events or more with room for 3", lost)
	}
	if fast.Dropped() != 0 {
		t.Error(fast.Dropped())
	}
}

func TestMonitorsComeAndGoWhileEventsFlow(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pull, push := open(t, sys, Pull, WithBind("tcp://127.0.0.1:0")), open(t, sys, Push, WithOption("reconnect_ivl", time.Millisecond))
	must(t, push.Connect(ctx, bound(t, pull)))
	working, done := context.WithCancel(ctx)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for n := 0; working.Err() == nil; n++ {
				life, end := context.WithCancel(ctx)
				m, err := pull.Monitor(life, WithEventBuffer(1+n%3))
				if err != nil {
					t.Error(err)
				}
				select {
				case <-m.Events():
				case <-working.Done():
				}
				if n%2 == i%2 {
					must(t, m.Close())
				}
				end()
				for range m.Events() { // it closes
				}
				if err := m.Err(); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		must(t, push.WaitConnected(ctx, 1))
		lose(t, push)
	}
	must(t, push.WaitConnected(ctx, 1))
	done()
	group.Wait()
	pull.watchers.mu.Lock()
	defer pull.watchers.mu.Unlock()
	if n := len(pull.watchers.list); n != 0 {
		t.Errorf("%d monitors are left", n)
	}
}

func TestAMonitorEndsWithItsContextItsSocketOrItsClose(t *testing.T) {
	sys := testSystem(t, WithRestarts(supervision.Spec{Intensity: 1, Backoff: supervision.Backoff{Min: time.Millisecond}}))
	ctx := testContext(t)
	pull := open(t, sys, Pull)
	ended := func(m *Monitor, want error) {
		t.Helper()
		var last error
		for _, err := range m.All(ctx) {
			last = err
		}
		if !errors.Is(last, want) || !errors.Is(m.Err(), want) || want == nil && (last != nil || m.Err() != nil) {
			t.Errorf("%v, %v, want %v", last, m.Err(), want)
		}
		must(t, m.Close())
	}
	closed := watch(t, pull)
	must(t, closed.Close())
	ended(closed, nil)
	life, end := context.WithCancelCause(ctx)
	over, err := pull.Monitor(life)
	must(t, err)
	cause := errors.New("seen enough")
	end(cause)
	ended(over, cause)
	if _, err := pull.Monitor(life); !errors.Is(err, cause) {
		t.Error(err)
	}
	along := watch(t, pull)
	must(t, pull.Close())
	ended(along, nil)
	if _, err := pull.Monitor(ctx); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	// A reader's own context ends the reading and not the monitor.
	bad := open(t, sys, Pull)
	m := watch(t, bad)
	short, stop := context.WithCancel(ctx)
	stop()
	for _, err := range m.All(short) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	// A socket that is given up says so.
	lose(t, bad)
	must(t, bad.Ref().Tell(ctx, Fault{}))
	await(t, m, EventRestarted)
	<-bad.Done()
	ended(m, errSocketLost)
}

func TestAMechanismThatDoesNotFitIsNamedOnBothSides(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	server := open(t, sys, Router, WithBind("tcp://127.0.0.1:0"))
	client := open(t, sys, Dealer, WithOption("plain_username", "somebody"), WithOption("plain_password", "x"))
	here, there := watch(t, server), watch(t, client)
	must(t, client.Connect(ctx, bound(t, server)))
	for _, m := range []*Monitor{here, there} {
		e := await(t, m, EventHandshakeFailed)
		if code, ok := errors.AsType[ProtocolError](e.Err); !ok || code != ProtocolErrorZMTPMechanismMismatch {
			t.Error(e)
		}
		await(t, m, EventDisconnected)
	}
	if p := client.Peers(); len(p) != 1 || p[0].State != PeerRefused || !errors.Is(p[0].Err, ProtocolErrorZMTPMechanismMismatch) {
		t.Error(p)
	}
	if p := server.Peers(); len(p) != 0 {
		t.Error(p)
	}
}

func TestEveryEventAndStateHasAName(t *testing.T) {
	seen := make(map[string]bool)
	for k := EventConnectDelayed; k < eventKinds; k++ {
		seen[k.String()] = true
	}
	for s := PeerConnecting; s < peerStates; s++ {
		seen[s.String()] = true
	}
	for e := range protocolWords {
		seen[e.Error()] = true
	}
	for _, e := range []AuthError{AuthTemporary, AuthRefused, AuthInternal, 404} {
		seen[e.Error()] = true
	}
	seen[EventKind(99).String()], seen[PeerState(99).String()], seen[ProtocolError(7).Error()] = true, true, true
	// "connected" and "disconnected" name events, "disconnected" a state as well.
	if want := int(eventKinds-1) + int(peerStates-1) - 1 + len(protocolWords) + 4 + 3; len(seen) != want || seen[""] {
		t.Errorf("%d names, want %d: %v", len(seen), want, seen)
	}
	if !ProtocolErrorZAPBadVersion.ZAP() || ProtocolErrorZMTPCryptographic.ZAP() {
		t.Error("ZAP")
	}
	e := Event{Kind: EventHandshakeFailed, Endpoint: "tcp://127.0.0.1:5555", Remote: "127.0.0.1:49152", Err: AuthRefused}
	if got, want := fmt.Sprint(e), "handshake failed tcp://127.0.0.1:5555 from 127.0.0.1:49152: authentication: refused (ZAP status 400)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
