//go:build cgo

package libzmq

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/pebbe/zmq4"
)

func TestShutdownUnderUseEndsEachOwnerWithErrTerminated(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			c, err := NewContext(ContextOptions{})
			if err != nil {
				t.Fatal(err)
			}
			a, b := open(t, c, Push), open(t, c, Pull)
			if err := a.Connect(listen(t, b, transport)); err != nil {
				t.Fatal(err)
			}
			var owners sync.WaitGroup
			owners.Go(func() {
				defer a.Close()
				var out Burst
				for {
					for out.Len() < 100 {
						out.Append([]byte("x"), frames("y"))
					}
					if err := sendAll(a, &out); err != nil {
						if err != ErrTerminated {
							t.Errorf("sender ended with %v", err)
						}
						return
					}
				}
			})
			flowing := make(chan struct{})
			owners.Go(func() {
				defer b.Close()
				var once sync.Once
				err := receive(b, 1<<30, func([]byte, [][]byte) { once.Do(func() { close(flowing) }) })
				if err != ErrTerminated {
					t.Errorf("receiver ended with %v", err)
				}
			})
			<-flowing
			var callers sync.WaitGroup
			for range 4 {
				callers.Go(func() {
					if err := errors.Join(c.Shutdown(), c.Term(), c.Term(), c.Shutdown()); err != nil {
						t.Error(err)
					}
				})
			}
			owners.Wait()
			callers.Wait()
			if _, err := c.NewSocket(Pair); err != ErrTerminated {
				t.Errorf("NewSocket after Term: %v, want ErrTerminated", err)
			}
		})
	}
}

func TestTermEndsWithAnInprocConnectThatNobodyBinds(t *testing.T) {
	c := newTestContext(t)
	s := open(t, c, Dealer)
	if err := s.Connect("inproc://nobody"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(burst(frames("for nobody"))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Shutdown(), s.Close(), c.Term()); err != nil {
		t.Error(err)
	}
}

func TestAClosedSocketAnswersErrNotSocket(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	if err := sendAll(a, burst(frames("x"))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatalf("Close: %v", err)
	}
	calls := map[string]func() error{
		"Recv":       func() error { _, err := b.Recv(1, nil); return err },
		"Send":       func() error { _, err := b.Send(burst(frames("x"))); return err },
		"Events":     func() error { _, _, err := b.Events(); return err },
		"FD":         func() error { _, err := b.FD(); return err },
		"Bind":       func() error { return b.Bind("inproc://x") },
		"Unbind":     func() error { return b.Unbind("inproc://x") },
		"Connect":    func() error { return b.Connect("inproc://x") },
		"Disconnect": func() error { return b.Disconnect("inproc://x") },
		"Monitor":    func() error { return b.Monitor("inproc://x", EventAll) },
		"SetInt":     func() error { return b.SetInt(OptLinger, 0) },
		"SetInt64":   func() error { return b.SetInt64(OptMaxMsgSize, 0) },
		"SetUint64":  func() error { return b.SetUint64(OptAffinity, 0) },
		"SetBytes":   func() error { return b.SetBytes(OptRoutingID, []byte("x")) },
		"GetInt":     func() error { _, err := b.GetInt(OptLinger); return err },
		"GetInt64":   func() error { _, err := b.GetInt64(OptMaxMsgSize); return err },
		"GetUint64":  func() error { _, err := b.GetUint64(OptAffinity); return err },
		"GetBytes":   func() error { _, err := b.GetBytes(OptRoutingID); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ErrNotSocket) {
			t.Errorf("%s on a closed socket: %v, want ErrNotSocket", name, err)
		}
	}
}

func TestASocketClosedInsideDeliverEndsRecv(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	if err := sendAll(a, burst(frames("1"), frames("2"))); err != nil {
		t.Fatal(err)
	}
	n, err := b.Recv(10, func([]byte, [][]byte) { b.Close() })
	if n != 1 || err != ErrNotSocket {
		t.Errorf("Recv = %d, %v; want 1, ErrNotSocket", n, err)
	}
}

func TestAPanicInDeliverLosesThatMessageOnly(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	big := bytes.Repeat([]byte("b"), 4*directFrame)
	var out Burst
	const n = 600
	for i := range n {
		rest := frames("rest")
		if i%50 == 0 {
			rest = [][]byte{big, nil, []byte("end")}
		}
		out.Append(binary.BigEndian.AppendUint32(nil, uint32(i)), rest)
	}
	if err := sendAll(a, &out); err != nil {
		t.Fatal(err)
	}
	next := 0
	for next < n {
		func() {
			defer func() { recover() }()
			if in, _, err := b.Events(); !in || err != nil {
				t.Fatalf("Events before message %d: in %v, %v", next, in, err)
			}
			got, err := b.Recv(n, func(first []byte, rest [][]byte) {
				i := binary.BigEndian.Uint32(first)
				if int(i) != next || i%50 == 0 && !bytes.Equal(rest[0], big) || string(rest[len(rest)-1]) != map[bool]string{true: "end", false: "rest"}[i%50 == 0] {
					t.Errorf("got message %d, want %d, or its frames differ", i, next)
				}
				next++
				if i%7 == 0 {
					panic("poison")
				}
			})
			if err != nil || next < n {
				t.Fatalf("Recv = %d, %v at message %d", got, err, next)
			}
		}()
	}
	if got, err := b.Recv(1, func([]byte, [][]byte) {}); got != 0 || err != nil || b.in.scratch != nil {
		t.Errorf("afterwards: Recv = %d, %v, scratch kept: %v", got, err, b.in.scratch != nil)
	}
}

func TestOptionsOfEachTypeGoInAndComeBack(t *testing.T) {
	c := newTestContext(t)
	s := open(t, c, Dealer)
	if err := errors.Join(
		s.SetInt(OptSndHWM, 17), s.SetInt64(OptMaxMsgSize, 1<<40), s.SetUint64(OptAffinity, 1), s.SetBytes(OptRoutingID, []byte("me\x00too")),
		s.SetBytes(OptZapDomain, []byte("domain")), s.SetInt(OptZapEnforceDomain, 1), s.SetBytes(OptCurveServerKey, bytes.Repeat([]byte{7}, 32)),
	); err != nil {
		t.Fatal(err)
	}
	hwm, err1 := s.GetInt(OptSndHWM)
	size, err2 := s.GetInt64(OptMaxMsgSize)
	affinity, err3 := s.GetUint64(OptAffinity)
	id, err4 := s.GetBytes(OptRoutingID)
	domain, err5 := s.GetBytes(OptZapDomain)
	key, err6 := s.GetBytes(OptCurveServerKey)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	if hwm != 17 || size != 1<<40 || affinity != 1 || string(id) != "me\x00too" || string(domain) != "domain" || len(key) != 40 {
		t.Errorf("read back %d, %d, %d, %q, %q, %q", hwm, size, affinity, id, domain, key)
	}
	for name, err := range map[string]error{
		"too wide":     s.SetInt(OptSndHWM, 1<<40),
		"unknown":      s.SetInt(9999, 1),
		"wrong width":  func() error { _, err := s.GetInt(OptMaxMsgSize); return err }(),
		"wrong width2": func() error { _, err := s.GetInt64(OptSndHWM); return err }(),
	} {
		if !errors.Is(err, EINVAL) {
			t.Errorf("%s: %v, want EINVAL", name, err)
		}
	}
	if err := s.SetBytes(OptPlainUsername, nil); err != nil {
		t.Errorf("nil turns PLAIN off: %v", err)
	}
}

func TestErrorsMatchByValueAndBySystemNumber(t *testing.T) {
	c := newTestContext(t)
	a, b := open(t, c, Rep), open(t, c, Rep)
	err := b.Bind(listen(t, a, "tcp"))
	if !errors.Is(err, EADDRINUSE) || !errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, EINVAL) {
		t.Errorf("binding an address twice: %v", err)
	}
	for _, e := range []Errno{EFSM, ETERM, ENOCOMPATPROTO, EMTHREAD, ENOTSOCK, EAGAIN} {
		if text := e.Error(); !strings.HasPrefix(text, "libzmq: ") || strings.Contains(text, "errno ") {
			t.Errorf("errno %d has no words: %q", int(e), text)
		}
	}
}

func TestTheLimitOfSocketsIsKeptAndRaised(t *testing.T) {
	small, err := NewContext(ContextOptions{MaxSockets: 2, IOThreads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { small.Term() })
	open(t, small, Pair)
	second := open(t, small, Pair)
	if _, err := small.NewSocket(Pair); err != EMFILE {
		t.Errorf("third socket of two: %v, want EMFILE", err)
	}
	second.Close()
	if _, err := NewContext(ContextOptions{MaxSockets: -1}); !errors.Is(err, EINVAL) {
		t.Errorf("a negative limit: %v, want EINVAL", err)
	}
	roomy := newTestContext(t)
	if limit, err := roomy.raw.GetMaxSockets(); err != nil || limit < min(descriptorLimit(), 60_000) {
		t.Errorf("default limit of sockets %d, %v; the process may have %d descriptors", limit, err, descriptorLimit())
	}
	if roomy.Pointer() == nil {
		t.Error("no raw context")
	}
}

func TestTheGarbageCollectorClosesNothing(t *testing.T) {
	a, b := connected(t, Pair, Pair, "inproc")
	for range 3 {
		runtime.GC()
	}
	if err := sendAll(a, burst(frames("alive"))); err != nil {
		t.Fatal(err)
	}
	sameMessages(t, messages(t, b, 1), [][][]byte{frames("alive")})
}

func TestTheMonitorTellsListeningAndAHandshake(t *testing.T) {
	c := newTestContext(t)
	a, b, watch := open(t, c, Push), open(t, c, Pull), open(t, c, Pair)
	if err := b.Monitor("inproc://watch", EventAll); err != nil {
		t.Fatal(err)
	}
	if err := watch.Connect("inproc://watch"); err != nil {
		t.Fatal(err)
	}
	endpoint := listen(t, b, "tcp")
	if err := a.Connect(endpoint); err != nil {
		t.Fatal(err)
	}
	for seen := 0; seen&EventHandshakeSucceeded == 0; {
		// The handshake is served by the I/O thread, but its event is sent there too: nobody needs to touch b.
		if err := receive(watch, 1, func(first []byte, rest [][]byte) {
			e, err := ParseEvent(first, rest)
			if err != nil || e.Endpoint == "" {
				t.Fatalf("event %+v, %v", e, err)
			}
			seen |= int(e.ID)
			if e.ID == EventListening && e.Endpoint != endpoint {
				t.Errorf("listening on %s, want %s", e.Endpoint, endpoint)
			}
			if e.ID == EventHandshakeSucceeded && seen&EventAccepted == 0 {
				t.Error("a handshake without an accept")
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Monitor("", 0); err != nil {
		t.Fatal(err)
	}
	last := messages(t, watch, 1)[0]
	if e, err := ParseEvent(last[0], last[1:]); err != nil || e.ID != EventMonitorStopped {
		t.Errorf("after the stop: %+v, %v", e, err)
	}
	for _, bad := range [][][]byte{frames("short", "x"), frames("sixsix"), frames("sixsix", "a", "b")} {
		if _, err := ParseEvent(bad[0], bad[1:]); !errors.Is(err, ErrEvent) {
			t.Errorf("ParseEvent(%q): %v, want ErrEvent", bad, err)
		}
	}
}

func TestEventsTellWhatCanBeDone(t *testing.T) {
	a, b := connected(t, Push, Pull, "inproc")
	if in, out, err := a.Events(); in || !out || err != nil {
		t.Errorf("idle PUSH: %v, %v, %v", in, out, err)
	}
	if in, out, err := b.Events(); in || out || err != nil {
		t.Errorf("idle PULL: %v, %v, %v", in, out, err)
	}
	if err := sendAll(a, burst(frames("x"))); err != nil {
		t.Fatal(err)
	}
	if err := await(b, zmq4.POLLIN); err != nil {
		t.Fatal(err)
	}
	if in, _, err := b.Events(); !in || err != nil {
		t.Errorf("PULL with a message: %v, %v", in, err)
	}
	if fd, err := b.FD(); fd <= 0 || err != nil {
		t.Errorf("FD = %d, %v", fd, err)
	}
}
