package zsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// eventually waits for something that no event tells of.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := testContext(t)
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

func certificate(t testing.TB) Certificate {
	t.Helper()
	c, err := GenerateCertificate()
	must(t, err)
	return c
}

// quickly keeps refused clients from waiting long for their next try.
func quickly() SocketOption {
	return func(c *socketConfig) {
		WithOption("reconnect_ivl", 5*time.Millisecond)(c)
		WithOption("reconnect_ivl_max", 20*time.Millisecond)(c)
	}
}

// listener opens a Pull that is the server of CURVE, and says where.
func listener(t testing.TB, sys *System, own Certificate, opts ...SocketOption) (*Socket, string) {
	t.Helper()
	s := open(t, sys, Pull, append([]SocketOption{WithCurveServer(own), WithBind("tcp://127.0.0.1:0")}, opts...)...)
	return s, bound(t, s)
}

// calls has a Push send its name to where; whether it arrives is the question.
func calls(t testing.TB, sys *System, where, name string, opts ...SocketOption) *Socket {
	t.Helper()
	s := open(t, sys, Push, append([]SocketOption{quickly(), WithConnect(where)}, opts...)...)
	must(t, s.Post(testContext(t), Text(name)))
	return s
}

// refused waits until the listener has turned n connections away, and sees that nothing came through.
func refused(t *testing.T, s *Socket, n uint64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d rejected connections", n), func() bool { return s.Rejected() >= n })
	if s.Stats().Received != 0 || s.ReadyPeers() != 0 {
		t.Fatalf("%v, %d peers; want nobody", s.Stats(), s.ReadyPeers())
	}
}

// logged is a logger whose text can be read.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) option() SystemOption {
	return WithLogger(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

func TestOnlyTheRightKeysGetAMessageThrough(t *testing.T) {
	server, known, stranger, other := certificate(t), certificate(t), certificate(t), certificate(t)
	for name, opts := range map[string][]SocketOption{
		"unknown key of the client": {WithCurveClient(stranger, server.Public())},
		"wrong key of the server":   {WithCurveClient(known, other.Public())},
		"no keys at all":            nil,
		"PLAIN":                     {WithPlainClient("user", "password")},
	} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{known.Public(): "known"}}))
			pull, where := listener(t, sys, server)
			calls(t, sys, where, "bad", opts...)
			refused(t, pull, 1)
			calls(t, sys, where, "good", WithCurveClient(known, server.Public()))
			if m := receive(t, pull); m.String() != "good" || m.UserID() != "known" {
				t.Errorf("%q of %q", m, m.UserID())
			}
			stats := sys.Authenticator().Stats()
			if stats.Admitted != 1 || stats.Failed != 0 || (stats.Denied > 0) != (name == "unknown key of the client") {
				t.Errorf("%+v", stats)
			}
		})
	}
}

func TestADomainWithoutRulesAdmitsNobodyAndTheLogSaysSoOnce(t *testing.T) {
	text := new(logged)
	sys := testSystem(t, text.option())
	server, client := certificate(t), certificate(t)
	pull, where := listener(t, sys, server, WithDomain("orders"))
	for n := range uint64(3) {
		calls(t, sys, where, "bad", WithCurveClient(client, server.Public()))
		refused(t, pull, n+1)
	}
	if n := strings.Count(text.String(), "a domain without rules admits nobody"); n != 1 || !strings.Contains(text.String(), "domain=orders") {
		t.Errorf("said %d times: %s", n, text)
	}
	// Rules that come later let the same client in, without a restart.
	must(t, sys.Authenticator().Set("orders", Rules{AnyClient: true}))
	calls(t, sys, where, "good", WithCurveClient(client, server.Public()))
	if m := receive(t, pull); m.String() != "good" || m.UserID() != client.Public().String() {
		t.Errorf("%q of %q", m, m.UserID())
	}
	sys.Authenticator().Remove("orders")
	before := pull.Rejected()
	calls(t, sys, where, "late", WithCurveClient(client, server.Public()))
	eventually(t, "a refusal after Remove", func() bool { return pull.Rejected() > before })
}

func TestRulesChangeWithoutARestartAndConcernTheNextConnection(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	server, ann, bob := certificate(t), certificate(t), certificate(t)
	auth := sys.Authenticator()
	must(t, auth.Set(DefaultDomain, Rules{Clients: Clients{ann.Public(): "ann"}}))
	pull, where := listener(t, sys, server)
	first := calls(t, sys, where, "1", WithCurveClient(ann, server.Public()))
	if m := receive(t, pull); m.String() != "1" {
		t.Fatal(m)
	}
	must(t, auth.SetClients(DefaultDomain, Clients{bob.Public(): "bob"}))
	must(t, first.Send(ctx, Text("2"))) // the connection is there already
	if m := receive(t, pull); m.String() != "2" || m.UserID() != "ann" {
		t.Fatal(m)
	}
	must(t, first.Close())
	eventually(t, "the end of the connection", func() bool { return pull.ReadyPeers() == 0 })
	again := calls(t, sys, where, "3", WithCurveClient(ann, server.Public()))
	eventually(t, "a refusal", func() bool { return pull.Rejected() == 1 })
	must(t, again.Close())
	calls(t, sys, where, "4", WithCurveClient(bob, server.Public()))
	if m := receive(t, pull); m.String() != "4" || m.UserID() != "bob" {
		t.Fatal(m, m.UserID())
	}
	if seen, _ := sys.Snapshot().Find(pull.Ref().Path()); seen.Restarts != 0 {
		t.Errorf("%d restarts", seen.Restarts)
	}
}

func TestWhileNobodyCanJudgeNobodyComesIn(t *testing.T) {
	server, client := certificate(t), certificate(t)
	secured := func(t *testing.T, rules Rules, opts ...SystemOption) (sys *System, pull *Socket, knock func()) {
		sys = testSystem(t, append(opts, quickRestarts())...)
		must(t, sys.Authenticator().Set(DefaultDomain, rules))
		// A peer that is to try again later is disconnected at the end of its time for the handshake.
		pull, where := listener(t, sys, server, WithOption("handshake_ivl", 200*time.Millisecond))
		return sys, pull, func() { calls(t, sys, where, "bad", WithCurveClient(client, server.Public())) }
	}
	everybody := Rules{AnyClient: true}
	admitted := func(t *testing.T, pull *Socket) {
		t.Helper()
		if m := receive(t, pull); m.String() != "bad" {
			t.Error(m)
		}
	}
	t.Run("handler gone", func(t *testing.T) {
		sys, pull, knock := secured(t, everybody)
		handler := *sys.auth.handler.Load()
		handler.Stop(nil)
		<-handler.Done()
		knock()
		refused(t, pull, 3)
		if sys.Authenticator().Stats().Admitted != 0 {
			t.Error(sys.Authenticator())
		}
		// The next secured socket brings it back.
		_, _ = listener(t, sys, server)
		admitted(t, pull)
	})
	t.Run("handler restarts", func(t *testing.T) {
		sys, pull, knock := secured(t, everybody)
		handler := *sys.auth.handler.Load()
		for range 20 {
			handler.Restart()
			knock()
		}
		for range 20 {
			admitted(t, pull)
		}
		stats := sys.Authenticator().Stats()
		if stats.Denied != 0 || stats.Admitted < 20 {
			t.Error(stats)
		}
	})
	t.Run("authenticator gone", func(t *testing.T) {
		sys, pull, knock := secured(t, everybody)
		judge := *sys.auth.judge.Load()
		judge.Stop(nil)
		<-judge.Done()
		knock()
		refused(t, pull, 3)
		if stats := sys.Authenticator().Stats(); stats.Failed < 3 || stats.Admitted+stats.Denied != 0 {
			t.Error(stats)
		}
		_, _ = listener(t, sys, server)
		admitted(t, pull)
	})
	t.Run("authenticator restarts", func(t *testing.T) {
		asked := make(chan struct{}, 100)
		var stuck sync.Once
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(ctx context.Context, _ Credentials) (Identity, error) {
			hangs := false
			stuck.Do(func() { hangs = true })
			asked <- struct{}{}
			if hangs {
				<-ctx.Done() // the restart ends it, and not the deadline
			}
			return Identity{User: "x"}, nil
		}}, WithAuthLimits(AuthLimits{Timeout: patience}))
		knock()
		<-asked
		(*sys.auth.judge.Load()).Restart()
		refused(t, pull, 1)
		if stats := sys.Authenticator().Stats(); stats.Failed < 1 { // on a busy machine the peer may come back before the restart
			t.Error(stats)
		}
		admitted(t, pull)
	})
	t.Run("Check is slow", func(t *testing.T) {
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(ctx context.Context, _ Credentials) (Identity, error) {
			<-ctx.Done()
			return Identity{User: "late"}, nil // admits, but nobody listens any more
		}}, WithAuthLimits(AuthLimits{Timeout: 20 * time.Millisecond}))
		knock()
		refused(t, pull, 3)
		if stats := sys.Authenticator().Stats(); stats.Failed < 3 || stats.Admitted+stats.Denied != 0 {
			t.Error(stats)
		}
	})
	t.Run("Check panics or exits", func(t *testing.T) {
		var n int
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(context.Context, Credentials) (Identity, error) {
			if n++; n%2 == 0 { // one client, so one at a time
				runtime.Goexit()
			}
			panic("on purpose")
		}})
		knock()
		refused(t, pull, 4)
		if stats := sys.Authenticator().Stats(); stats.Failed < 4 || stats.Admitted+stats.Denied != 0 {
			t.Error(stats)
		}
		must(t, sys.Authenticator().Set(DefaultDomain, everybody))
		admitted(t, pull)
		for _, path := range []string{pull.Ref().Path(), (*sys.auth.handler.Load()).Path(), (*sys.auth.judge.Load()).Path()} {
			if seen, ok := sys.Snapshot().Find(path); !ok || seen.Restarts != 0 {
				t.Errorf("%s: %+v", path, seen)
			}
		}
	})
	t.Run("Check says no", func(t *testing.T) {
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(context.Context, Credentials) (Identity, error) {
			return Identity{User: "x"}, errors.New("not today")
		}})
		knock()
		refused(t, pull, 1)
		if stats := sys.Authenticator().Stats(); stats.Denied != 1 || stats.Admitted+stats.Failed != 0 {
			t.Error(stats)
		}
	})
	t.Run("Check says no with an error that fails", func(t *testing.T) {
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(context.Context, Credentials) (Identity, error) {
			return Identity{}, (*fs.PathError)(nil)
		}})
		knock()
		refused(t, pull, 1)
		if stats := sys.Authenticator().Stats(); stats.Denied != 1 || stats.Admitted+stats.Failed != 0 {
			t.Error(stats)
		}
		if seen, ok := sys.Snapshot().Find((*sys.auth.judge.Load()).Path()); !ok || seen.Restarts != 0 {
			t.Errorf("%+v", seen)
		}
	})
	t.Run("Check gives a user id that would be cut short", func(t *testing.T) {
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(context.Context, Credentials) (Identity, error) {
			return Identity{User: "admin\x00"}, nil
		}})
		knock()
		refused(t, pull, 2)
		if stats := sys.Authenticator().Stats(); stats.Failed < 2 || stats.Admitted != 0 {
			t.Error(stats)
		}
	})
	t.Run("the rules change while Check runs", func(t *testing.T) {
		asked, goOn := make(chan struct{}), make(chan struct{})
		sys, pull, knock := secured(t, Rules{AnyClient: true, Check: func(ctx context.Context, _ Credentials) (Identity, error) {
			asked <- struct{}{}
			<-goOn
			return Identity{}, nil
		}})
		knock()
		<-asked
		must(t, sys.Authenticator().Set(DefaultDomain, Rules{}))
		close(goOn)
		refused(t, pull, 2) // it comes again, and is denied
		if stats := sys.Authenticator().Stats(); stats.Failed != 1 || stats.Denied != 1 {
			t.Error(stats)
		}
	})
}

func TestAFewChecksRunAtOnceAndTheRestWaits(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	sys := testSystem(t, WithAuthLimits(AuthLimits{Concurrent: 2, Timeout: patience}))
	server := certificate(t)
	full := make(chan struct{})
	must(t, sys.Authenticator().Set(DefaultDomain, Rules{AnyClient: true, Check: func(ctx context.Context, _ Credentials) (Identity, error) {
		mu.Lock()
		running++
		if most = max(most, running); running == 2 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full
		mu.Lock()
		running--
		mu.Unlock()
		return Identity{}, nil
	}}))
	pull, where := listener(t, sys, server)
	for i := range 6 {
		calls(t, sys, where, fmt.Sprint(i), WithCurveClient(certificate(t), server.Public()))
	}
	for range 6 {
		receive(t, pull)
	}
	if most != 2 {
		t.Errorf("%d ran at once, want 2", most)
	}
}

func TestPlainUsersNeedTheirPassword(t *testing.T) {
	sys := testSystem(t)
	must(t, sys.Authenticator().Set("staff", Rules{Users: map[string]Password{"ann": "right", "bob": "other"}}))
	pull := open(t, sys, Pull, WithPlainServer(), WithDomain("staff"), WithBind("tcp://127.0.0.1:0"))
	where := bound(t, pull)
	for i, who := range [][2]string{{"ann", "wrong"}, {"ann", "other"}, {"eve", "right"}} {
		s := calls(t, sys, where, "bad", WithPlainClient(who[0], Password(who[1])))
		refused(t, pull, uint64(i+1))
		must(t, s.Close())
	}
	before := pull.Rejected()
	calls(t, sys, where, "bad") // NULL
	refused(t, pull, before+1)
	calls(t, sys, where, "good", WithPlainClient("ann", "right"))
	if m := receive(t, pull); m.String() != "good" || m.UserID() != "ann" || m.PeerAddress() != "127.0.0.1" {
		t.Errorf("%q of %q at %q", m, m.UserID(), m.PeerAddress())
	}
	// New clients leave the users alone.
	must(t, sys.Authenticator().SetClients("staff", nil))
	calls(t, sys, where, "also", WithPlainClient("bob", "other"))
	if m := receive(t, pull); m.UserID() != "bob" {
		t.Errorf("%q of %q", m, m.UserID())
	}
}

func TestRulesJudgeAddressesUsersAndKeys(t *testing.T) {
	key := certificate(t).Public()
	net := func(list ...string) (prefixes []netip.Prefix) {
		for _, text := range list {
			prefixes = append(prefixes, netip.MustParsePrefix(text))
		}
		return prefixes
	}
	curve := func(address string) *zapRequest {
		return &zapRequest{address: address, mechanism: "CURVE", credentials: [][]byte{key[:]}}
	}
	null := func(address string) *zapRequest { return &zapRequest{address: address, mechanism: "NULL"} }
	plain := &zapRequest{address: "10.0.0.1", mechanism: "PLAIN", credentials: [][]byte{[]byte("ann"), []byte("pw")}}
	check := func(context.Context, Credentials) (Identity, error) { return Identity{}, nil }
	for i, e := range []struct {
		rules    Rules
		request  *zapRequest
		admitted bool
		user     string
	}{
		{Rules{}, curve("10.0.0.1"), false, ""},
		{Rules{}, null("10.0.0.1"), false, ""},
		{Rules{}, plain, false, ""},
		{Rules{Clients: Clients{key: ""}}, curve("10.0.0.1"), true, key.String()},
		{Rules{Clients: Clients{key: "ann"}}, curve("10.0.0.1"), true, "ann"},
		{Rules{Clients: Clients{key: "ann"}}, null("10.0.0.1"), false, ""},
		{Rules{Clients: Clients{key: "ann"}}, plain, false, ""},
		{Rules{Clients: Clients{key: "ann"}, Allow: net("10.0.0.0/8")}, curve("10.0.0.1"), true, "ann"},
		{Rules{Clients: Clients{key: "ann"}, Allow: net("10.0.0.0/8")}, curve("::ffff:10.0.0.1"), true, "ann"},
		{Rules{Clients: Clients{key: "ann"}, Allow: net("10.0.0.0/8")}, curve("11.0.0.1"), false, ""},
		{Rules{Clients: Clients{key: "ann"}, Allow: net("10.0.0.0/8")}, curve("localhost:1000:1000:77"), false, ""},
		{Rules{Clients: Clients{key: "ann"}, Allow: net("10.0.0.0/8")}, curve("nonsense"), false, ""},
		{Rules{Clients: Clients{key: "ann"}, Allow: net("10.0.0.0/8"), Deny: net("10.0.0.0/24")}, curve("10.0.0.1"), false, ""},
		{Rules{AnyClient: true, Deny: net("::ffff:10.0.0.0/104")}, curve("10.0.0.1"), false, ""},
		{Rules{AnyClient: true, Deny: net("fe80::/10")}, curve("fe80::1%eth0"), false, ""},
		{Rules{AnyClient: true, Deny: net("10.0.0.0/8")}, curve("nonsense"), false, ""},
		{Rules{AnyClient: true, Deny: net("10.0.0.0/8")}, curve(":1000:1000:77"), true, key.String()},
		{Rules{Anonymous: true}, null("10.0.0.1"), true, ""},
		{Rules{Anonymous: true}, plain, false, ""},
		{Rules{AnyClient: true}, null("10.0.0.1"), false, ""},
		{Rules{AnyUser: true, Check: check}, plain, true, ""},
		{Rules{AnyUser: true, Check: check}, null("10.0.0.1"), false, ""},
		{Rules{Users: map[string]Password{"ann": "pw"}}, plain, true, "ann"},
		{Rules{Users: map[string]Password{"ann": "pv"}}, plain, false, ""},
		{Rules{Users: map[string]Password{"ann": "pw"}, Deny: net("0.0.0.0/0")}, plain, false, ""},
	} {
		set, err := newRuleSet(e.rules)
		must(t, err)
		who := e.request.who()
		reason := set.judge(who)
		if (reason == "") != e.admitted || e.admitted && who.User != e.user {
			t.Errorf("row %d: %q, user %q; want admitted %v, user %q", i, reason, who.User, e.admitted, e.user)
		}
	}
	for address, want := range map[string]Process{
		"localhost:7:8:9": {7, 8, 9}, ":7:8:9": {7, 8, 9}, "": {}, "7:8:9": {}, "a:b:c:d": {}, "a:1:2:-3": {}, "a:1:2:99999999999": {},
	} {
		if got := null(address).who(); got.Process != want || got.Address.IsValid() {
			t.Errorf("%q: %+v", address, got)
		}
	}
	auth := testSystem(t).Authenticator()
	for _, wrong := range []Rules{
		{AnyUser: true}, {Users: map[string]Password{"": "pw"}}, {Users: map[string]Password{"ann": ""}}, {Users: map[string]Password{"a\x00": "pw"}},
		{Clients: Clients{PublicKey{}: "ann"}}, {Clients: Clients{key: "ann\n"}}, {Clients: Clients{key: strings.Repeat("a", 256)}}, {Allow: []netip.Prefix{{}}},
	} {
		if err := auth.Set("d", wrong); !errors.Is(err, ErrSecurity) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	for _, wrong := range []string{"", "a b", "a\x00", strings.Repeat("d", 256)} {
		if err := auth.Set(wrong, Rules{}); !errors.Is(err, ErrSecurity) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestASocketWithoutMechanismHasItsPeersJudgedByAddress(t *testing.T) {
	sys := testSystem(t)
	auth := sys.Authenticator()
	must(t, auth.Set("lan", Rules{Anonymous: true, Deny: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}))
	pull := open(t, sys, Pull, WithDomain("lan"), WithBind("tcp://127.0.0.1:0"))
	calls(t, sys, bound(t, pull), "bad")
	refused(t, pull, 1)
	must(t, auth.Set("lan", Rules{Anonymous: true}))
	calls(t, sys, bound(t, pull), "good")
	if m := receive(t, pull); m.UserID() != "" || m.PeerAddress() != "127.0.0.1" {
		t.Errorf("%q at %q", m.UserID(), m.PeerAddress())
	}
}
