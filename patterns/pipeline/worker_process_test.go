package pipeline

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
)

// workerProcess is what the test binary does when it is started as a worker: work until it is killed, or until its
// standard input ends.
func workerProcess(endpoint string) int {
	sys, err := zsock.NewSystem()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, err = Work(sys, endpoint, func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("working")
	_, _ = os.Stdin.Read(make([]byte, 1))
	if err := sys.Close(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startWorkerProcess starts a real process and returns once it says that it works.
func startWorkerProcess(t *testing.T, endpoint string) *os.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), workerEndpoint+"="+endpoint)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Process.Kill() // it may be gone or stopped
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "working\n" {
		t.Fatalf("the worker process says %q, %v", line, err)
	}
	return cmd.Process
}

func TestKilledAndStoppedWorkerProcessesLoseNothing(t *testing.T) {
	for _, fault := range []struct {
		name   string
		signal os.Signal
	}{{"killed", syscall.SIGKILL}, {"stopped", syscall.SIGSTOP}} {
		for _, transport := range []string{"tcp", "ipc"} {
			t.Run(fault.name+"/"+transport, func(t *testing.T) {
				endpoint := "tcp://127.0.0.1:*"
				if transport == "ipc" {
					endpoint = "ipc://" + t.TempDir() + "/p"
				}
				sys, _ := newSystem(t)
				run := start(t, sys, Topology[int, int]{Endpoint: endpoint, Credit: 64, Silence: 400 * time.Millisecond})
				victim := startWorkerProcess(t, run.Endpoint())
				startWorkerProcess(t, run.Endpoint())
				double(t, testContext(t), run, 10_000, func(done int) {
					if done == 2000 {
						if err := victim.Signal(fault.signal); err != nil {
							t.Error(err)
						}
					}
				})
			})
		}
	}
}

func TestAWorkerThatLeavesHandsItsTasksBackAtOnce(t *testing.T) {
	sys, _ := newSystem(t)
	ctx := testContext(t)
	run := start(t, sys, Topology[int, int]{Endpoint: "tcp://127.0.0.1:*", Silence: time.Hour})
	begun := make(chan struct{}, 10)
	leaver, err := Work(sys, run.Endpoint(), func(ctx context.Context, n int) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return 0, ctx.Err()
	}, WithName("leaver"), WithCredit(4))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-begun
		if err := leaver.Close(ctx); err != nil {
			t.Error(err)
		}
		if _, err := Work(sys, run.Endpoint(), func(_ context.Context, n int) (int, error) { return 2 * n, nil }); err != nil {
			t.Error(err)
		}
	}()
	double(t, ctx, run, 20, nil)
	if s := run.Stats(); s.Redelivered != 4 || s.Failures != 0 || s.Vanished != 0 {
		t.Errorf("%+v: want the 4 tasks of the one that left delivered again, and no failure", s)
	}
}

func TestAKilledWorkerIsNoticedByTheEndOfItsConnection(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		t.Run(transport, func(t *testing.T) {
			endpoint := "tcp://127.0.0.1:*"
			if transport == "ipc" {
				endpoint = "ipc://" + t.TempDir() + "/p"
			}
			sys, _ := newSystem(t)
			run := start(t, sys, Topology[int, int]{Endpoint: endpoint, Credit: 64, Silence: time.Hour})
			victim := startWorkerProcess(t, run.Endpoint())
			startWorkerProcess(t, run.Endpoint())
			var killed time.Time
			double(t, testContext(t), run, 10_000, func(done int) {
				if done == 2000 {
					killed = time.Now()
					if err := victim.Kill(); err != nil {
						t.Error(err)
					}
				}
			})
			s := run.Stats()
			t.Logf("8,000 tasks after the kill in %v: %+v", time.Since(killed), s)
			if s.Vanished != 1 {
				t.Errorf("%d workers have vanished, want 1", s.Vanished)
			}
		})
	}
}
