package zsock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/actomq/actomq/internal/libzmq"
)

func TestSeed_S01_AProgramCanAskWhetherLibzmqIsThere(t *testing.T) {
	must(t, Available())
	// Without cgo it is not: the same program says so, and what to do, instead of crashing.
	build := exec.CommandContext(t.Context(), "go", "run", "./testdata/available")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(output)), "\n") {
		what, said, _ := strings.Cut(line, ": ")
		if what == "version" {
			if said != "false" {
				t.Errorf("there is a version: %s", said)
			}
			continue
		}
		for _, want := range []string{"without cgo", "CGO_ENABLED=1", "install libzmq 4.3 or later"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q does not say %q", what, said, want)
			}
		}
	}
}

func TestSeed_S33_TheDefaultSystemComesWithItsFirstUserAndGoesWithItsLast(t *testing.T) {
	before := goleak.IgnoreCurrent()
	descriptorsBefore := descriptors()
	for range 3 {
		var group sync.WaitGroup
		sockets := make(chan *Socket, 20)
		for i := range 10 {
			group.Go(func() {
				pull, err := Open(Pull, WithBind(fmt.Sprintf("inproc://default-%d", i)))
				if err != nil {
					t.Error(err)
					return
				}
				push, err := Open(Push, WithConnect(fmt.Sprintf("inproc://default-%d", i)))
				if err != nil {
					t.Error(err)
					return
				}
				sockets <- pull
				sockets <- push
				must(t, push.Send(testContext(t), Text("hello")))
				if m := receive(t, pull); m.String() != "hello" {
					t.Error(m)
				}
			})
		}
		group.Wait()
		close(sockets)
		var sys *System
		for s := range sockets {
			if sys == nil {
				sys = s.sys
			}
			if s.sys != sys {
				t.Error("sockets that are open at the same time are in different systems")
			}
			must(t, s.Close())
			must(t, s.Close())
		}
		select {
		case <-sys.Done():
		default:
			t.Error("the system outlived the Close of its last socket")
		}
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
		if now := descriptors(); now > descriptorsBefore+descriptorSlack {
			t.Errorf("%d descriptors, there were %d", now, descriptorsBefore)
		}
	}
}

func TestTheDefaultSystemIsKeptForWhoeverHoldsIt(t *testing.T) {
	sys, release, err := Default()
	must(t, err)
	s, err := Open(Pair)
	must(t, err)
	must(t, s.Close())
	if s.sys != sys {
		t.Error("Default gives another system than Open uses")
	}
	if _, err := sys.Open(Pair); err != nil {
		t.Error("it ended while it was held:", err)
	}
	if _, err := Open(Pair, WithBind("nonsense")); !errors.Is(err, ErrEndpoint) {
		t.Error(err)
	}
	// A socket that is given up counts no more than one that is closed.
	must(t, sys.Close(testContext(t)))
	release()
	release()
	other, err := Open(Pair)
	must(t, err)
	if other.sys == sys {
		t.Error("a socket was opened in a system that has ended")
	}
	must(t, other.Close())
	select {
	case <-other.sys.Done():
	default:
		t.Error("the second system did not end")
	}
}

func TestSeed_S34_TheRawContextLivesAsLongAsForeignCodeHoldsIt(t *testing.T) {
	sys := testSystem(t)
	c, err := sys.UnsafeContext("a C library")
	must(t, err)
	if c.Pointer() == nil {
		t.Fatal("there is no context")
	}
	other, err := sys.UnsafeContext("another one")
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err = sys.Close(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for _, want := range []string{"a C library (since ", "another one (since ", "seed_context_test.go:", "call Release"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if _, err := sys.UnsafeContext("too late"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- sys.Close(testContext(t)) }()
	c.Release()
	c.Release()
	select {
	case err := <-closed:
		t.Error("it ended while one held it:", err)
	case <-time.After(20 * time.Millisecond):
	}
	other.Release()
	must(t, <-closed)
}

func TestForeignSocketsSpeakWithTheSystemsOverInproc(t *testing.T) {
	sys := testSystem(t)
	pull := open(t, sys, Pull, WithBind("inproc://shared"))
	c, err := sys.UnsafeContext("the test")
	must(t, err)
	if c.Pointer() != sys.zmq.Pointer() {
		t.Fatal("it is another context")
	}
	foreign, err := sys.zmq.NewSocket(libzmq.Push) // as zmq_socket would
	must(t, err)
	must(t, foreign.Connect("inproc://shared"))
	var burst libzmq.Burst
	burst.Append([]byte("from outside"), nil)
	if n, err := foreign.Send(&burst); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if m := receive(t, pull); m.String() != "from outside" {
		t.Error(m)
	}
	// The end of the system tells the foreign code to go.
	closed := make(chan error, 1)
	go func() { closed <- sys.Close(testContext(t)) }()
	for {
		if _, _, err := foreign.Events(); errors.Is(err, libzmq.ErrTerminated) {
			break
		}
		runtime.Gosched()
	}
	must(t, foreign.Close())
	c.Release()
	must(t, <-closed)
}

func TestMoreSocketsThanLibzmqAllowsByItself(t *testing.T) {
	const many = 1_100 // libzmq's default is 1,023
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if limit.Cur < 2*many {
		t.Skipf("the process may have %d descriptors only", limit.Cur)
	}
	sys := testSystem(t)
	for range many {
		if _, err := sys.Open(Push, WithConnect("inproc://nobody")); err != nil {
			t.Fatal(err)
		}
	}
	few := testSystem(t, WithMaxSockets(10))
	for {
		if _, err := few.Open(Pair); err != nil {
			if !errors.Is(err, syscall.EMFILE) {
				t.Error(err)
			}
			break
		}
		if n := len(few.Sockets()); n > 10 {
			t.Fatalf("%d sockets, at most 10 are allowed", n)
		}
	}
}

func TestThreadsOfLibzmqRunAsTheyAreTold(t *testing.T) {
	sys := testSystem(t, WithThreadName(4711), WithThreadAffinity(0), WithIOThreads(2))
	pull, push := pair(t, sys, "tcp://127.0.0.1:*", Pull, Push)
	must(t, push.Send(testContext(t), Text("on")))
	receive(t, pull)
	if runtime.GOOS != "linux" {
		return
	}
	tasks, err := os.ReadDir("/proc/self/task")
	must(t, err)
	named := 0
	for _, task := range tasks {
		status, err := os.ReadFile("/proc/self/task/" + task.Name() + "/status")
		if err != nil || !strings.HasPrefix(string(status), "Name:\t4711/") {
			continue
		}
		named++
		if !strings.Contains(string(status), "Cpus_allowed_list:\t0\n") {
			t.Errorf("it runs elsewhere, too:\n%s", status)
		}
	}
	if named < 3 { // the reaper and two for the network
		t.Errorf("%d threads have the name", named)
	}
}

func TestThreadOptionsThatWouldEndTheProcessAreRefused(t *testing.T) {
	for want, opt := range map[string]SystemOption{
		"name some that the process may use": WithThreadAffinity(1023),
		"there is no processor -1":           WithThreadAffinity(-1),
		"is not between 1 and 99":            WithThreadPriority(SchedFifo, 100),
		"is none of":                         WithThreadPriority(7, 1),
		"has to be 0 or more":                WithThreadName(-1),
	} {
		sys, err := NewSystem(opt)
		if err == nil {
			t.Errorf("%s: accepted", want)
			must(t, sys.Close(testContext(t)))
		} else if runtime.GOOS == "linux" && !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	// Whether real time is allowed is up to the machine; either way the process goes on.
	sys, err := NewSystem(WithThreadPriority(SchedRoundRobin, 1))
	if err != nil {
		if runtime.GOOS == "linux" && !strings.Contains(err.Error(), "CAP_SYS_NICE") {
			t.Error(err)
		}
		return
	}
	_, err = sys.Open(Pair)
	must(t, err)
	must(t, sys.Close(testContext(t)))
}

func TestSeed_S35_TheErrorTheReadmeAndTheSetUpNameTheSamePackages(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	must(t, err)
	setup, err := os.ReadFile("../.ci/setup")
	must(t, err)
	hint := libzmq.InstallHintFor("linux") + "; " + libzmq.InstallHintFor("darwin")
	for command, name := range map[string]string{
		"apt-get install": "libzmq3-dev", "dnf install": "zeromq-devel", "apk add": "zeromq-dev", "pacman -S": "zeromq", "brew install": "zeromq",
	} {
		if !strings.Contains(hint, command+" "+name) {
			t.Errorf("the error of Available does not say %q: %s", command+" "+name, hint)
		}
		if !strings.Contains(string(readme), "`"+command+" "+name+"`") {
			t.Errorf("the README does not say %q", command+" "+name)
		}
		manager, _, _ := strings.Cut(command, " ")
		found := false
		for line := range strings.Lines(string(setup)) {
			pattern, echo, ok := strings.Cut(line, ") echo ")
			found = found || ok && strings.Contains(pattern, manager+":libzmq") && strings.TrimSuffix(strings.TrimSpace(echo), " ;;") == name
		}
		if !found {
			t.Errorf("the set-up script does not install %s with %s", name, manager)
		}
	}
	for where, text := range map[string]string{"the error": hint, "the README": string(readme), "the set-up script": string(setup)} {
		if !strings.Contains(text, "4.3 or later") {
			t.Errorf("%s does not say which libzmq", where)
		}
	}
}
