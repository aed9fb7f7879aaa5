package reqrep

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/actomq/actomq/zsock"
)

func TestAHandlerLearnsWhoCalls(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		srv, err := Serve(sys, endpoint, func(ctx context.Context, _ int) ([]string, error) {
			ctx, cancel := context.WithCancel(ctx) // what is made of it knows, too
			defer cancel()
			c, ok := CallerOf(ctx)
			kind, _ := c.Property("Socket-Type")
			return []string{fmt.Sprint(ok), c.Address(), c.UserID(), string(c.Name()), kind}, nil
		}, WithSocket(zsock.WithProperties("Socket-Type")))
		must(t, err)
		cli, err := Dial[int, []string](sys, srv.Endpoint(), WithSocket(zsock.WithIdentity("ann")))
		must(t, err)
		got, err := cli.Call(ctx, 1)
		must(t, err)
		address, kind := "", "" // as over inproc
		switch transport, _, _ := strings.Cut(srv.Endpoint(), ":"); transport {
		case "tcp":
			address, kind = "127.0.0.1", "DEALER"
		case "ipc":
			address, kind = fmt.Sprintf(":%d:%d:%d", os.Getuid(), os.Getgid(), os.Getpid()), "DEALER"
		}
		if want := []string{"true", address, "", "ann", kind}; fmt.Sprint(got) != fmt.Sprint(want) && !(got[1] != address && strings.HasSuffix(got[1], address)) {
			t.Errorf("%q, want %q", got, want)
		}
	})
	if c, ok := CallerOf(context.Background()); ok || c.Address() != "" || c.UserID() != "" {
		t.Error("a caller out of nothing")
	}
}

func TestAHandlerLearnsTheNameOfTheKeyThatCalls(t *testing.T) {
	ctx, sys := setUp(t)
	server, err := zsock.GenerateCertificate()
	must(t, err)
	own, err := zsock.GenerateCertificate()
	must(t, err)
	must(t, sys.Authenticator().Set(zsock.DefaultDomain, zsock.Rules{Clients: zsock.Clients{own.Public(): "ann"}}))
	srv, err := Serve(sys, "tcp://127.0.0.1:0", func(ctx context.Context, _ int) (string, error) {
		c, _ := CallerOf(ctx)
		return c.UserID() + " at " + c.Address(), nil
	}, WithSocket(zsock.WithCurveServer(server)))
	must(t, err)
	cli, err := Dial[int, string](sys, srv.Endpoint(), WithSocket(zsock.WithCurveClient(own, server.Public())))
	must(t, err)
	if got, err := cli.Call(ctx, 1); err != nil || got != "ann at 127.0.0.1" {
		t.Error(got, err)
	}
}
