package reqrep

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
)

// What a server gets from sockets that are no clients is answered, refused or counted, and clients are served all the time.
func TestNonsenseFromClientsIsCountedAndEndsNoOtherCall(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		srv, err := Serve(sys, endpoint, func(_ context.Context, q question) (answer, error) { return answer{q.N * q.N}, nil },
			WithSocket(zsock.WithMessageLimit(10_000, 1<<20)))
		must(t, err)
		cli := dial(t, sys, srv.Endpoint())
		many := make([][]byte, 5000)
		for i := range many {
			many[i] = []byte("id")
		}
		const rounds = 3
		var wrong, refused, dropped uint64
		for round := range rounds {
			hostile, err := sys.Open(zsock.Dealer, zsock.WithConnect(srv.Endpoint()))
			must(t, err)
			for _, m := range []zsock.Message{zsock.Text(""), zsock.Text("no delimiter"), zsock.Text("a", "b", "c"), zsock.Bytes(many...)} {
				must(t, hostile.Send(ctx, m))
				wrong++
			}
			for _, body := range []string{"", "{", "\xff\xfe", `{"N":1e99}`, `[[[[[[`} {
				must(t, hostile.Send(ctx, zsock.Text(body).Wrap([]byte("12345678"))))
				refused++
			}
			must(t, hostile.Send(ctx, zsock.Bytes([]byte("id"), nil, []byte("{}"), []byte("two bodies"))))
			must(t, hostile.Send(ctx, zsock.Bytes(many...).Wrap([]byte("12345678"))))
			refused += 2
			for _, m := range []zsock.Message{zsock.Bytes(many...).With(many...).With(many...), zsock.Bytes(nil, bytes.Repeat([]byte("x"), 1<<20))} {
				must(t, hostile.Send(ctx, m))
				dropped++
			}
			if a, err := cli.Call(ctx, question{round}); err != nil || a.Square != round*round {
				t.Fatal(a, err)
			}
			// Most is on its way when it goes; what has come is counted.
			if round < rounds-1 {
				for srv.Stats().Malformed < wrong || srv.Stats().Refused < refused || srv.Socket().Stats().Unread < dropped {
					if ctx.Err() != nil {
						t.Fatal(srv.Stats(), srv.Socket().Stats(), wrong, refused, dropped)
					}
					<-time.After(time.Millisecond)
				}
			}
			must(t, hostile.Close())
		}
		for n := range 20 {
			if a, err := cli.Call(ctx, question{n}); err != nil || a.Square != n*n {
				t.Fatal(a, err)
			}
		}
		if got := srv.Stats(); got.Panicked != 0 || got.Malformed > wrong || got.Refused > refused || got.Answered != rounds+20 {
			t.Error(fmt.Sprintf("%+v", got), wrong, refused)
		}
		if n := srv.Socket().EventCount(zsock.EventRestarted); n != 0 {
			t.Errorf("%d restarts", n)
		}
	})
}
