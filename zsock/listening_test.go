//go:build unix

package zsock

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestAnAddressStaysTheSocketsOwnThroughRestarts: a program that wants it does not get it in between, and one that connects
// while there is no libzmq socket waits for the next.
func TestAnAddressStaysTheSocketsOwnThroughRestarts(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, endpoint := range []string{"tcp://127.0.0.1:*", "tcp://[::1]:*", "ipc://feed", "ipc://*"} {
		t.Run(endpoint, func(t *testing.T) {
			sys := testSystem(t, quickRestarts())
			ctx := testContext(t)
			pull, err := sys.Open(Pull, WithBind(endpoint))
			if strings.Contains(endpoint, "::1") && errors.Is(err, syscall.EADDRNOTAVAIL) {
				t.Skip("this machine has no IPv6")
			}
			must(t, err)
			where := bound(t, pull)
			network, address, _ := strings.Cut(where, "://")
			if network == "ipc" {
				network = "unix"
			}
			push := open(t, sys, Push, WithConnect(where), WithOption("reconnect_ivl", 5*time.Millisecond))
			var over atomic.Bool
			var group sync.WaitGroup
			defer group.Wait()
			defer over.Store(true)
			group.Go(func() {
				for !over.Load() {
					if l, err := net.Listen(network, address); err == nil {
						t.Error("somebody else got the address")
						_ = l.Close()
					}
				}
			})
			group.Go(func() {
				for !over.Load() {
					c, err := net.Dial(network, address)
					if errors.Is(err, syscall.EAGAIN) {
						continue // the kernel's queue is full
					}
					if err != nil {
						t.Error(err)
						return
					}
					_ = c.Close()
				}
			})
			for range 20 {
				lose(t, pull)
				for arrived := false; !arrived; { // a message may still go to the connection that is lost
					must(t, push.Send(ctx, Text("word")))
					short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
					_, err := pull.Recv(short)
					cancel()
					arrived = err == nil
				}
			}
			over.Store(true)
			group.Wait()
			must(t, pull.Close())
			if network == "unix" {
				if _, err := os.Lstat(address); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s is left: %v", address, err)
				}
				return
			}
			eventually(t, "a free address", func() bool { // libzmq closes its descriptor a little later
				l, err := net.Listen(network, address)
				return err == nil && l.Close() == nil
			})
		})
	}
}

// TestABindWithoutDescriptorsIsAnError in a process of its own, which would be aborted otherwise.
func TestABindWithoutDescriptorsIsAnError(t *testing.T) {
	if os.Getenv("ACTOMQ_SCARCE") == "" {
		cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), "ACTOMQ_SCARCE=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	sys, idle := testSystem(t), testSystem(t)
	ctx := testContext(t)
	pull := open(t, sys, Pull, WithBind("tcp://127.0.0.1:*"))
	limit := syscall.Rlimit{Cur: 64, Max: 64}
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	var held []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		held = append(held, f)
	}
	for _, endpoint := range []string{"tcp://127.0.0.1:*", "tcp://[::1]:*", "ipc://" + filepath.Join(t.TempDir(), "x")} {
		if err := pull.Bind(ctx, endpoint); !errors.Is(err, syscall.EMFILE) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	if _, err := idle.Open(Pair); !errors.Is(err, syscall.EMFILE) { // libzmq would start its threads now
		t.Error(err)
	}
	if _, err := NewSystem(); !errors.Is(err, syscall.EMFILE) {
		t.Error(err)
	}
	for _, f := range held {
		must(t, f.Close())
	}
	if _, err := NewSystem(WithIOThreads(100)); !errors.Is(err, syscall.EMFILE) {
		t.Error(err)
	}
	must(t, pull.Bind(ctx, "tcp://127.0.0.1:*"))
}
