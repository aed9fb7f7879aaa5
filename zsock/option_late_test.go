package zsock

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestHighWaterMarksAreSettledBeforeTheFirstEndpoint(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	for _, endpoint := range []string{"tcp://127.0.0.1:0", "inproc://early", "ipc://*"} {
		for _, name := range []string{"sndhwm", "rcvhwm"} {
			s := open(t, sys, Dealer)
			must(t, s.SetOption(ctx, name, 5))
			must(t, s.Bind(ctx, endpoint))
			err := s.SetOption(ctx, name, 6)
			var own *Error
			if !errors.Is(err, ErrOptionLate) || !errors.As(err, &own) || own.Option != name || own.Hint == "" {
				t.Errorf("%s after a bind to %s: %v", name, endpoint, err)
			}
			must(t, s.Unbind(ctx, bound(t, s)))
			if err := s.SetOption(ctx, name, 6); !errors.Is(err, ErrOptionLate) { // its connections may still be there
				t.Errorf("%s after an unbind: %v", name, err)
			}
			lose(t, s)
			if v, err := s.Option(ctx, name); v != 5 || err != nil {
				t.Errorf("%s is %v after a restart, %v", name, v, err)
			}
			must(t, s.Close())
		}
	}
	if info, err := DescribeOption("sndhwm"); err != nil || !info.Early || info.Live {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestWhatWouldEndTheProcessIsReserved(t *testing.T) {
	s := open(t, testSystem(t), Sub)
	for name, value := range map[string]any{"conflate": true, "socks_proxy": "127.0.0.1:1080", "heartbeat_ivl": 1} {
		err := s.SetOption(testContext(t), name, value)
		if !errors.Is(err, ErrOptionDirection) || !strings.Contains(err.Error(), "libzmq ends the process") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFrameMayBeAsLongAsItsLimitSays(t *testing.T) {
	server, client := certificate(t), certificate(t)
	secured := [][]SocketOption{{WithCurveServer(server)}, {WithCurveClient(client, server.Public())}}
	plain := [][]SocketOption{{WithPlainServer()}, {WithPlainClient("user", "password")}}
	for name, sides := range map[string][][]SocketOption{"NULL": {nil, nil}, "PLAIN": plain, "CURVE": secured} {
		for _, limit := range []int{0, 1, 100, 1000, 100_000} {
			sys := testSystem(t)
			ctx := testContext(t)
			must(t, sys.Authenticator().Set(DefaultDomain, Rules{AnyClient: true, Users: map[string]Password{"user": "password"}}))
			// The limit comes before what it has to make room for.
			pull := open(t, sys, Pull, append([]SocketOption{WithMaxMessageSize(int64(limit))}, append(sides[0], WithBind("tcp://127.0.0.1:0"))...)...)
			push := open(t, sys, Push, append(sides[1], WithIdentity(strings.Repeat("i", 255)), WithConnect(bound(t, pull)))...)
			content := bytes.Repeat([]byte{7}, limit)
			must(t, push.Send(ctx, Bytes(content)))
			if got, err := pull.Recv(ctx); err != nil || !bytes.Equal(got.Frame(0), content) {
				t.Errorf("%s: a frame of %d bytes: %v", name, limit, err)
			}
			if v, err := pull.Option(ctx, "maxmsgsize"); v != int64(limit) || err != nil {
				t.Errorf("%s: the limit is %v, %v", name, v, err)
			}
			must(t, push.Send(ctx, Bytes(append(content, 8))))
			eventually(t, "the longer one is refused", func() bool {
				return pull.Stats().Unread == 1 || pull.EventCount(EventDisconnected) > 0
			})
			if n := pull.Stats().Read; n != 1 {
				t.Errorf("%s: %d messages came through", name, n)
			}
		}
	}
}

func TestTheNewestMessagesReplaceThoseThatNobodyHasRead(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	const total = 10_000
	pull, push := pair(t, sys, "tcp://127.0.0.1:0", Pull, Push, WithNewest(3))
	for i := range total {
		must(t, push.Send(ctx, Text(string(rune('a'+i%26)), "second frame")))
	}
	eventually(t, "all have come", func() bool { return pull.Stats().Received == total })
	if got := pull.Stats(); got.Replaced != total-3 || got.Waiting != 3 {
		t.Error(got)
	}
	for i := total - 3; i < total; i++ {
		m, err := pull.Recv(ctx)
		if err != nil || m.Len() != 2 || string(m.Frame(0)) != string(rune('a'+i%26)) {
			t.Errorf("message %d is %v, %v", i, m, err)
		}
	}
	ch := pull.Messages()
	for i := range total {
		must(t, push.Send(ctx, Text(string(rune('a'+i%26)))))
	}
	eventually(t, "all have come", func() bool { return pull.Stats().Received == 2*total })
	var last Message
	for range 4 { // one more than the newest may be in the channel
		last = <-ch
		if pull.Stats().Waiting == 0 {
			break
		}
	}
	if want := string(rune('a' + (total-1)%26)); string(last.Frame(0)) != want {
		t.Errorf("the last one is %v, want %s", last, want)
	}
}

func TestAKeyFileThatIsAPipeIsRefusedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("this system has no named pipes:", err)
	}
	for _, path := range []string{path, os.DevNull, t.TempDir()} {
		if _, err := LoadCertificate(path); !errors.Is(err, ErrKeyFile) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTopicsAreTakenBackAsOftenAsTheyWereMade(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pub, sub := pair(t, sys, "tcp://127.0.0.1:0", Pub, Sub)
	const many = 20_000
	topics := make([]string, 0, many)
	for i := range many {
		topics = append(topics, string(rune('a'+i%26))+strings.Repeat("x", i%7)+string(rune(i)))
	}
	must(t, sub.Subscribe(ctx, "twice", "twice", "gone"))
	must(t, SubscribeTo(ctx, sub, topics...))
	must(t, UnsubscribeFrom(ctx, sub, topics...))
	must(t, sub.Unsubscribe(ctx, "twice", "gone"))
	if err := sub.Unsubscribe(ctx, "gone"); !errors.Is(err, ErrNoSubscription) {
		t.Error(err)
	}
	lose(t, sub)
	eventually(t, "the one that was made twice is back", func() bool {
		must(t, pub.Send(ctx, Text("gone")))
		must(t, pub.Send(ctx, Text("twice")))
		m, err := sub.TryRecv()
		if err == nil && m.String() != Text("twice").String() {
			t.Errorf("received %v", m)
		}
		return err == nil
	})
	must(t, sub.Unsubscribe(ctx, "twice"))
}
