//go:build cgo

package libzmq

import (
	"errors"
	"testing"

	"github.com/pebbe/zmq4"
)

// BenchmarkPushPull compares the burst path with the binding, one message at a time: 100 bytes from one goroutine to another.
func BenchmarkPushPull(b *testing.B) {
	for _, transport := range []string{"inproc", "tcp"} {
		b.Run(transport+"/burst", func(b *testing.B) { benchBurst(b, transport, 100) })
		b.Run(transport+"/pebbe", func(b *testing.B) { benchBinding(b, transport, 100) })
		b.Run(transport+"/burst-1MiB", func(b *testing.B) { benchBurst(b, transport, 1<<20) })
		b.Run(transport+"/pebbe-1MiB", func(b *testing.B) { benchBinding(b, transport, 1<<20) })
	}
}

// benchPair has both high-water marks at 1,000 messages or 16 MiB, whichever is less: a deeper queue of large messages measures page faults.
func benchPair(b *testing.B, transport string, size int) (sender, receiver *Socket) {
	c := newTestContext(b)
	sender, receiver = open(b, c, Push), open(b, c, Pull)
	mark := min(1000, 16<<20/size)
	if err := errors.Join(sender.SetInt(OptSndHWM, mark), receiver.SetInt(OptRcvHWM, mark)); err != nil {
		b.Fatal(err)
	}
	if err := sender.Connect(listen(b, receiver, transport)); err != nil {
		b.Fatal(err)
	}
	return sender, receiver
}

func benchBurst(b *testing.B, transport string, size int) {
	sender, receiver := benchPair(b, transport, size)
	payload := make([]byte, size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	wait := beside(b, func() error {
		var out Burst
		for i := range b.N {
			out.Append(payload, nil)
			if out.Len() == 256 || i == b.N-1 {
				if err := sendAll(sender, &out); err != nil {
					return err
				}
			}
		}
		return nil
	})
	bytes := 0
	if err := receive(receiver, b.N, func(first []byte, _ [][]byte) { bytes += len(first) }); err != nil {
		b.Error(err)
	}
	wait()
	if bytes != b.N*size {
		b.Errorf("received %d bytes, want %d", bytes, b.N*size)
	}
}

func benchBinding(b *testing.B, transport string, size int) {
	sender, receiver := benchPair(b, transport, size)
	payload := make([]byte, size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	wait := beside(b, func() error {
		for range b.N {
			if _, err := sender.raw.SendBytes(payload, 0); err != nil {
				return err
			}
		}
		return nil
	})
	bytes := 0
	for range b.N {
		message, err := receiver.raw.RecvBytes(zmq4.Flag(0))
		if err != nil {
			b.Fatal(err)
		}
		bytes += len(message)
	}
	wait()
	if bytes != b.N*size {
		b.Errorf("received %d bytes, want %d", bytes, b.N*size)
	}
}
