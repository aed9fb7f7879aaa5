package zsock

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestSeed_S04_OneCallOpensASocketInOrderAndNamesTheStepThatFails(t *testing.T) {
	sys := testSystem(t)
	router := open(t, sys, Router, WithBind("inproc://s04"))
	// The identity is there before the connect, whatever the order of the options: the router knows the peer by it.
	dealer := open(t, sys, Dealer, WithConnect("inproc://s04"), WithIdentity([]byte("by name")))
	must(t, dealer.Send(testContext(t), Text("hello")))
	if m := receive(t, router); m.String() != "by name" {
		t.Errorf("the peer is known as %q", m)
	}
	// Subscriptions come before the binds: a publisher that connects at once misses nothing.
	sub := open(t, sys, Sub, WithBind("inproc://s04-sub"), WithSubscribe("a"))
	pub := open(t, sys, Pub, WithConnect("inproc://s04-sub"))
	must(t, pub.WaitSubscribers(testContext(t), "a", 1))
	must(t, pub.Send(testContext(t), Text("a1")))
	if m := receive(t, sub); m.String() != "a1" {
		t.Error(m)
	}
	for step, opts := range map[string][]SocketOption{
		"set":       {WithBind("inproc://s04-x"), WithOption("sndhwm", -1)},
		"subscribe": {WithBind("inproc://s04-x"), WithSubscribe("a")},
		"bind":      {WithBind("inproc://s04-x", "inproc://s04")},
		"connect":   {WithBind("inproc://s04-x"), WithConnect("tcp://127.0.0.1:1:1")},
	} {
		s, err := sys.Open(Pull, opts...)
		failure, ok := errors.AsType[*Error](err)
		if s != nil || !ok || failure.Op != step {
			t.Errorf("step %s: %v, %v", step, s, err)
		}
		// It was closed, so the name it had bound is free.
		must(t, open(t, sys, Pull, WithBind("inproc://s04-x")).Close())
	}
}

func TestSeed_S05_ReceivingComposesWithOtherEvents(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://s05", Pull, Push)
	other, otherPush := pair(t, sys, "inproc://s05-other", Pull, Push)
	stop := make(chan struct{})
	must(t, push.Send(ctx, Text("here")))
	select {
	case m := <-pull.Messages():
		if m.String() != "here" {
			t.Error(m)
		}
	case m := <-other.Messages():
		t.Error("nobody sent", m)
	case <-stop:
		t.Error("nobody stopped")
	}
	must(t, otherPush.Send(ctx, Text("there")))
	select {
	case m := <-pull.Messages():
		t.Error("nobody sent", m)
	case m := <-other.Messages():
		if m.String() != "there" {
			t.Error(m)
		}
	}
	close(stop)
	select {
	case <-pull.Messages():
		t.Error("nobody sent")
	case <-stop:
	}
	// The same socket gives its messages to a loop, too.
	for i := range 3 {
		must(t, push.Send(ctx, Text(fmt.Sprint(i))))
	}
	n := 0
	for m, err := range pull.All(ctx) {
		must(t, err)
		if m.String() != fmt.Sprint(n) {
			t.Fatal(m)
		}
		if n++; n == 3 {
			break
		}
	}
}

func TestSeed_S09_S10_AClosedSocketSaysSoInEveryCall(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	s := open(t, sys, Pair, WithBind("inproc://s09"))
	if s.Closed() {
		t.Fatal("closed at birth")
	}
	select {
	case <-s.Done():
		t.Fatal("done at birth")
	default:
	}
	must(t, s.Close())
	<-s.Done()
	if !s.Closed() {
		t.Error("not closed")
	}
	for name, call := range map[string]func() error{
		"Send":       func() error { return s.Send(ctx, Text("x")) },
		"SendBatch":  func() error { _, err := s.SendBatch(ctx, make([]Message, 2)); return err },
		"TrySend":    func() error { return s.TrySend(Text("x")) },
		"Post":       func() error { return s.Post(ctx, Text("x")) },
		"TryPost":    func() error { return s.TryPost(Text("x")) },
		"Recv":       func() error { _, err := s.Recv(ctx); return err },
		"TryRecv":    func() error { _, err := s.TryRecv(); return err },
		"RecvBatch":  func() error { _, err := s.RecvBatch(ctx, make([]Message, 2)); return err },
		"RecvBytes":  func() error { _, err := s.RecvBytes(ctx); return err },
		"RecvString": func() error { _, err := s.RecvString(ctx); return err },
		"Bind":       func() error { return s.Bind(ctx, "inproc://s09-b") },
		"Connect":    func() error { return s.Connect(ctx, "inproc://s09-c") },
		"Unbind":     func() error { return s.Unbind(ctx, "inproc://s09") },
		"Disconnect": func() error { return s.Disconnect(ctx, "inproc://s09") },
		"Option":     func() error { _, err := s.Option(ctx, "sndhwm"); return err },
		"SetOption":  func() error { return s.SetOption(ctx, "sndhwm", 1) },
		"Endpoints":  func() error { _, err := s.Endpoints(ctx, Bound); return err },
		"Wait":       func() error { return s.WaitConnected(ctx, 1) },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSeed_S20_UnbindAndDisconnectTakeBackWhatWasDone(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull := open(t, sys, Pull, WithBind("tcp://127.0.0.1:*", "inproc://s20", "tcp://127.0.0.1:*"))
	list, err := pull.Endpoints(ctx, Bound)
	must(t, err)
	push := open(t, sys, Push, WithConnect(list...))
	must(t, push.WaitConnected(ctx, 3))
	must(t, push.Disconnect(ctx, list[0], list[1]))
	if left, err := push.Endpoints(ctx, Connected); err != nil || len(left) != 1 || left[0] != list[2] {
		t.Fatal(left, err)
	}
	must(t, push.Send(ctx, Text("by the third")))
	if m := receive(t, pull); m.String() != "by the third" {
		t.Error(m)
	}
	must(t, pull.Unbind(ctx, list...))
	if left, err := pull.Endpoints(ctx, Bound); err != nil || len(left) != 0 {
		t.Error(left, err)
	}
	if err := push.Disconnect(ctx, list[0]); err == nil {
		t.Error("disconnected twice")
	}
	must(t, open(t, sys, Pull, WithBind("inproc://s20")).Close())
}

func TestSeed_S21_SubscriptionsArePrefixesOfTextOrBytesAndAreCounted(t *testing.T) {
	type topic string
	sys := testSystem(t)
	ctx := testContext(t)
	pub, sub := pair(t, sys, "inproc://s21", Pub, Sub)
	gets := func(want ...string) {
		t.Helper()
		for _, text := range []string{"apple", "avocado", "banana", "\xff\x00raw", "end"} {
			must(t, pub.Send(ctx, Text(text)))
		}
		var got []string
		for m := receive(t, sub); m.String() != "end"; m = receive(t, sub) {
			got = append(got, m.String())
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	must(t, sub.Subscribe(ctx, "end"))
	must(t, pub.WaitSubscribers(ctx, "end", 1))
	gets() // none by default
	must(t, SubscribeTo(ctx, sub, topic("ap"), topic("ban")))
	must(t, SubscribeTo(ctx, sub, []byte{0xff, 0}))
	must(t, pub.WaitSubscribers(ctx, "\xff\x00", 1))
	gets("apple", "banana", "\xff\x00raw")
	must(t, sub.Subscribe(ctx, "ap")) // twice, so once back leaves it
	must(t, sub.Unsubscribe(ctx, "ap"))
	must(t, UnsubscribeFrom(ctx, sub, []byte{0xff, 0}))
	must(t, sub.Subscribe(ctx, "marker")) // what was done before is known once this is
	must(t, pub.WaitSubscribers(ctx, "marker", 1))
	gets("apple", "banana")
	must(t, UnsubscribeFrom(ctx, sub, topic("ap"), topic("ban")))
	if err := sub.Unsubscribe(ctx, "ap"); !errors.Is(err, ErrNoSubscription) {
		t.Error(err)
	}
	must(t, sub.Subscribe(ctx, "")) // the empty topic takes all
	must(t, pub.WaitSubscribers(ctx, "anything", 1))
	gets("apple", "avocado", "banana", "\xff\x00raw")
}

func TestSeed_S23_ThePublicAPIKnowsNoFramesOnTheirOwn(t *testing.T) {
	files, err := filepath.Glob("*.go")
	must(t, err)
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Name.IsExported() {
				seen++
				for _, word := range []string{"SendMore", "RecvMore", "SendFrame", "RecvFrame", "SendPart", "RecvPart"} {
					if strings.Contains(f.Name.Name, word) {
						t.Errorf("%s moves less than a message", f.Name.Name)
					}
				}
			}
			return true
		})
	}
	if seen < 50 {
		t.Errorf("%d exported functions were found", seen)
	}
	sys := testSystem(t)
	pull, push := pair(t, sys, "inproc://s23", Pull, Push)
	want := Text("a", "", "c")
	must(t, push.Send(testContext(t), want))
	if m := receive(t, pull); !m.Equal(want) {
		t.Error(m.Frames())
	}
}

func TestSeed_S24_S25_OneFrameIsTakenExactlyAndAWrongMessageIsConsumed(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "inproc://s24", Pull, Push)
	must(t, push.Send(ctx, Text("two", "frames")))
	must(t, push.Send(ctx, Text("one")))
	if _, err := pull.RecvBytes(ctx); !errors.Is(err, ErrMultipart) {
		t.Error(err)
	}
	if b, err := pull.RecvBytes(ctx); err != nil || string(b) != "one" {
		t.Error(b, err)
	}
	must(t, push.Send(ctx, Text("two", "frames")))
	must(t, push.Send(ctx, Bytes([]byte{0xff, 0xfe})))
	must(t, push.Send(ctx, Text("grün")))
	if _, err := pull.RecvString(ctx); !errors.Is(err, ErrMultipart) {
		t.Error(err)
	}
	if _, err := pull.RecvString(ctx); !errors.Is(err, ErrText) {
		t.Error(err)
	}
	if text, err := pull.RecvString(ctx); err != nil || text != "grün" {
		t.Error(text, err)
	}
}

func TestSeed_S36_TheThreeExamplesRun(t *testing.T) {
	bin := t.TempDir()
	for program, c := range map[string]struct {
		arguments []string
		want      string
	}{
		"hello":   {[]string{"-endpoint", "tcp://127.0.0.1:0"}, "World"},
		"weather": {[]string{"-endpoint", "tcp://127.0.0.1:0", "-zip", "1"}, "temperature"},
		"divide":  {[]string{"-ventilator", "tcp://127.0.0.1:0", "-sink", "tcp://127.0.0.1:0", "-n", "20"}, "Speed-up"},
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(bin, program)
			if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../examples/"+program).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			out, err := exec.CommandContext(ctx, path, c.arguments...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), c.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
