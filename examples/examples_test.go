package examples

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// programs is where the examples are built to.
var programs string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "examples-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	if output, err := exec.Command("go", "build", "-o", dir, "./hello", "./weather", "./divide").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// process is an example at work.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	out bytes.Buffer
}

func start(t *testing.T, name string, arguments ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, filepath.Join(programs, name), arguments...)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// ends waits for the end, which has to be a good one, and for lines in the output.
func (p *process) ends(want ...string) {
	p.t.Helper()
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%v: %v\n%s", p.cmd.Args, err, p.out.String())
	}
	for _, text := range want {
		if !strings.Contains(p.out.String(), text) {
			p.t.Errorf("%v: %q is not in the output:\n%s", p.cmd.Args, text, p.out.String())
		}
	}
}

func (p *process) interrupt() *process {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Error(err)
	}
	return p
}

func endpoints(t *testing.T) (a, b string) {
	dir := t.TempDir()
	return "ipc://" + filepath.Join(dir, "a"), "ipc://" + filepath.Join(dir, "b")
}

func TestEachExampleRunsAloneAndEndsByItself(t *testing.T) {
	start(t, "hello", "-endpoint", "tcp://127.0.0.1:0").ends(`Server received: "Hello"`, `Client received "World" (#2)`)
	start(t, "weather", "-endpoint", "tcp://127.0.0.1:0", "-zip", "1", "-n", "5").ends("update #4", `Average temperature for ZIP code "1"`)
	start(t, "divide", "-ventilator", "tcp://127.0.0.1:0", "-sink", "tcp://127.0.0.1:0", "-n", "20").ends("Total expected cost", "Total elapsed time", "Speed-up")
}

func TestHelloRunsAsTwoProcesses(t *testing.T) {
	endpoint, _ := endpoints(t)
	client := start(t, "hello", "-role", "client", "-endpoint", endpoint, "-n", "4") // before its server
	server := start(t, "hello", "-role", "server", "-endpoint", endpoint, "-n", "4")
	client.ends("(#3)")
	server.ends(`Server received: "Hello"`)
	endless := start(t, "hello", "-role", "server", "-endpoint", endpoint)
	start(t, "hello", "-role", "client", "-endpoint", endpoint).ends("(#2)")
	endless.interrupt().ends()
}

func TestWeatherRunsAsTwoProcesses(t *testing.T) {
	endpoint, _ := endpoints(t)
	server := start(t, "weather", "-role", "server", "-endpoint", endpoint)
	start(t, "weather", "-role", "client", "-endpoint", endpoint, "-zip", "1").ends("update #9")
	server.interrupt().ends()
}

func TestDivideRunsAsManyProcesses(t *testing.T) {
	ventilator, sink := endpoints(t)
	side := func(role string, arguments ...string) *process {
		return start(t, "divide", append([]string{"-role", role, "-ventilator", ventilator, "-sink", sink, "-n", "20"}, arguments...)...)
	}
	collector := side("sink")
	workers := []*process{side("worker", "-workers", "2"), side("worker", "-workers", "1")}
	side("ventilator", "-workers", "3").ends("Total expected cost")
	collector.ends("Total elapsed time")
	for _, w := range workers {
		w.interrupt().ends()
	}
}

func TestWrongFlagsAreErrorsThatSaySo(t *testing.T) {
	for _, c := range []struct{ name, want string }{{"hello", "server, client or both"}, {"weather", "server, client or both"}, {"divide", "ventilator, worker, sink or all"}} {
		for _, arguments := range [][]string{{"-role", "king"}, {"surplus"}, {"-n", "-1"}, {"-no-such-flag"}} {
			p := start(t, c.name, arguments...)
			exit, failed := errors.AsType[*exec.ExitError](p.cmd.Wait())
			if !failed || exit.ExitCode() < 1 || p.out.Len() == 0 || arguments[0] == "-role" && !strings.Contains(p.out.String(), c.want) {
				t.Errorf("%v: %v\n%s", p.cmd.Args, exit, p.out.String())
			}
		}
	}
}
