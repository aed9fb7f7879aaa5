package pipeline

import (
	"context"
	"fmt"
	"testing"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// BenchmarkProcess moves tasks of 100 bytes through two workers and back.
func BenchmarkProcess(b *testing.B) {
	for transport, endpoint := range map[string]string{"inproc": "", "tcp": "tcp://127.0.0.1:*"} {
		for _, credit := range []int{2, 16, 256} {
			b.Run(fmt.Sprintf("%s/credit=%d", transport, credit), func(b *testing.B) {
				sys, _ := newSystem(b)
				run := start(b, sys, Topology[[]byte, []byte]{Workers: 2, Credit: credit, Endpoint: endpoint, Codec: patterns.Raw,
					Work: func(_ context.Context, t []byte) ([]byte, error) { return t, nil }})
				task := make([]byte, 100)
				b.ReportAllocs()
				b.ResetTimer()
				got := 0
				for _, err := range run.Process(context.Background(), func(yield func([]byte) bool) {
					for range b.N {
						if !yield(task) {
							return
						}
					}
				}) {
					if err != nil {
						b.Fatal(err)
					}
					got++
				}
				b.ReportMetric(float64(got)/b.Elapsed().Seconds(), "tasks/s")
				if got != b.N {
					b.Errorf("%d results, want %d", got, b.N)
				}
			})
		}
	}
}

// BenchmarkPushPull is the raw, lossy path of package zsock that the pipeline is compared with.
func BenchmarkPushPull(b *testing.B) {
	sys, _ := newSystem(b)
	ctx := context.Background()
	pull, err := sys.Open(zsock.Pull, zsock.WithBind("tcp://127.0.0.1:*"))
	if err != nil {
		b.Fatal(err)
	}
	bound, err := pull.Endpoints(ctx, zsock.Bound)
	if err != nil {
		b.Fatal(err)
	}
	push, err := sys.Open(zsock.Push, zsock.WithConnect(bound[0]))
	if err != nil {
		b.Fatal(err)
	}
	if err := push.WaitConnected(ctx, 1); err != nil {
		b.Fatal(err)
	}
	message := zsock.Bytes(make([]byte, 100))
	b.ReportAllocs()
	b.ResetTimer()
	sent := make(chan error, 1)
	go func() {
		for range b.N {
			if err := push.Post(ctx, message); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	buffer := make([]zsock.Message, 256)
	for got := 0; got < b.N; {
		n, err := pull.RecvBatch(ctx, buffer)
		if err != nil {
			b.Fatal(err)
		}
		got += n
	}
	if err := <-sent; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
