package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
	"github.com/actomq/actomq/zsock/zsocktest"
)

// socketCallbacks are those of systems of sockets, of rules and of proxies.
func socketCallbacks() (all []callback) {
	for _, hook := range []struct {
		name   string
		option func(*trap) zsock.SystemOption
	}{
		{"WithEvents", func(t *trap) zsock.SystemOption { return zsock.WithEvents(func(actor.Event) { t.spring() }) }},
		{"WithDeadLetters", func(t *trap) zsock.SystemOption { return zsock.WithDeadLetters(func(actor.DeadLetter) { t.spring() }) }},
		{"WithLogger", func(t *trap) zsock.SystemOption { return zsock.WithLogger(slog.New(logTrap{"Handle", t})) }},
		{"Enabled of WithLogger", func(t *trap) zsock.SystemOption { return zsock.WithLogger(slog.New(logTrap{"Enabled", t})) }},
		{"WithPolicy", func(t *trap) zsock.SystemOption {
			return zsock.WithPolicy(zsock.PolicyFunc(func(zsock.Access) error { t.spring(); return nil }))
		}},
	} {
		all = append(all, callback{hook.name, func(ctx context.Context, _ stage, t *trap) error { return driveSystem(ctx, t, hook.option(t)) }})
	}
	return append(all,
		callback{"Rules.Check", func(ctx context.Context, st stage, t *trap) error {
			return driveCheck(ctx, st, t, func() error { t.spring(); return nil })
		}},
		callback{"the error of Rules.Check", func(ctx context.Context, st stage, t *trap) error {
			return driveCheck(ctx, st, t, t.vicious)
		}},
		callback{"ProxySpec.Capture", func(ctx context.Context, st stage, t *trap) error {
			return driveCapture(ctx, st, t, func() error { t.spring(); return nil })
		}},
		callback{"the error of ProxySpec.Capture", func(ctx context.Context, st stage, t *trap) error {
			return driveCapture(ctx, st, t, t.vicious)
		}})
}

// driveSystem has a system of its own bind, restart, and give messages up.
func driveSystem(ctx context.Context, t *trap, option zsock.SystemOption) (err error) {
	sys, err := zsock.NewSystem(zsock.WithLogger(slog.New(slog.DiscardHandler)),
		zsock.WithRestarts(supervision.Spec{Intensity: 1_000_000, Backoff: supervision.Backoff{Min: time.Millisecond, Max: time.Millisecond}}), option)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut(sys)) }()
	push, err := sys.Open(zsock.Push, zsock.WithOutbox(1), zsock.WithLinger(0))
	if err != nil {
		return err
	}
	binds := 0
	if err := t.again(ctx, func() error {
		binds++
		where := fmt.Sprintf("inproc://panics-%d", binds)
		_ = push.Bind(ctx, where) // the policy or the log may refuse it
		_ = push.UnsafeBind(ctx, "inproc://unsafe-"+where)
		if err := zsocktest.Kill(ctx, push); err != nil {
			return err
		}
		for range 3 { // more than the outbox holds
			if err := push.Ref().Tell(ctx, zsock.Post{Message: zsock.Text("nobody takes it")}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	pull, err := sys.Open(zsock.Pull, zsock.WithBind("inproc://after"))
	if err != nil {
		return err
	}
	if err := errors.Join(push.Connect(ctx, "inproc://after"), push.Send(ctx, zsock.Text("after"))); err != nil {
		return err
	}
	if _, err := pull.Recv(ctx); err != nil {
		return err
	}
	if n := push.EventCount(zsock.EventRestarted); n != uint64(binds) && t.name != "WithPolicy" { // one that refuses a restart fails it
		return fmt.Errorf("the socket was restarted %d times and killed %d times", n, binds)
	}
	return sys.Err()
}

// driveCheck has peers ask to come in.
func driveCheck(ctx context.Context, st stage, t *trap, check func() error) error {
	err := st.sys.Authenticator().Set("panics", zsock.Rules{AnyUser: true, Check: func(context.Context, zsock.Credentials) (zsock.Identity, error) {
		return zsock.Identity{User: "checked"}, check()
	}})
	if err != nil {
		return err
	}
	server, err := st.sys.Open(zsock.Rep, zsock.WithPlainServer(), zsock.WithDomain("panics"), zsock.WithBind("tcp://127.0.0.1:*"))
	if err != nil {
		return err
	}
	where, err := bound(ctx, server)
	if err != nil {
		return err
	}
	judged := func() uint64 {
		c := st.sys.Authenticator().Stats().Domains["panics"]
		return c.Admitted + c.Denied + c.Failed
	}
	err = t.again(ctx, func() error {
		before := judged()
		client, err := st.sys.Open(zsock.Req, zsock.WithPlainClient("user", "password"), zsock.WithConnect(where))
		if err != nil {
			return err
		}
		return errors.Join(until(ctx, func() bool { return judged() > before }), client.Close())
	})
	stats := st.sys.Authenticator().Stats().Domains["panics"]
	if stats.Admitted == 0 || stats.Denied+stats.Failed < ways {
		err = errors.Join(err, fmt.Errorf("the authenticator counts %+v", stats))
	}
	return errors.Join(err, server.Close())
}

// driveCapture has a proxy show its messages.
func driveCapture(ctx context.Context, st stage, t *trap, capture func() error) (err error) {
	proxy, err := st.sys.StartProxy(ctx, zsock.ProxySpec{
		Front:   zsock.Side{Type: zsock.Pull, Options: []zsock.SocketOption{zsock.WithBind("inproc://front-" + t.name)}},
		Back:    zsock.Side{Type: zsock.Push, Options: []zsock.SocketOption{zsock.WithBind("inproc://back-" + t.name)}},
		Capture: func(context.Context, *zsock.Socket, zsock.Message) error { return capture() },
		Restart: true, Supervision: supervision.Spec{Intensity: 1000, Backoff: supervision.Backoff{Min: time.Millisecond, Max: time.Millisecond}},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, proxy.Stop(ctx, nil)) }()
	push, err := st.sys.Open(zsock.Push, zsock.WithConnect("inproc://front-"+t.name))
	if err != nil {
		return err
	}
	pull, err := st.sys.Open(zsock.Pull, zsock.WithConnect("inproc://back-"+t.name))
	if err != nil {
		return err
	}
	sent := 0
	if err := t.again(ctx, func() error { sent++; return push.Send(ctx, zsock.Text("captured")) }); err != nil {
		return err
	}
	for range sent - ways { // the others are dead letters
		if _, err := pull.Recv(ctx); err != nil {
			return err
		}
	}
	return errors.Join(push.Close(), pull.Close())
}
