package zsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actomq/actomq/supervision"
)

// list gives a socket's endpoints of one kind.
func list(t *testing.T, s *Socket, mode Mode) []string {
	t.Helper()
	got, err := s.Endpoints(testContext(t), mode)
	must(t, err)
	return got
}

// bindOnceFree binds to an address that libzmq's own thread is about to let go of.
func bindOnceFree(t *testing.T, s *Socket, endpoint string) {
	t.Helper()
	ctx := testContext(t)
	for {
		err := s.Bind(ctx, endpoint)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrAddressInUse) || ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

func TestSeed_S11_EndpointsTellTheRealPortsAndStayRightAfterUnbinds(t *testing.T) {
	sys := testSystem(t, quickRestarts(), WithPolicy(All())) // one bind is on every address
	ctx := testContext(t)
	s := open(t, sys, Pair)
	for _, asked := range []string{"tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "tcp://localhost:*", "tcp://*:*", "ipc://*", "inproc://listed"} {
		must(t, s.Bind(ctx, asked))
	}
	if runtime.GOOS == "linux" {
		must(t, s.Bind(ctx, "tcp://lo:*"))
	}
	before := list(t, s, Bound)
	seen := make(map[string]bool)
	for _, text := range before {
		endpoint, err := ParseEndpoint(text)
		if err != nil || endpoint.IsEphemeral() || seen[text] || endpoint.String() != text {
			t.Errorf("%q (parsed as %q, %v) in %q", text, endpoint, err, before)
		}
		seen[text] = true
	}
	if !strings.HasPrefix(before[3], "tcp://0.0.0.0:") && !strings.HasPrefix(before[3], "tcp://[::]:") {
		t.Errorf("every address is listed as %q", before[3])
	}
	lose(t, s)
	if after := list(t, s, Bound); !slices.Equal(after, before) {
		t.Fatalf("after a restart %q, before %q", after, before)
	}
	// As it was asked for, as it was resolved, and as a wildcard that was asked for twice: then the older one goes.
	must(t, s.Unbind(ctx, "tcp://*:*", before[4], "tcp://127.0.0.1:*"))
	want := slices.Concat(before[1:3], before[5:])
	if after := list(t, s, Bound); !slices.Equal(after, want) {
		t.Fatalf("after unbinds %q, want %q", after, want)
	}
	if _, err := os.Stat(strings.TrimPrefix(before[4], "ipc://")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the path that was made for ipc://* is still there: %v", err)
	}
	// What was unbound can be bound again, so libzmq did let go of it.
	bindOnceFree(t, open(t, sys, Pair), before[3])

	peer := open(t, sys, Pair)
	must(t, peer.Connect(ctx, "tcp://localhost:1", want[0], "inproc://listed"))
	if got := list(t, peer, Connected); !slices.Equal(got, []string{"tcp://127.0.0.1:1", want[0], "inproc://listed"}) {
		t.Errorf("connected: %q", got)
	}
	must(t, peer.Disconnect(ctx, "tcp://localhost:1", "inproc://listed"))
	if got := list(t, peer, Connected); !slices.Equal(got, want[:1]) {
		t.Errorf("connected after disconnects: %q", got)
	}
	for _, twice := range []string{"inproc://listed", want[0]} {
		must(t, peer.Connect(ctx, twice, "inproc://other", twice))
		must(t, peer.Disconnect(ctx, twice)) // libzmq forgets both
		if got := list(t, peer, Connected); slices.Contains(got, twice) {
			t.Errorf("connected after a disconnect from %s: %q", twice, got)
		}
	}
	must(t, peer.Close())
	if _, err := peer.Endpoints(ctx, Bound); !errors.Is(err, ErrClosed) {
		t.Errorf("endpoints of a closed socket: %v", err)
	}
}

func TestSeed_S17_ThePolicyJudgesEveryUseOfAnEndpoint(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	refuse := ""
	policy := PolicyFunc(func(a Access) error {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, a.Op.String()+" "+a.Endpoint.String())
		if refuse == a.Op.String() {
			return errors.New("not now")
		}
		return nil
	})
	saw := func() string {
		mu.Lock()
		defer mu.Unlock()
		text := strings.Join(asked, ", ")
		asked = nil
		return text
	}
	refusing := func(op string) {
		mu.Lock()
		defer mu.Unlock()
		refuse = op
	}
	sys := testSystem(t, quickRestarts(), WithPolicy(policy))
	ctx := testContext(t)
	s := open(t, sys, Pair)
	for _, use := range []struct {
		op   string
		call func(context.Context, ...string) error
		text string
		want string
	}{
		{"bind", s.Bind, "tcp://localhost:0", "tcp://127.0.0.1:*"},
		{"connect", s.Connect, "ipc:///tmp/../nobody", "ipc:///nobody"},
		{"unbind", s.Unbind, "tcp://localhost:*", "tcp://127.0.0.1:*"},
		{"disconnect", s.Disconnect, "ipc:///nobody", "ipc:///nobody"},
	} {
		refusing(use.op)
		if err := use.call(ctx, use.text); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), use.op+" "+use.want+" denied by policy: not now") {
			t.Errorf("%s: %v", use.op, err)
		}
		before := list(t, s, Bound)
		if got := saw(); got != use.op+" "+use.want {
			t.Errorf("%s: the policy was asked about %q", use.op, got)
		}
		refusing("")
		if use.op == "unbind" {
			if len(before) != 1 {
				t.Errorf("a refused unbind left %q", before)
			}
			lose(t, s)
			list(t, s, Bound) // it answers once it is what it was
			if got := saw(); got != "bind tcp://127.0.0.1:*, connect ipc:///nobody" {
				t.Errorf("at the restart the policy was asked about %q", got)
			}
		}
		must(t, use.call(ctx, use.text))
		if got := saw(); got != use.op+" "+use.want {
			t.Errorf("%s: the policy was asked about %q", use.op, got)
		}
	}
	refusing("connect")
	if _, err := sys.Open(Pair, WithBind("inproc://x"), WithConnect("inproc://y")); !errors.Is(err, ErrDenied) {
		t.Errorf("open: %v", err)
	}
	refusing("")
	must(t, open(t, sys, Pair).Bind(ctx, "inproc://x")) // the refused open left nothing
}

func TestSeed_S17_ARestartIsRefusedWhatTheNewPolicyForbids(t *testing.T) {
	var forbidden atomic.Bool
	sys := testSystem(t, WithRestarts(supervision.Spec{Intensity: 2, Backoff: supervision.Backoff{Min: time.Millisecond}}),
		WithPolicy(PolicyFunc(func(Access) error {
			if forbidden.Load() {
				return errors.New("since five o'clock")
			}
			return nil
		})))
	ctx := testContext(t)
	s := open(t, sys, Pull, WithBind("tcp://127.0.0.1:*"))
	port := strings.TrimPrefix(bound(t, s), "tcp://")
	forbidden.Store(true)
	must(t, s.Ref().Tell(ctx, Fault{}))
	select {
	case <-s.Done():
	case <-ctx.Done():
		t.Fatal("the socket came back")
	}
	if err := s.Err(); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "since five o'clock") {
		t.Errorf("it ended with %v", err)
	}
	for { // libzmq's own thread closes the listener
		conn, err := net.DialTimeout("tcp", port, time.Second)
		if err != nil {
			break
		}
		_ = conn.Close()
		if ctx.Err() != nil {
			t.Fatal("somebody still listens")
		}
	}
}

func TestSeed_S17_DefaultPolicyGuardsASocket(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	s := open(t, sys, Rep)
	for _, text := range []string{"tcp://*:*", "tcp://0.0.0.0:*", "tcp://[::]:*", "tcp://192.0.2.1:5555"} {
		if err := s.Bind(ctx, text); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "AllowPlaintext(") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"tcp://127.0.0.1:*", "ipc://*", "inproc://guarded"} {
		must(t, s.Bind(ctx, text))
	}
	if runtime.GOOS == "linux" {
		must(t, s.Bind(ctx, fmt.Sprintf("ipc://@actomq-guarded-%d", os.Getpid())))
	}
	must(t, open(t, testSystem(t, WithPolicy(Any(DefaultPolicy(), AllowPlaintext("tcp://*:*")))), Rep).Bind(ctx, "tcp://*:*"))
}

func TestSeed_S18_ASocketRefusesWhatIsNoEndpoint(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	s := open(t, sys, Pair)
	for name, call := range map[string]func(context.Context, ...string) error{"bind": s.Bind, "connect": s.Connect, "unbind": s.Unbind, "disconnect": s.Disconnect} {
		err := call(ctx, "tcp://127.0.0.1:99999")
		if !errors.Is(err, ErrEndpoint) || !strings.Contains(err.Error(), name+" on "+s.Name()) || !strings.Contains(err.Error(), "port 99999 is not in 0..65535") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sys.Open(Pair, WithBind("tcp://127.1:5")); !errors.Is(err, ErrEndpoint) {
		t.Errorf("open: %v", err)
	}
	if n := len(list(t, s, Bound)) + len(list(t, s, Connected)); n != 0 {
		t.Errorf("%d endpoints are there", n)
	}
}

func TestSeed_S19_TheBypassSkipsParserAndPolicyAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	sys := testSystem(t, quickRestarts(), WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		WithPolicy(PolicyFunc(func(a Access) error { return fmt.Errorf("nobody may %v", a.Op) })))
	ctx := testContext(t)
	pull, push := open(t, sys, Pull, WithName("bypassed")), open(t, sys, Push)
	if err := pull.Bind(ctx, "tcp://127.0.0.1:*"); !errors.Is(err, ErrDenied) {
		t.Fatal(err)
	}
	// The strict parser refuses this form, and libzmq reads it as 127.0.0.1.
	must(t, pull.UnsafeBind(ctx, "tcp://127.1:*"))
	address := bound(t, pull)
	must(t, push.UnsafeConnect(ctx, address))
	must(t, push.Send(ctx, Text("hello")))
	if got := receive(t, pull); got.String() != "hello" {
		t.Error(got)
	}
	lose(t, pull) // a restart asks the policy about everything else
	if again := bound(t, pull); again != address {
		t.Errorf("bound to %s, was %s", again, address)
	}
	must(t, push.Disconnect(ctx, address))
	must(t, pull.Unbind(ctx, "tcp://127.1:*"))
	if left := list(t, pull, Bound); len(left) != 0 {
		t.Error(left)
	}
	must(t, pull.UnsafeBind(ctx, "inproc://bypass"))
	must(t, push.UnsafeConnect(ctx, "inproc://bypass"))
	must(t, push.WaitConnected(ctx, 1))
	must(t, pull.Close())
	must(t, push.Close())
	for _, want := range []string{"level=WARN", "socket=bypassed", "op=bind", "endpoint=tcp://127.1:*", "op=connect", "endpoint=" + address} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, log.String())
		}
	}
}

func TestSeed_S16_AFailureOfSeveralEndpointsTellsWhichAndWhatWasDone(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	s := open(t, sys, Pair)
	for _, e := range []struct {
		wrong string
		is    error
	}{{"tcp://127.0.0.1:99999", ErrEndpoint}, {"tcp://*:*", ErrDenied}, {"udp://127.0.0.1:5", ErrType}, {"tcp://no-such-nic:5", nil}} {
		policy := sys.options.policy
		if e.is == nil {
			policy = All()
		}
		sys := testSystem(t, WithPolicy(policy))
		s := open(t, sys, Pair)
		err := s.Bind(ctx, "inproc://first", "inproc://second", e.wrong, "inproc://fourth")
		var own *Error
		if !errors.As(err, &own) || e.is != nil && !errors.Is(err, e.is) {
			t.Fatalf("%s: %v", e.wrong, err)
		}
		if own.Endpoint != e.wrong || !slices.Equal(own.Done, []string{"inproc://first", "inproc://second"}) ||
			!strings.HasSuffix(err.Error(), "; done before it: inproc://first, inproc://second") {
			t.Errorf("%s: endpoint %q, done %q: %v", e.wrong, own.Endpoint, own.Done, err)
		}
		if got := list(t, s, Bound); !slices.Equal(got, own.Done) {
			t.Errorf("%s: bound to %q", e.wrong, got)
		}
	}
	must(t, s.Connect(ctx, "inproc://a", "inproc://b"))
	err := s.Disconnect(ctx, "inproc://b", "inproc://never", "inproc://a")
	var own *Error
	if !errors.Is(err, ErrNoEndpoint) || !errors.As(err, &own) || !slices.Equal(own.Done, []string{"inproc://b"}) {
		t.Error(err)
	}
}

func TestATransportThatCannotWorkSaysSo(t *testing.T) {
	sys := testSystem(t, WithPolicy(All()))
	ctx := testContext(t)
	for _, e := range []struct {
		typ  Type
		text string
		is   error
		want string
	}{
		{Pub, "udp://239.0.0.1:5555", ErrType, "RADIO and DISH"},
		{Req, "pgm://lo;239.0.0.1:5555", ErrType, "not REQ"},
		{Push, "epgm://239.0.0.1:5555", ErrType, "not PUSH"},
		{Stream, "inproc://raw", ErrType, "raw connections"},
		{Pair, "vmci://@:5", ErrTransport, `zmq_has("vmci") says no`},
	} {
		s := open(t, sys, e.typ)
		for name, call := range map[string]func(context.Context, ...string) error{"bind": s.Bind, "connect": s.Connect} {
			if err := call(ctx, e.text); !errors.Is(err, e.is) || !strings.Contains(err.Error(), e.want) {
				t.Errorf("%s %s: %v", name, e.text, err)
			}
		}
	}
}
