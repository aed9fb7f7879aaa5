package zsock

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nobodyListens leaves the file of a socket whose program is gone.
func nobodyListens(t *testing.T, path string) {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	must(t, err)
	listener.SetUnlinkOnClose(false)
	must(t, listener.Close())
}

func TestAnIPCPathIsNeverTakenFromALivingProgram(t *testing.T) {
	t.Chdir(t.TempDir()) // keeps the paths short
	sys := testSystem(t)
	ctx := testContext(t)

	listener, err := net.Listen("unix", "alive")
	must(t, err)
	defer listener.Close()
	if err := open(t, sys, Pull).Bind(ctx, "ipc://alive"); !errors.Is(err, ErrAddressInUse) {
		t.Errorf("the path of a listener: %v", err)
	}
	conn, err := net.Dial("unix", "alive")
	if err != nil {
		t.Fatalf("the listener has lost its path: %v", err)
	}
	must(t, conn.Close())

	pull, push := pair(t, sys, "ipc://own", Pull, Push)
	other := open(t, testSystem(t), Pull)
	if err := other.Bind(ctx, "ipc://own"); !errors.Is(err, ErrAddressInUse) {
		t.Errorf("the path of a ZeroMQ socket: %v", err)
	}
	must(t, push.Send(ctx, Text("still mine")))
	if got := receive(t, pull); got.String() != "still mine" {
		t.Error(got)
	}
	must(t, pull.Unbind(ctx, "ipc://own"))
	bindOnceFree(t, other, "ipc://own") // left behind by the unbind

	nobodyListens(t, "stale")
	must(t, open(t, sys, Pull).Bind(ctx, "ipc://stale"))

	must(t, os.WriteFile("precious", []byte("data"), 0o600))
	must(t, os.Symlink("precious", "link"))
	for _, path := range []string{"precious", "link"} {
		if err := open(t, sys, Pull).Bind(ctx, "ipc://"+path); !errors.Is(err, ErrAddressInUse) || !strings.Contains(err.Error(), "no socket") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if data, err := os.ReadFile("link"); string(data) != "data" {
		t.Errorf("the file is now %q, %v", data, err)
	}
	if err := open(t, sys, Pull).Bind(ctx, "ipc://missing/feed"); err == nil || !strings.Contains(err.Error(), "has to exist") {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestAnIPCPathThatTheSystemChoseSurvivesARestartAndLeavesNothing(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pull := open(t, sys, Pull, WithBind("ipc://*"))
	push := open(t, sys, Push, WithConnect(bound(t, pull)), WithOption("reconnect_ivl", 5*time.Millisecond))
	ends := watch(t, push, WithEventKinds(EventDisconnected))
	for range 2 {
		must(t, push.Send(ctx, Text("hello")))
		receive(t, pull)
		lose(t, pull)
		await(t, ends, EventDisconnected)
		must(t, push.WaitConnected(ctx, 1))
	}
	must(t, pull.Close())
	if left, err := filepath.Glob(temporary + "/*"); len(left) != 0 || err != nil {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestARestartThatFindsItsIPCPathTakenWaitsForIt(t *testing.T) {
	t.Chdir(t.TempDir())
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	pull := open(t, sys, Pull, WithBind("ipc://shared"))
	events := watch(t, pull, WithEventKinds(EventBindSuspended, EventListening))
	must(t, os.Remove("shared"))
	listener, err := net.Listen("unix", "shared")
	must(t, err)
	must(t, pull.Ref().Tell(ctx, Fault{}))
	for range 2 {
		if e := await(t, events, EventBindSuspended); !errors.Is(e.Err, ErrAddressInUse) {
			t.Error(e)
		}
	}
	if conn, err := net.Dial("unix", "shared"); err != nil {
		t.Errorf("the listener has lost its path: %v", err)
	} else {
		_ = conn.Close()
	}
	must(t, listener.Close())
	await(t, events, EventListening)
	if got := bound(t, pull); got != "ipc://shared" {
		t.Error(got)
	}
}
