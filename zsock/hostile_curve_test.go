package zsock

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAWrongCurveKeyNeverGetsAMessageThrough(t *testing.T) {
	server, good, other := certificate(t), certificate(t), certificate(t)
	for name, endpoint := range map[string]string{"tcp": "tcp://127.0.0.1:0", "ipc": "ipc://" + t.TempDir() + "/s"} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{good.Public(): "good"}}))
			s := serve(t, sys, endpoint, []SocketOption{WithCurveServer(server)}, []SocketOption{WithCurveClient(good, server.Public())})
			m := watch(t, s.Socket, WithEventBuffer(100_000), WithEventKinds(EventHandshakeFailed, EventHandshakeSucceeded))
			where := bound(t, s.Socket)
			wrong := map[string][]SocketOption{
				"an unknown client key":       {WithCurveClient(other, server.Public())},
				"a wrong server key":          {WithCurveClient(good, other.Public())},
				"no CURVE":                    nil,
				"PLAIN":                       {WithPlainClient("good", "pw")},
				"an unknown key and identity": {WithCurveClient(other, server.Public()), WithIdentity("good")},
			}
			frugal(t, 32<<20, func() {
				for name, opts := range wrong {
					for _, typ := range []Type{Dealer, Req} {
						x := open(t, sys, typ, append(opts, WithConnect(where), quickly())...)
						for i := range 50 {
							if err := x.Post(testContext(t), Text(fmt.Sprintf("%s %d", name, i))); err != nil {
								t.Error(err)
							}
						}
					}
				}
				before := s.Rejected()
				eventually(t, "each of them is rejected again and again", func() bool { return s.Rejected() >= before+50 })
			})
			s.goesOn(t)
			s.stop()
			if s.noise.Load() != 0 || s.ReadyPeers() != 1 {
				t.Errorf("%d messages came through, %d peers, %v", s.noise.Load(), s.ReadyPeers(), s.Stats())
			}
			must(t, m.Close())
			reasons := make(map[string]int)
			for e := range m.Events() {
				if e.Kind == EventHandshakeSucceeded {
					t.Error(e)
				}
				reasons[e.Err.Error()]++
			}
			for _, want := range []string{"refused (ZAP status 400)", "cryptographic error", "mechanism mismatch"} {
				found := false
				for reason := range reasons {
					found = found || strings.Contains(reason, want)
				}
				if !found {
					t.Errorf("%q is not among the reasons %v", want, reasons)
				}
			}
		})
	}
}

// A man in the middle passes a good handshake on and then changes bytes, repeats them or adds his own.
func TestWhatIsChangedOnTheWayOfCurveDoesNotArrive(t *testing.T) {
	server, client := certificate(t), certificate(t)
	sys := testSystem(t)
	must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{client.Public(): "good"}}))
	curve := WithCurveClient(client, server.Public())
	s := serve(t, sys, "tcp://127.0.0.1:0", []SocketOption{WithCurveServer(server)}, []SocketOption{curve})
	for name, change := range map[string]func([]byte) []byte{
		"a bit":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"again":   func(b []byte) []byte { return append(b, b...) },
		"its own": func([]byte) []byte { return zmtpFrame(0, []byte("in plain text")) },
		"a false command": func([]byte) []byte {
			return zmtpFrame(0, append([]byte("\x07MESSAGE"), make([]byte, 100)...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			told := s.EventCount(EventDisconnected) + s.Rejected()
			noise := s.noise.Load()
			between := tamper(t, bound(t, s.Socket), change)
			d := open(t, sys, Dealer, curve, WithConnect(between.address), WithOption("reconnect_ivl", -time.Millisecond))
			ctx := testContext(t)
			must(t, d.WaitConnected(ctx, 1))
			must(t, d.Send(ctx, Text("first")))
			eventually(t, "an untouched message", func() bool { return s.noise.Load() == noise+1 })
			between.armed.Store(true)
			must(t, d.Send(ctx, Text("second")))
			eventually(t, "word of it", func() bool { return s.EventCount(EventDisconnected)+s.Rejected() > told })
			must(t, d.Post(ctx, Text("third")))
			s.goesOn(t)
			want := noise + 1
			if name == "again" {
				want++ // the message itself, and not its copy
			}
			if got := s.noise.Load(); got != want {
				t.Errorf("%d messages, want %d", got-noise, want-noise)
			}
		})
	}
}

// middle passes bytes on between one client and a server.
type middle struct {
	address string
	armed   atomic.Bool // change what the client says from now on
}

func tamper(t testing.TB, server string, change func([]byte) []byte) *middle {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m := &middle{address: "tcp://" + listener.Addr().String()}
	out := approach(t, server)
	var group sync.WaitGroup
	group.Go(func() {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		defer in.Close()
		group.Go(func() {
			_, _ = io.Copy(in, out)
			in.Close()
		})
		buffer := make([]byte, 64<<10)
		for {
			n, err := in.Read(buffer)
			if err != nil {
				out.Close()
				return
			}
			said := buffer[:n:n]
			if m.armed.Load() {
				said = change(said)
			}
			out.says(said)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		out.Close()
		group.Wait()
	})
	return m
}
