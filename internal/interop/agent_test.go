package interop

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// agent is a foreign program that does with its sockets what it is told, one command after the other: testdata/agent.py tells
// the language. One test uses it at a time.
type agent struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers chan string
	stderr  transcript
	exited  chan struct{}
	status  error // of the exit; after exited is closed
	broken  error // an answer is missing, so that those to come would belong to other commands
}

// hire starts an agent, which lives as long as the test.
func hire(t *testing.T, command []string, environment ...string) *agent {
	t.Helper()
	ctx, kill := context.WithCancel(context.WithoutCancel(t.Context()))
	a := &agent{answers: make(chan string, 1), exited: make(chan struct{})}
	a.stderr.grown = make(chan struct{}, 1)
	a.cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	a.cmd.Env = append(os.Environ(), environment...)
	a.cmd.Stderr = &a.stderr
	a.cmd.WaitDelay = time.Second
	var stdout io.ReadCloser
	var err error
	if a.stdin, err = a.cmd.StdinPipe(); err == nil {
		if stdout, err = a.cmd.StdoutPipe(); err == nil {
			err = a.cmd.Start()
		}
	}
	if err != nil {
		kill()
		t.Fatalf("%v: %v", a.cmd, err)
	}
	go func() {
		defer close(a.exited)
		defer close(a.answers)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			a.answers <- lines.Text()
		}
		a.status = a.cmd.Wait()
	}()
	t.Cleanup(func() {
		defer kill()
		_ = a.cmd.Process.Signal(syscall.SIGCONT) // should it still be stopped
		_ = a.stdin.Close()
		for {
			select {
			case <-a.answers: // the one that nobody waited for, or the end of all
				continue
			case <-a.exited:
			case <-time.After(patience / 4):
				t.Errorf("%v goes on when it is told to end", a.cmd)
				kill()
				<-a.exited
			}
			break
		}
		if a.broken == nil && a.status != nil {
			t.Errorf("%v ended with %v", a.cmd, a.status)
		}
		if t.Failed() {
			t.Logf("%v wrote:\n%s", a.cmd, &a.stderr)
		}
	})
	return a
}

// do has the agent carry out a command, and gives the value that it answers with.
func (a *agent) do(ctx context.Context, t *testing.T, words ...any) string {
	t.Helper()
	value, err := a.try(ctx, words...)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (a *agent) try(ctx context.Context, words ...any) (value string, err error) {
	if a.broken != nil {
		return "", a.broken
	}
	command := strings.TrimSuffix(fmt.Sprintln(words...), "\n")
	brief := fmt.Sprintf("the peer, told to %.80s", command)
	if _, err := fmt.Fprintln(a.stdin, command); err != nil {
		a.broken = fmt.Errorf("%s: %w: %s", brief, err, &a.stderr)
		return "", a.broken
	}
	select {
	case answer, ok := <-a.answers:
		if !ok {
			a.broken = fmt.Errorf("%s: it has ended: %s", brief, &a.stderr)
			return "", a.broken
		}
		verdict, rest, _ := strings.Cut(answer, " ")
		if verdict != "ok" {
			return "", fmt.Errorf("%s: %s", brief, rest)
		}
		return rest, nil
	case <-ctx.Done():
		a.broken = fmt.Errorf("%s: no answer: %w: %s", brief, context.Cause(ctx), &a.stderr)
		return "", a.broken
	}
}
