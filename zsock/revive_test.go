package zsock

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// libzmq gives a connect up for good after each of these.
func TestAConnectThatWasRefusedIsTriedAgain(t *testing.T) {
	server, client := certificate(t), certificate(t)
	t.Run("the rules come later", func(t *testing.T) {
		sys := testSystem(t)
		ctx := testContext(t)
		rep := open(t, sys, Rep, WithCurveServer(server), WithBind("tcp://127.0.0.1:*"))
		req := open(t, sys, Req, WithCurveClient(client, server.Public()), WithConnect(bound(t, rep)))
		m := watch(t, req, WithEventKinds(EventHandshakeFailed))
		must(t, sys.Authenticator().Set(DefaultDomain, Rules{}))
		await(t, m, EventHandshakeFailed)
		short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		if err := req.WaitConnected(short, 1); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "refused") {
			t.Errorf("it does not say why nobody is there: %v", err)
		}
		must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{client.Public(): "me"}}))
		must(t, req.WaitConnected(ctx, 1))
		must(t, req.Send(ctx, Text("hello")))
		receive(t, rep)
	})
	t.Run("another server comes", func(t *testing.T) {
		sys := testSystem(t)
		ctx := testContext(t)
		wrong := open(t, sys, Pub, WithBind("tcp://127.0.0.1:*"))
		where := bound(t, wrong)
		req := open(t, sys, Req, WithConnect(where), WithReconnect(5*time.Millisecond, 5*time.Millisecond))
		eventually(t, "a refusal", func() bool { return req.Peers()[0].Err != nil })
		must(t, wrong.Close())
		var rep *Socket
		eventually(t, "a free address", func() (ok bool) {
			var err error
			rep, err = sys.Open(Rep, WithBind(where))
			return err == nil
		})
		must(t, req.WaitConnected(ctx, 1))
		must(t, req.Send(ctx, Text("hello")))
		receive(t, rep)
	})
	t.Run("a frame was too large", func(t *testing.T) {
		sys := testSystem(t)
		ctx := testContext(t)
		router := open(t, sys, Router, WithIdentity([]byte("router")), WithBind("tcp://127.0.0.1:*"))
		dealer := open(t, sys, Dealer, WithIdentity([]byte("dealer")), WithMaxMessageSize(1000), WithConnect(bound(t, router)))
		for range 3 {
			must(t, dealer.Send(ctx, Text("hello")))
			receive(t, router)
			m := watch(t, dealer, WithEventKinds(EventDisconnected))
			must(t, router.Send(ctx, Bytes([]byte("dealer"), bytes.Repeat([]byte("x"), 5000))))
			await(t, m, EventDisconnected)
			must(t, m.Close())
			must(t, dealer.WaitConnected(ctx, 1))
		}
	})
}
