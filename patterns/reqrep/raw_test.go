package reqrep

import (
	"bytes"
	"context"
	"testing"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// What was received stays as it is however much comes after it, and what was sent may be used again, by handlers, too.
func TestRawBytesBelongToWhoeverHoldsThem(t *testing.T) {
	onTransports(t, func(t *testing.T, ctx context.Context, sys *zsock.System, endpoint string) {
		for _, size := range []int{10, 100_000} {
			buffer, kept := make([]byte, size), [][]byte(nil)
			srv, err := Serve(sys, endpoint, func(_ context.Context, b []byte) ([]byte, error) {
				kept = append(kept, b)
				copy(buffer, b)
				return buffer, nil
			}, WithCodec(patterns.Raw), WithConcurrency(1))
			must(t, err)
			cli, err := Dial[[]byte, []byte](sys, srv.Endpoint(), WithCodec(patterns.Raw))
			must(t, err)
			request, answers := make([]byte, size), [][]byte(nil)
			const calls = 100
			for n := range calls {
				for i := range request {
					request[i] = byte(n)
				}
				a, err := cli.Call(ctx, request)
				must(t, err)
				answers = append(answers, a)
			}
			must(t, cli.Close(ctx))
			must(t, srv.Close(ctx))
			for n := range calls {
				want := bytes.Repeat([]byte{byte(n)}, size)
				if !bytes.Equal(kept[n], want) || !bytes.Equal(answers[n], want) {
					t.Fatalf("bytes of call %d are those of another", n)
				}
			}
		}
	})
}
