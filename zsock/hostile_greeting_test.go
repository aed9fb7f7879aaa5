package zsock

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// noises are what a port gets to hear: each begins a connection.
func noises() [][]byte {
	random := rand.NewChaCha8([32]byte{7})
	noise := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	greeting := zmtpGreeting("NULL")
	all := [][]byte{
		nil, // silence
		[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		append([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), noise(500)...), // TLS
		[]byte("SSH-2.0-OpenSSH_9.2\r\n"),
		append([]byte("\xff"), noise(200)...),
		append(zmtpGreeting("NULL"), noise(200)...),
		zmtpGreeting("CURVE"), zmtpGreeting("PLAIN"), zmtpGreeting("GSSAPI"), zmtpGreeting("NONSENSE"),
		append([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x01\x05"), noise(100)...), // ZMTP 2.0
		append([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x00"), noise(100)...),
	}
	for n := 1; n < len(greeting); n += 7 {
		all = append(all, greeting[:n]) // half a greeting
	}
	for n := range 12 {
		all = append(all, noise(1<<n))
	}
	return all
}

func TestStrangersWhoSpeakNoZMTPDisturbNobody(t *testing.T) {
	server, client := certificate(t), certificate(t)
	for name, c := range map[string]struct {
		endpoint string
		curve    bool
	}{
		"NULL, tcp":  {"tcp://127.0.0.1:0", false},
		"NULL, ipc":  {"ipc://" + t.TempDir() + "/n", false},
		"CURVE, tcp": {"tcp://127.0.0.1:0", true},
		"CURVE, ipc": {"ipc://" + t.TempDir() + "/c", true},
	} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			must(t, sys.Authenticator().Set(DefaultDomain, Rules{Clients: Clients{client.Public(): "good"}}))
			opts, own := []SocketOption{WithOption("handshake_ivl", 200*time.Millisecond)}, []SocketOption(nil)
			if c.curve {
				opts, own = append(opts, WithCurveServer(server)), []SocketOption{WithCurveClient(client, server.Public())}
			}
			s := serve(t, sys, c.endpoint, opts, own)
			m := watch(t, s.Socket, WithEventBuffer(10_000))
			all := noises()
			frugal(t, 32<<20, func() {
				var there []*stranger
				for _, words := range all {
					x := approach(t, bound(t, s.Socket))
					x.says(words)
					there = append(there, x)
				}
				s.goesOn(t)
				for i, x := range there {
					if len(all[i]) == 0 || all[i][0] == 0xff && i%2 == 0 { // the others go by themselves
						x.untilHungUp()
					}
					x.Close()
				}
			})
			s.aloneWithGood(t)
			s.goesOn(t)
			s.stop()
			strangers := uint64(len(all))
			if s.EventCount(EventAccepted) != 1+strangers || s.EventCount(EventDisconnected) != strangers || s.EventCount(EventHandshakeSucceeded) != 1 {
				t.Errorf("%d strangers: %s", strangers, counted(s.Socket))
			}
			if s.Rejected() == 0 || s.Rejected() != s.EventCount(EventHandshakeFailed) {
				t.Errorf("%d strangers are called rejected, %d times it was told", s.Rejected(), s.EventCount(EventHandshakeFailed))
			}
			if c.curve && s.noise.Load() != 0 {
				t.Errorf("%d messages of strangers", s.noise.Load())
			}
			// Without CURVE noise can be messages of ZMTP 1.0, which are messages like others.
			timeouts, reasons, cuts := 0, 0, 0
			must(t, m.Close())
			for e := range m.Events() {
				if e.Kind == EventHandshakeFailed && errors.Is(e.Err, ErrHandshakeTimeout) {
					timeouts++
				} else if e.Kind == EventHandshakeFailed && e.Err != nil {
					reasons++
				} else if errors.Is(e.Err, ErrHandshakeCut) {
					cuts++
				}
			}
			told := timeouts + reasons + cuts
			if timeouts == 0 || reasons == 0 || m.Dropped() != 0 || told != len(all) {
				t.Errorf("of %d strangers %d timeouts, %d other reasons and %d cut handshakes are told", len(all), timeouts, reasons, cuts)
			}
		})
	}
}

// It writes a byte at a time, and never ends a greeting in the time that the listener gives it.
func TestAStrangerWhoSpeaksSlowlyIsHungUpOn(t *testing.T) {
	sys := testSystem(t)
	s := serve(t, sys, "tcp://127.0.0.1:0", []SocketOption{WithOption("handshake_ivl", 100*time.Millisecond)}, nil)
	m := watch(t, s.Socket, WithEventKinds(EventHandshakeFailed))
	x := approach(t, bound(t, s.Socket))
	over := make(chan struct{})
	go func() {
		defer close(over)
		x.untilHungUp()
	}()
	said := 0
	for hungUp := false; !hungUp; said++ {
		select {
		case <-over:
			hungUp = true
		case <-time.After(10 * time.Millisecond):
			x.says(zmtpGreeting("NULL")[said%64 : said%64+1])
		}
	}
	if e := await(t, m, EventHandshakeFailed); !errors.Is(e.Err, ErrHandshakeTimeout) || e.Remote != x.LocalAddr().String() {
		t.Error(e)
	}
	s.aloneWithGood(t)
	s.goesOn(t)
	if said >= 64 {
		t.Errorf("it could say %d bytes", said)
	}
}

func TestAThousandConnectionsComeAndGo(t *testing.T) {
	const total = 1000
	for name, endpoint := range map[string]string{"tcp": "tcp://127.0.0.1:0", "ipc": "ipc://" + t.TempDir() + "/s"} {
		t.Run(name, func(t *testing.T) {
			sys := testSystem(t)
			s := serve(t, sys, endpoint, nil, nil)
			where := bound(t, s.Socket)
			open := descriptors()
			frugal(t, 32<<20, func() {
				for i := range total {
					x := approach(t, where)
					switch i % 4 {
					case 1:
						x.says(zmtpGreeting("NULL"))
					case 2:
						x.shake("DEALER")
					case 3:
						x.shake("DEALER").says(zmtpFrame(0, []byte("bye")))
					}
					x.Close()
				}
			})
			eventually(t, "all of them came and went", ended(s.Socket, total))
			s.aloneWithGood(t)
			s.goesOn(t)
			eventually(t, "no descriptor is left", func() bool { return descriptors() <= open+descriptorSlack })
			eventually(t, "what they said has come", func() bool { return s.noise.Load() == total/4 })
			if s.EventCount(EventAccepted) != total+1 || s.EventCount(EventDisconnected) != total ||
				s.EventCount(EventHandshakeSucceeded) != total/2+1 || s.EventCount(EventRestarted) != 0 {
				t.Error(counted(s.Socket))
			}
		})
	}
}

// The bodies of commands that libzmq's engine reads itself, before or after the handshake.
func TestCommandsThatMakeNoSenseEndTheirConnectionAtMost(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 100_000)
	property := zmtpProperty("Socket-Type", "DEALER")
	oversized := append([]byte("\x0bSocket-Type\xff\xff\xff\xff"), "DEALER"...)
	before := map[string][]byte{
		"no name":              zmtpFrame(flagCommand, nil),
		"a name without end":   zmtpFrame(flagCommand, []byte("\xffREADY")),
		"another command":      zmtpCommand("HELLO", long[:300]),
		"half a property":      zmtpCommand("READY", property[:len(property)-3]),
		"a value without end":  zmtpCommand("READY", oversized),
		"a name of 255":        zmtpCommand("READY", append([]byte("\xff"), long[:100]...)),
		"no socket type":       zmtpCommand("READY", zmtpProperty("Identity", "me")),
		"an unknown type":      zmtpCommand("READY", zmtpProperty("Socket-Type", "NONSENSE")),
		"a type that is wrong": zmtpCommand("READY", zmtpProperty("Socket-Type", "SUB")),
		"a long identity":      zmtpCommand("READY", append(zmtpProperty("Identity", string(long[:300])), property...)),
		"an error":             zmtpCommand("ERROR", []byte("\x03400")),
		"a broken error":       zmtpCommand("ERROR", []byte("\xff400")),
		"a message":            zmtpFrame(0, []byte("too early")),
		"more of a message":    zmtpFrame(flagMore, []byte("too early")),
		"all flags":            zmtpFrame(0xff, long),
	}
	after := map[string][]byte{
		"no name":             zmtpFrame(flagCommand, nil),
		"a name without end":  zmtpFrame(flagCommand, []byte("\xffREADY")),
		"a second READY":      zmtpCommand("READY", property),
		"an empty PING":       zmtpCommand("PING", nil),
		"a PING of one byte":  zmtpCommand("PING", []byte{1}),
		"a PING of a second":  zmtpCommand("PING", []byte{0, 10}),
		"a long PING":         zmtpCommand("PING", long),
		"a PONG of nothing":   zmtpCommand("PONG", long),
		"an unknown one":      zmtpCommand("NONSENSE", long),
		"a SUBSCRIBE":         zmtpCommand("SUBSCRIBE", long),
		"a CANCEL":            zmtpCommand("CANCEL", long),
		"a command with more": zmtpFrame(flagCommand|flagMore, []byte("\x04PING\x00\x0a")),
		"reserved flags":      zmtpFrame(0xf8, []byte("x")),
	}
	sys := testSystem(t)
	s := serve(t, sys, "tcp://127.0.0.1:0", []SocketOption{WithOption("handshake_ivl", 300*time.Millisecond)}, nil)
	frugal(t, 32<<20, func() {
		var there []*stranger
		for name, words := range before {
			x := approach(t, bound(t, s.Socket))
			x.says(zmtpGreeting("NULL"), words)
			if there = append(there, x); name == "a long identity" || name == "no socket type" { // libzmq takes these
				x.Close()
			}
		}
		s.goesOn(t)
		for name, words := range after {
			x := approach(t, bound(t, s.Socket)).shake("DEALER")
			x.says(words, zmtpFrame(0, []byte("after "+name)), words)
			must(t, x.Conn.(*net.TCPConn).CloseWrite())
			there = append(there, x)
		}
		s.goesOn(t)
		for _, x := range there {
			_, _ = io.Copy(io.Discard, x)
			x.Close()
		}
	})
	s.goesOn(t)
	s.aloneWithGood(t)
	if s.EventCount(EventRestarted) != 0 || s.Rejected() == 0 || s.EventCount(EventDisconnected) != s.EventCount(EventAccepted)-1 {
		t.Error(counted(s.Socket))
	}
}
