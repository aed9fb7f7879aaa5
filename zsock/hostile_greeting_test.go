package zsock

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestStrangersWhoSpeakNoZMTPDisturbNobody(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	noise := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	greeting := zmtpGreeting("NULL")
	for name, endpoint := range map[string]string{"tcp": "tcp://127.0.0.1:0", "ipc": "ipc://" + t.TempDir() + "/s"} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			s := serve(t, sys, endpoint, []SocketOption{WithOption("handshake_ivl", 300*time.Millisecond)}, nil)
			m := watch(t, s.Socket, WithEventBuffer(10_000))
			_ = m
			frugal(t, 32<<20, func() {
				var all []*stranger
				for i := range 64 {
					x := approach(t, bound(t, s.Socket))
					all = append(all, x)
					switch i % 6 {
					case 0:
						x.says(noise(1 + i*50))
					case 1:
						x.says([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
					case 2:
						x.says(greeting[:i])
					case 3: // silence
					case 4:
						x.says([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), noise(500)) // TLS
					case 5:
						x.says([]byte{0xff}, noise(200))
					}
				}
				s.goesOn(t)
				for i, x := range all {
					if i%6 == 2 || i%6 == 3 || i%6 == 5 {
						x.untilHungUp()
					}
					x.Close()
				}
			})
			s.aloneWithGood(t)
			s.goesOn(t)
			t.Log(counted(s.Socket), s.Rejected(), s.noise.Load())
		})
	}
}
