package zsock

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine or a descriptor is left after all tests.
func TestMain(m *testing.M) {
	slog.SetLogLoggerLevel(slog.LevelError + 1) // failures are provoked here
	before := descriptors()
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if after := descriptors(); after > before+descriptorSlack {
			fmt.Fprintf(os.Stderr, "%d descriptors before the tests, %d after\n", before, after)
			code = 1
		}
	}
	os.Exit(code)
}

// descriptorSlack allows for what the Go runtime itself opens once, such as its network poller.
const descriptorSlack = 4

func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// patience bounds every wait of the tests; none is expected to come near it.
const patience = 30 * time.Second

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func testSystem(t testing.TB, opts ...SystemOption) *System {
	t.Helper()
	sys, err := NewSystem(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		sockets := sys.Sockets()
		for _, s := range sockets {
			balance(t, s)
		}
		if err := sys.Close(ctx); err != nil {
			t.Error(err)
		}
		for _, s := range sockets {
			if !s.Stats().Balanced() {
				t.Errorf("the books of %s do not close: %v", s.Name(), s.Stats())
			}
		}
	})
	return sys
}

func open(t testing.TB, sys *System, typ Type, opts ...SocketOption) *Socket {
	t.Helper()
	s, err := sys.Open(typ, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bound(t testing.TB, s *Socket) string {
	t.Helper()
	list, err := s.Endpoints(testContext(t), Bound)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return list[0]
}

// eachTransport runs a test over every transport that needs no rights.
func eachTransport(t *testing.T, test func(t *testing.T, sys *System, endpoint string)) {
	for name, endpoint := range map[string]string{
		"inproc": "inproc://test", "ipc": "ipc://" + t.TempDir() + "/test", "tcp": "tcp://127.0.0.1:0",
	} {
		t.Run(name, func(t *testing.T) { test(t, testSystem(t), endpoint) })
	}
}

// pair opens two connected sockets.
func pair(t testing.TB, sys *System, endpoint string, binder, connector Type, opts ...SocketOption) (b, c *Socket) {
	t.Helper()
	b = open(t, sys, binder, append([]SocketOption{WithBind(endpoint)}, opts...)...)
	c = open(t, sys, connector, append([]SocketOption{WithConnect(bound(t, b))}, opts...)...)
	ctx := testContext(t)
	if err := b.WaitConnected(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitConnected(ctx, 1); err != nil {
		t.Fatal(err)
	}
	return b, c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, s *Socket) Message {
	t.Helper()
	m, err := s.Recv(testContext(t))
	must(t, err)
	return m
}
