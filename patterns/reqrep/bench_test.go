package reqrep

import (
	"testing"

	"github.com/actomq/actomq/patterns"
)

func BenchmarkCalls(b *testing.B) {
	for _, transport := range []struct{ name, endpoint string }{{"inproc", "inproc://bench"}, {"tcp", "tcp://127.0.0.1:0"}} {
		for _, callers := range []struct {
			name string
			each int // times GOMAXPROCS
		}{{"one", 0}, {"many", 100}} {
			b.Run(transport.name+"/"+callers.name, func(b *testing.B) {
				ctx, sys := setUp(b)
				srv, err := Serve(sys, transport.endpoint, echo, WithCodec(patterns.Raw))
				must(b, err)
				cli, err := Dial[[]byte, []byte](sys, srv.Endpoint(), WithCodec(patterns.Raw))
				must(b, err)
				must(b, cli.WaitConnected(ctx))
				request := make([]byte, 100)
				b.ResetTimer()
				if callers.each == 0 {
					for range b.N {
						if _, err := cli.Call(ctx, request); err != nil {
							b.Fatal(err)
						}
					}
					return
				}
				b.SetParallelism(callers.each)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := cli.Call(ctx, request); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}
