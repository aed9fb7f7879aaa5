package zsock

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The files hostile_*_test.go hold sockets to their promise towards strangers: whatever bytes come, the good peers are served
// on, memory stays bounded, and the monitor and the figures say what happened.

// stranger is a raw connection to a bound socket.
type stranger struct {
	net.Conn
	t testing.TB
}

func approach(t testing.TB, endpoint string) *stranger {
	t.Helper()
	network, address, _ := strings.Cut(endpoint, "://")
	if network == "ipc" {
		network = "unix"
	}
	conn, err := net.Dial(network, address)
	must(t, err)
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { conn.Close() })
	return &stranger{conn, t}
}

// says writes, and does not mind when libzmq has hung up already.
func (s *stranger) says(bytes ...[]byte) {
	for _, b := range bytes {
		if _, err := s.Write(b); err != nil {
			return
		}
	}
}

// untilHungUp reads until libzmq has closed the connection.
func (s *stranger) untilHungUp() {
	s.t.Helper()
	if _, err := io.Copy(io.Discard, s); errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Fatal("nobody hangs up")
	}
}

// zmtpGreeting is the greeting of ZMTP 3.0 (ZeroMQ RFC 23).
func zmtpGreeting(mechanism string) []byte {
	b := append([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x00"), mechanism...)
	return append(b, make([]byte, 64-len(b))...)
}

const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

func zmtpFrame(flags byte, body []byte) []byte {
	if len(body) < 256 && flags&flagLong == 0 {
		return append([]byte{flags, byte(len(body))}, body...)
	}
	return append(binary.BigEndian.AppendUint64([]byte{flags | flagLong}, uint64(len(body))), body...)
}

func zmtpCommand(name string, body []byte) []byte {
	return zmtpFrame(flagCommand, append(append([]byte{byte(len(name))}, name...), body...))
}

func zmtpProperty(name, value string) []byte {
	b := append([]byte{byte(len(name))}, name...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

// shake makes a whole handshake without security, after which the stranger counts as a peer of that type.
func (s *stranger) shake(socketType string) *stranger { return s.shakeAs(socketType, "") }

// shakeAs is shake with an identity.
func (s *stranger) shakeAs(socketType, identity string) *stranger {
	s.t.Helper()
	s.says(zmtpGreeting("NULL"), zmtpCommand("READY", append(zmtpProperty("Socket-Type", socketType), zmtpProperty("Identity", identity)...)))
	_, err := io.ReadFull(s, make([]byte, 64))
	must(s.t, err)
	head := make([]byte, 2)
	_, err = io.ReadFull(s, head)
	must(s.t, err)
	_, err = io.ReadFull(s, make([]byte, head[1]))
	must(s.t, err)
	return s
}

// served is a Router that answers, and a good peer that asks it all the time.
type served struct {
	*Socket
	good   *Socket
	asked  atomic.Int64 // questions of the good peer that were answered
	noise  atomic.Int64 // messages of others
	group  sync.WaitGroup
	cancel context.CancelFunc
}

const goodWord = "good question "

func serve(t testing.TB, sys *System, endpoint string, server, client []SocketOption) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(testContext(t))
	s := &served{cancel: cancel}
	s.Socket = open(t, sys, Router, append([]SocketOption{WithBind(endpoint), WithOption("router_mandatory", false)}, server...)...)
	s.good = open(t, sys, Dealer, append([]SocketOption{WithConnect(bound(t, s.Socket))}, client...)...)
	s.group.Go(func() {
		for m, err := range s.All(ctx) {
			if err != nil {
				return
			}
			if m.Len() == 2 && bytes.HasPrefix(m.Frame(1), []byte(goodWord)) {
				if err := s.Send(ctx, m); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				continue
			}
			s.noise.Add(1)
		}
	})
	s.group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			question := Text(goodWord + strconv.Itoa(i))
			err := s.good.Send(ctx, question)
			var answer Message
			if err == nil {
				answer, err = s.good.Recv(ctx)
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil || !answer.Equal(question) {
				t.Errorf("the good peer asked %q and got %q, %v", question, answer, err)
				return
			}
			s.asked.Add(1)
		}
	})
	t.Cleanup(s.stop)
	s.goesOn(t)
	return s
}

// goesOn sees that the good peer is served now.
func (s *served) goesOn(t testing.TB) {
	t.Helper()
	ctx := testContext(t)
	for want := s.asked.Load() + 5; s.asked.Load() < want; {
		if ctx.Err() != nil || t.Failed() {
			t.Fatalf("the good peer is not served any more: %v, %v", s.Stats(), s.Peers())
		}
		runtime.Gosched()
	}
}

func (s *served) stop() {
	s.cancel()
	s.group.Wait()
}

// aloneWithGood waits until nobody but the good peer is left.
func (s *served) aloneWithGood(t testing.TB) {
	t.Helper()
	ctx := testContext(t)
	for {
		peers := s.Peers()
		if len(peers) == 1 && peers[0].State == PeerReady && s.ReadyPeers() == 1 {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%d peers are left, %d ready, first %v", len(peers), s.ReadyPeers(), peers[:min(3, len(peers))])
		}
		runtime.Gosched()
	}
}

// resident is the memory of the process in bytes, 0 where the system does not tell.
func resident() int64 {
	runtime.GC()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	line, _, _ := strings.Cut(rest, "kB")
	kib, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// frugal sees that an attack leaves the process no more than so many bytes larger than it was.
func frugal(t testing.TB, limit int64, attack func()) {
	t.Helper()
	before := resident()
	attack()
	if grown := resident() - before; grown > limit {
		t.Errorf("the process has grown by %d MiB, %d are allowed", grown>>20, limit>>20)
	}
}

func counted(s *Socket) string {
	var words []string
	for k := EventConnectDelayed; k < eventKinds; k++ {
		if n := s.EventCount(k); n > 0 {
			words = append(words, fmt.Sprintf("%v %d", k, n))
		}
	}
	return strings.Join(words, ", ")
}
