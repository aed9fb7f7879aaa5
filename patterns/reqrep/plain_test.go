package reqrep

import (
	"context"
	"fmt"
	"sync"
	"testing"

	zmq "github.com/pebbe/zmq4"

	"github.com/actomq/actomq/zsock"
)

// plainSocket opens a socket of the plain binding, in a context of its own, for one goroutine.
func plainSocket(t *testing.T, typ zmq.Type) *zmq.Socket {
	t.Helper()
	context, err := zmq.NewContext()
	must(t, err)
	s, err := context.NewSocket(typ)
	must(t, err)
	must(t, s.SetLinger(0))
	must(t, s.SetRcvtimeo(patience))
	t.Cleanup(func() {
		must(t, s.Close())
		must(t, context.Term())
	})
	return s
}

func TestAReqOfThePlainBindingIsServed(t *testing.T) {
	onTransports(t, func(t *testing.T, _ context.Context, sys *zsock.System, endpoint string) {
		if endpoint[:6] == "inproc" {
			return // another context can't see it
		}
		srv, err := Serve(sys, endpoint, square)
		must(t, err)
		req := plainSocket(t, zmq.REQ)
		must(t, req.Connect(srv.Endpoint()))
		ask := func(request ...any) []string {
			t.Helper()
			_, err := req.SendMessage(request...)
			must(t, err)
			reply, err := req.RecvMessage(0)
			must(t, err)
			return reply
		}
		for n := range 20 {
			if reply := ask(fmt.Sprintf(`{"N":%d}`, n)); len(reply) != 1 || reply[0] != fmt.Sprintf(`{"Square":%d}`, n*n) {
				t.Fatalf("%q", reply)
			}
		}
		if reply := ask(`{"N":-2}`); len(reply) != 3 || reply[0] != "" || reply[1] != CodeHandler || reply[2] != "negative" {
			t.Errorf("%q", reply)
		}
		if reply := ask("two", "frames"); len(reply) != 3 || reply[1] != CodeRequest {
			t.Errorf("%q", reply)
		}
	})
}

func TestARepOfThePlainBindingAnswersTheClient(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		if endpoint[:6] == "inproc" {
			return // another context can't see it
		}
		rep := plainSocket(t, zmq.REP)
		must(t, rep.Bind(endpoint))
		where, err := rep.GetLastEndpoint()
		must(t, err)
		const calls = 200
		var server sync.WaitGroup
		server.Go(func() {
			for range calls {
				request, err := rep.RecvMessage(0)
				if err == nil {
					var n int
					_, _ = fmt.Sscanf(request[0], `{"N":%d}`, &n)
					_, err = rep.SendMessage(fmt.Sprintf(`{"Square":%d}`, n*n))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		cli := dial(t, sys, where)
		must(t, cli.WaitConnected(ctx))
		var group sync.WaitGroup
		for n := range calls {
			group.Go(func() {
				if a, err := cli.Call(ctx, question{n}); err != nil || a.Square != n*n {
					t.Errorf("%d: %v %v", n, a, err)
				}
			})
		}
		group.Wait()
		server.Wait()
	})
}
