package zsock

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
)

func TestSeed_S17_OtherMachinesAreListenedToWithCurveOnly(t *testing.T) {
	sys := testSystem(t)
	server := certificate(t)
	for name, opts := range map[string][]SocketOption{
		"nothing":                nil,
		"PLAIN":                  {WithPlainServer()},
		"a domain":               {WithDomain("d")},
		"CURVE, then PLAIN":      {WithCurveServer(server), WithOption("plain_server", true)},
		"CURVE, taken back":      {WithCurveServer(server), WithOption("curve_server", false)},
		"PLAIN as a client":      {WithPlainClient("ann", "pw")},
		"CURVE key and a user":   {WithOption("curve_serverkey", server.Public().String()), WithPlainClient("ann", "pw")},
		"CURVE for a short time": {WithOption("curve_server", true), WithOption("plain_server", true), WithOption("plain_server", false)},
	} {
		_, err := sys.Open(Rep, append(opts, WithBind("tcp://0.0.0.0:0"))...)
		if !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(err.Error(), "use CURVE") || !strings.Contains(err.Error(), "AllowPlaintext") {
			t.Errorf("%s: %v does not say how to allow it", name, err)
		}
	}
	if _, err := sys.Open(Stream, WithCurveServer(server), WithBind("tcp://0.0.0.0:0")); !errors.Is(err, ErrSecurity) {
		t.Error(err)
	}
	// With CURVE it works, and is what it says.
	client := certificate(t)
	must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{client.Public(): "ann"}}))
	pull := open(t, sys, Pull, WithCurveServer(server), WithBind("tcp://0.0.0.0:0"))
	where := strings.Replace(bound(t, pull), "0.0.0.0", "127.0.0.1", 1)
	calls(t, sys, where, "bad")
	refused(t, pull, 1)
	calls(t, sys, where, "good", WithCurveClient(client, server.Public()))
	if m := receive(t, pull); m.String() != "good" || m.UserID() != "ann" {
		t.Error(m)
	}
}

func TestHalfASecurityIsNone(t *testing.T) {
	sys := testSystem(t)
	server := certificate(t)
	key := server.Public().String()
	for name, opts := range map[string][]SocketOption{
		"server without secret":         {WithCurveServer(server.PublicOnly())},
		"client without secret":         {WithCurveClient(server.PublicOnly(), server.Public())},
		"client of nobody":              {WithCurveClient(server, PublicKey{})},
		"server by option, no key":      {WithOption("curve_server", true)},
		"client by option, no own key":  {WithOption("curve_serverkey", key)},
		"client by option, no server":   {WithOption("curve_publickey", key), WithOption("curve_secretkey", server.SecretKey())},
		"user without password":         {WithOption("plain_username", "ann")},
		"password that is empty":        {WithPlainClient("ann", "")},
		"server and client":             {WithCurveServer(server), WithCurveClient(server, server.Public())},
		"two mechanisms":                {WithPlainServer(), WithCurveServer(server)},
		"a domain that is none":         {WithDomain("")},
		"a domain with a space":         {WithDomain("a b")},
		"domains that are not enforced": {WithCurveServer(server), WithOption("zap_enforce_domain", false)},
	} {
		for _, use := range []SocketOption{WithBind("tcp://127.0.0.1:0"), WithConnect("tcp://127.0.0.1:1")} {
			s, err := sys.Open(Pull, append(opts, use)...)
			if !errors.Is(err, ErrSecurity) {
				t.Errorf("%s: %v %v", name, s, err)
			} else if strings.Count(err.Error(), "zsock:") != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestSecurityIsSettledBeforeTheFirstEndpoint(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	s := open(t, sys, Pull)
	must(t, s.SetOption(ctx, "curve_secretkey", certificate(t).SecretKey()))
	must(t, s.SetOption(ctx, "curve_server", true))
	must(t, s.Bind(ctx, "tcp://127.0.0.1:0"))
	if domain, err := s.Option(ctx, "zap_domain"); domain != DefaultDomain || err != nil {
		t.Error(domain, err) // without one nobody would be asked
	}
	where := bound(t, s)
	for _, bare := range []bool{false, true} {
		for name, value := range map[string]any{"curve_server": false, "zap_domain": "", "plain_server": true, "plain_username": "ann"} {
			if err := s.SetOption(ctx, name, value); !errors.Is(err, ErrSecurity) {
				t.Errorf("%s, without endpoints %v: %v", name, bare, err)
			}
		}
		if !bare {
			must(t, s.Unbind(ctx, where))
		}
	}
	must(t, s.SetOption(ctx, "zap_enforce_domain", true))
}

// Without a domain libzmq would end the process as soon as somebody connects.
func TestAServerOfPlainBySingleOptionsIsJudgedToo(t *testing.T) {
	sys := testSystem(t)
	pull := open(t, sys, Pull, WithOption("plain_server", true), WithBind("tcp://127.0.0.1:0"))
	calls(t, sys, bound(t, pull), "bad", WithPlainClient("ann", "pw"))
	refused(t, pull, 1)
	if stats := sys.Authenticator().Stats(); stats.Denied != 1 {
		t.Error(stats)
	}
}

func TestNobodyElseGetsTheAddressOfTheHandler(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	for _, typ := range []Type{Rep, Pull} {
		s := open(t, sys, typ)
		for _, text := range []string{zapEndpoint, zapEndpoint + "\x00x"} {
			for _, use := range []func() error{
				func() error { return s.Bind(ctx, text) }, func() error { return s.UnsafeBind(ctx, text) }, func() error { return s.Connect(ctx, text) },
			} {
				if err := use(); !errors.Is(err, ErrSecurity) {
					t.Errorf("%v %q: %v", typ, text, err)
				}
			}
		}
	}
	// What foreign code holds, no secured socket opens beside.
	foreign, err := sys.zmq.NewSocket(4)
	must(t, err)
	defer foreign.Close()
	must(t, foreign.Bind(zapEndpoint))
	if _, err := sys.Open(Pull, WithCurveServer(certificate(t)), WithBind("tcp://127.0.0.1:0")); !errors.Is(err, ErrSecurity) {
		t.Error(err)
	}
}

func TestARestartedSocketComesBackSecure(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	server, ann := certificate(t), certificate(t)
	must(t, sys.Authenticator().Set("d", Rules{Clients: Clients{ann.Public(): "ann"}}))
	pull, where := listener(t, sys, server, WithDomain("d"))
	push := calls(t, sys, where, "0", WithCurveClient(ann, server.Public()))
	receive(t, pull)
	for round := range 3 {
		before := pull.Rejected()
		lose(t, pull)
		lose(t, push)
		calls(t, sys, where, "bad")
		calls(t, sys, where, "bad", WithCurveClient(certificate(t), server.Public()))
		eventually(t, "two refusals", func() bool { return pull.Rejected() >= before+2 })
		must(t, push.WaitConnected(ctx, 1))
		must(t, push.Send(ctx, Text(fmt.Sprint(round))))
		if m := receive(t, pull); m.String() != fmt.Sprint(round) || m.UserID() != "ann" {
			t.Fatalf("%q of %q", m, m.UserID())
		}
		if mechanism, err := pull.Option(ctx, "mechanism"); mechanism != int(MechanismCurve) || err != nil {
			t.Error(mechanism, err)
		}
		if got := bound(t, pull); got != where {
			t.Errorf("at %s, was at %s", got, where)
		}
	}
}

func TestMessagesSayWhoTheyAreFrom(t *testing.T) {
	server, ann, bob := certificate(t), certificate(t), certificate(t)
	for _, transport := range []string{"tcp", "ipc"} {
		t.Run(transport, func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{ann.Public(): "ann", bob.Public(): "bob"}}))
			endpoint, address := "tcp://127.0.0.1:0", "127.0.0.1"
			if transport == "ipc" {
				endpoint, address = "ipc://"+t.TempDir()+"/s", fmt.Sprintf("localhost:%d:", os.Geteuid())
			}
			router := open(t, sys, Router, WithCurveServer(server), WithBind(endpoint), WithProperties("Socket-Type"))
			want := map[string]string{}
			for user, own := range map[string]Certificate{"ann": ann, "bob": bob} {
				// A peer that claims another's name does not get it.
				s := open(t, sys, Dealer, WithCurveClient(own, server.Public()), WithConnect(bound(t, router)), WithIdentity("id of "+user))
				must(t, s.Send(ctx, Text("body", user)))
				want[user] = "id of " + user
			}
			for range 2 {
				m := receive(t, router)
				id, body, _ := m.PopFront()
				for _, part := range []Message{m, body, body.Prepend([]byte("x")), body.With([]byte("x")), body.Wrap(id), m.clone()} {
					if part.UserID() != string(body.Frame(1)) || !strings.HasPrefix(part.PeerAddress(), address) {
						t.Errorf("%q at %q", part.UserID(), part.PeerAddress())
					}
				}
				if string(id) != want[body.UserID()] {
					t.Errorf("%s is %s", body.UserID(), id)
				}
				if kind, ok := body.Property("Socket-Type"); kind != "DEALER" || !ok {
					t.Error(kind, ok)
				}
				delete(want, body.UserID())
			}
			if len(want) != 0 {
				t.Error("no message of", want)
			}
		})
	}
}

func TestSocketsThatDoNotAskLearnNothing(t *testing.T) {
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		pull, push := pair(t, sys, endpoint, Pull, Push)
		must(t, push.Send(testContext(t), Text("a")))
		m := receive(t, pull)
		if _, ok := m.Property("Socket-Type"); ok || m.from != nil || m.UserID() != "" || m.PeerAddress() != "" {
			t.Errorf("%+v", m)
		}
	})
	// A user id that nobody has checked is none.
	sys := testSystem(t)
	pull := open(t, sys, Pull, WithProperties("User-Id", "Socket-Type", "Peer-Address"), WithBind("tcp://127.0.0.1:0"))
	calls(t, sys, bound(t, pull), "a")
	m := receive(t, pull)
	kind, _ := m.Property("Socket-Type")
	if _, ok := m.Property("User-Id"); ok || m.UserID() != "" || kind != "PUSH" || m.PeerAddress() != "127.0.0.1" {
		t.Error(ok, kind, m.PeerAddress())
	}
}

func TestNoSecretLeavesTheSystem(t *testing.T) {
	text := new(logged)
	note := func(value any) { fmt.Fprintf(text, "%v %+v %#v\n", value, value, value) }
	sys := testSystem(t, text.option(), quickRestarts(), WithEvents(func(e actor.Event) { note(e) }), WithDeadLetters(func(l actor.DeadLetter) { note(l) }))
	ctx := testContext(t)
	server, ann := certificate(t), certificate(t)
	const good, bad = "correct horse", "battery staple"
	auth := sys.Authenticator()
	must(t, auth.Set(DefaultDomain, Rules{Clients: Clients{ann.Public(): "ann"}, Users: map[string]Password{"ann": good}}))
	curve, where := listener(t, sys, server)
	plain := open(t, sys, Pull, WithPlainServer(), WithBind("tcp://127.0.0.1:0"))
	sockets := []*Socket{curve, plain,
		calls(t, sys, where, "a", WithCurveClient(ann, server.Public())),
		calls(t, sys, bound(t, plain), "a", WithPlainClient("ann", good)),
		calls(t, sys, bound(t, plain), "b", WithPlainClient("ann", bad))}
	receive(t, curve)
	receive(t, plain)
	eventually(t, "a refusal", func() bool { return plain.Rejected() > 0 })
	(*sys.auth.judge.Load()).Stop(nil)
	calls(t, sys, bound(t, plain), "c", WithPlainClient("ann", bad))
	eventually(t, "another one", func() bool { return auth.Stats().Failed > 0 })
	lose(t, curve)
	loose := open(t, sys, Pull)
	for name, value := range map[string]any{"curve_secretkey": server.SecretKey() + "x", "plain_password": strings.Repeat(good, 40)} {
		if err := loose.SetOption(ctx, name, value); err == nil {
			t.Error(name, "was taken")
		} else {
			note(err)
		}
	}
	must(t, loose.Close())
	_ = loose.Ref().TryTell(SetOption{Name: "plain_password", Value: good}) // to a closed actor
	note(sys.Snapshot())
	all, err := json.Marshal(sys.Snapshot())
	must(t, err)
	note(string(all))
	note(auth)
	note(auth.Stats())
	for _, s := range sockets {
		must(t, s.Close())
		note(s)
	}
	for what, secret := range map[string]string{"server's key": server.SecretKey(), "client's key": ann.SecretKey(), "right password": good, "wrong password": bad} {
		if at := strings.Index(text.String(), secret); at >= 0 {
			t.Errorf("the %s shows behind %q", what, text.String()[max(0, at-200):at])
		}
	}
	if !strings.Contains(text.String(), "its user name or password is wrong") || !strings.Contains(text.String(), "admitted") {
		t.Error("denials are not logged")
	}
}

func TestTheLogIsNotFlooded(t *testing.T) {
	text := new(logged)
	sys := testSystem(t, text.option())
	var throttled throttle
	for range 1000 {
		throttled.warn(sys.logger, "connection refused")
	}
	if n := strings.Count(text.String(), "connection refused"); n < linesPerSecond || n > 5*linesPerSecond {
		t.Errorf("%d lines", n)
	}
	throttled.since = throttled.since.Add(-time.Minute)
	throttled.warn(sys.logger, "connection refused")
	if !strings.Contains(text.String(), "more connections were refused than the log was told") {
		t.Error("the rest is not counted")
	}
}

func TestAMechanismIsNotLeftOutOverMulticast(t *testing.T) {
	sys := testSystem(t)
	for name, opts := range map[string][]SocketOption{"CURVE": {WithCurveServer(certificate(t))}, "PLAIN": {WithPlainServer()}, "a domain": {WithDomain("d")}, "": nil} {
		s := open(t, sys, Pub, opts...)
		for _, text := range []string{"epgm://127.0.0.1;239.192.1.1:5555", "pgm://239.192.1.1:5555", "tcp://127.0.0.1:5555"} {
			endpoint, err := ParseEndpoint(text)
			must(t, err)
			_, err = s.protects(endpoint)
			if refused := name != "" && endpoint.Transport() != TransportTCP; errors.Is(err, ErrSecurity) != refused {
				t.Errorf("%q over %s: %v", name, text, err)
			}
			if s.mechanismAt(endpoint) != MechanismNull && endpoint.multicasts() {
				t.Errorf("a policy is told of %v over %s", s.mechanismAt(endpoint), text)
			}
		}
	}
}
