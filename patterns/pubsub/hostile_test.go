package pubsub

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// A publisher that sends nonsense costs its reader errors, one for each message, and nothing else.
func TestNonsenseIsAnErrorForEachMessageAndNothingElse(t *testing.T) {
	for name, endpoint := range map[string]string{"inproc": "inproc://nonsense", "tcp": "tcp://127.0.0.1:0"} {
		t.Run(name, func(t *testing.T) {
			ctx, sys := setUp(t)
			hostile, err := sys.Open(zsock.Pub, zsock.WithBind(endpoint))
			if err != nil {
				t.Fatal(err)
			}
			bound, err := hostile.Endpoints(ctx, zsock.Bound)
			if err != nil {
				t.Fatal(err)
			}
			sub, err := NewSubscriber[report](sys, []string{""}, WithSocket(zsock.WithConnect(bound[0]), zsock.WithMessageLimit(1000, 1<<20)))
			if err != nil {
				t.Fatal(err)
			}
			if err := hostile.WaitSubscribers(ctx, "", 1); err != nil {
				t.Fatal(err)
			}
			many := make([][]byte, 900)
			wrong := []zsock.Message{
				zsock.Text(""), zsock.Text("topic"), zsock.Text("", ""), zsock.Text("topic", "{"), zsock.Text("topic", `{"Temperature":"x"}`),
				zsock.Text("topic", "{}", "three frames"), zsock.Bytes(many...), zsock.Bytes(bytes.Repeat([]byte{0xff}, 1000), []byte{0}),
			}
			dropped := []zsock.Message{zsock.Bytes(many...).With(many...), zsock.Bytes(nil, make([]byte, 1<<20+1))}
			read := make(chan error, 1)
			go func() {
				failed := 0
				for e, err := range sub.All(ctx) {
					if _, ok := errors.AsType[*DecodeError](err); ok {
						failed++
						continue
					}
					if err == nil && (e.Value.Temperature != 20 || failed != len(wrong)) {
						err = errors.New("the good one does not come behind all others")
					}
					read <- err
					return
				}
			}()
			for _, m := range append(dropped, wrong...) {
				if err := hostile.Send(ctx, m); err != nil {
					t.Fatal(err)
				}
			}
			if err := hostile.Send(ctx, zsock.Text("topic", `{"Temperature":20}`)); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-read:
				if err != nil {
					t.Fatal(err)
				}
			case <-ctx.Done():
				t.Fatal(context.Cause(ctx))
			}
			if got := sub.Socket().Stats(); got.Unread != uint64(len(dropped)) {
				t.Error(got)
			}
		})
	}
}
