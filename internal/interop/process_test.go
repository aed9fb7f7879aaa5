package interop

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is a running program. It is killed, by its own handle, at the end of its test or of patience, and always reaped.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	stdin    io.Writer
	out, err transcript
	kill     context.CancelFunc
	exited   chan struct{}
	status   error // of the exit; after exited is closed
}

func start(t *testing.T, command []string, arguments ...string) *process {
	t.Helper()
	ctx, kill := context.WithTimeout(t.Context(), patience)
	p := &process{t: t, kill: kill, exited: make(chan struct{})}
	p.out.grown, p.err.grown = make(chan struct{}, 1), make(chan struct{}, 1)
	p.cmd = exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], arguments...)...)
	p.cmd.WaitDelay = time.Second
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		kill()
		t.Fatalf("%v: %v", p.cmd, err)
	}
	go func() {
		p.status = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			t.Log(p)
		}
	})
	return p
}

// line waits for a line that begins with prefix, and gives what follows it.
func (p *process) line(prefix string) string {
	p.t.Helper()
	for over := false; ; {
		for line := range strings.Lines(p.out.String()) {
			if rest, ok := strings.CutPrefix(line, prefix); ok && strings.HasSuffix(rest, "\n") {
				return strings.TrimSuffix(rest, "\n")
			}
		}
		if over {
			p.fail("ended without a line %q", prefix)
		}
		select {
		case <-p.out.grown:
		case <-p.exited:
			over = true
		}
	}
}

// announced waits for the endpoint that the process is bound to.
func (p *process) announced() string {
	p.t.Helper()
	return p.line("listening on ")
}

// succeed waits for an exit with status 0, and gives what was printed after the announcement.
func (p *process) succeed() string {
	p.t.Helper()
	<-p.exited
	if p.status != nil {
		p.fail("want success")
	}
	return p.printed()
}

// end kills the process and gives what was printed after the announcement.
func (p *process) end() string {
	p.kill()
	<-p.exited
	return p.printed()
}

func (p *process) interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.fail("interrupt: %v", err)
	}
}

func (p *process) printed() string {
	text := p.out.String()
	for strings.HasPrefix(text, "listening on ") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

func (p *process) fail(format string, values ...any) {
	p.t.Helper()
	p.end()
	p.t.Fatalf("%v: "+format, append([]any{p.cmd}, values...)...)
}

// String tells how the process ended and what it printed.
func (p *process) String() string {
	return fmt.Sprintf("%v\nended: %v\nstdout: %s\nstderr: %s", p.cmd, p.status, &p.out, &p.err)
}

// transcript is what a process has printed so far.
type transcript struct {
	mu    sync.Mutex
	text  []byte
	grown chan struct{} // capacity 1
}

// Write implements io.Writer.
func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.text = append(s.text, p...)
	s.mu.Unlock()
	select {
	case s.grown <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text)
}

// example builds one of the programs in examples/.
func example(t *testing.T, name string) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	build(t, "go", "build", "-o", program, "github.com/actomq/actomq/examples/"+name)
	return []string{program}
}

func build(t *testing.T, command ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return string(out)
}
