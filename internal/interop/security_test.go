package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// role is what makes a socket the server or the client of a mechanism, be it ours or theirs.
type role struct {
	options  []zsock.SocketOption
	settings []any
}

const user, password = "ann", "correct-horse"

func curveServer(own zsock.Certificate) role {
	return role{[]zsock.SocketOption{zsock.WithCurveServer(own)},
		append(keySettings(own), "curve_server=1", "zap_domain="+zsock.DefaultDomain)}
}

func curveClient(own zsock.Certificate, server zsock.PublicKey) role {
	return role{[]zsock.SocketOption{zsock.WithCurveClient(own, server)},
		append(keySettings(own), "curve_serverkey="+server.String())}
}

func keySettings(own zsock.Certificate) []any {
	return []any{"curve_publickey=" + own.Public().String(), "curve_secretkey=" + own.SecretKey()}
}

func plainServer() role {
	return role{[]zsock.SocketOption{zsock.WithPlainServer()}, []any{"plain_server=1", "zap_domain=" + zsock.DefaultDomain}}
}

func plainClient(user string, password zsock.Password) role {
	return role{[]zsock.SocketOption{zsock.WithPlainClient(user, password)},
		[]any{"plain_username=" + user, "plain_password=" + string(password)}}
}

// security has each side serve clients of the other, with the authenticator that belongs to it: those with the right keys or
// password exchange messages, of all others none comes through.
func (r *rig) security(t *testing.T) {
	server, ann, stranger := generate(t), generate(t), generate(t)
	r.admit(t, ann)
	mechanisms := []struct {
		name         string
		server, good role
		bad          []role
		why          []string
	}{
		{"CURVE", curveServer(server), curveClient(ann, server.Public()),
			[]role{curveClient(stranger, server.Public()), curveClient(ann, stranger.Public()), {}, plainClient(user, password)},
			[]string{"with a key that nobody knows", "who takes it for another server", "without keys", "with PLAIN"}},
		{"PLAIN", plainServer(), plainClient(user, password),
			[]role{plainClient(user, "battery-staple"), plainClient("bob", password), {}, curveClient(ann, server.Public())},
			[]string{"with a wrong password", "whom nobody knows", "without a name", "with CURVE"}},
		{"no", role{}, role{},
			[]role{plainClient(user, password), curveClient(ann, server.Public())},
			[]string{"with PLAIN", "with CURVE"}},
	}
	for _, m := range mechanisms {
		for _, weServe := range []bool{true, false} {
			who := "they serve"
			if weServe {
				who = "we serve"
			}
			for _, h := range []how{{transport: "tcp", weBind: weServe}, {transport: "tcp", weBind: !weServe}, {transport: "ipc", weBind: weServe}} {
				if m.name == "no" {
					break // all other cases are of this kind
				}
				exchange(t, fmt.Sprintf("%s, %s, %v", m.name, who, h), func(ctx context.Context, t *testing.T) {
					h.options, h.settings = m.good.options, m.server.settings
					if weServe {
						h.options, h.settings = m.server.options, m.good.settings
					}
					l := r.link(ctx, t, zsock.Dealer, "DEALER", h)
					ask(0)(t, l)
					answer(t, l)
					if weServe {
						l.tell(t, "send", text("who am I"))
						if got := l.recv(t); got.UserID() != user {
							t.Errorf("a message of %q, want one of %s", got.UserID(), user)
						}
					}
				})
			}
			for i, bad := range m.bad {
				exchange(t, fmt.Sprintf("%s security, %s, a client %s", m.name, who, m.why[i]), func(ctx context.Context, t *testing.T) {
					if weServe {
						r.weRefuse(ctx, t, m.server, bad, m.good)
					} else {
						r.theyRefuse(ctx, t, m.server, bad, m.good)
					}
				})
			}
		}
	}
}

// admit tells both authenticators whom to let in. They learn ann's key from a file that we write.
func (r *rig) admit(t *testing.T, ann zsock.Certificate) {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "clients")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := ann.PublicOnly().WithMeta("name", user).Save(filepath.Join(directory, "ann.key")); err != nil {
		t.Fatal(err)
	}
	r.agent.do(limited(t), t, "zap", user, password, directory)
	clients, err := zsock.LoadClients(directory)
	if err != nil {
		t.Fatal(err)
	}
	rules := zsock.Rules{Clients: clients, Users: map[string]zsock.Password{user: password}}
	if err := r.sys.Authenticator().Set(zsock.DefaultDomain, rules); err != nil {
		t.Fatal(err)
	}
}

// weRefuse has a bad client of theirs send to us, and then a good one.
func (r *rig) weRefuse(ctx context.Context, t *testing.T, server, bad, good role) {
	t.Helper()
	l := r.link(ctx, t, zsock.Pull, "PUSH", how{transport: "tcp", weBind: true, options: server.options, settings: bad.settings})
	l.tell(t, "offer", text("bad")) // libzmq may have given the connection up already
	// libzmq gives a client up that was refused, so this is once and for all.
	l.until(t, "refused the client", func() bool { return l.ours.Rejected() > 0 })
	another := r.client(ctx, t, "PUSH", l.ours, good.settings...)
	r.agent.do(ctx, t, "send", another, text("good"))
	text("good").check(t, l.recv(t))
	if m, err := l.ours.TryRecv(); !errors.Is(err, zsock.ErrWouldBlock) {
		t.Errorf("%v came through, %v", m, err)
	}
}

// theyRefuse has a bad client of ours send to them, and then a good one.
func (r *rig) theyRefuse(ctx context.Context, t *testing.T, server, bad, good role) {
	t.Helper()
	l := r.link(ctx, t, zsock.Push, "PULL", how{transport: "tcp", options: bad.options, settings: server.settings})
	if err := l.ours.Post(ctx, zsock.Text("bad")); err != nil {
		t.Fatal(err)
	}
	l.tell(t, "refused")
	endpoint, err := l.ours.Endpoints(ctx, zsock.Connected)
	if err != nil {
		t.Fatal(err)
	}
	another, err := r.sys.Open(zsock.Push, append(good.options, zsock.WithConnect(endpoint[0]))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := another.Send(ctx, zsock.Text("good")); err != nil {
		t.Fatal(err)
	}
	l.theyRecv(t, text("good"), 0)
	l.tell(t, "empty")
	if err := another.Close(); err != nil {
		t.Error(err)
	}
}
