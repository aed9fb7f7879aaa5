package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/actomq/actomq/zsock"
)

// asProgram makes the test binary the demo instead.
const asProgram = "DEMO_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(program(os.Args[1:]))
	}
	if err := zsock.Available(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func runDemo(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, arguments...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	all, err := cmd.CombinedOutput()
	return string(all), err
}

func TestTheDemoKeepsWhatItPromises(t *testing.T) {
	output, err := runDemo(t, "-throughput", "300ms")
	t.Log(output)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"100 of 100 results", "worker restarts: 1", "socket restarts: 1", "expected cost:", "wall time:", "speed-up:",
		"throughput:", "Supervision tree", "this worker was made to panic",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("%q is not in the output", want)
		}
	}
	if n := strings.Count(output, "goroutine "); n != 0 {
		t.Errorf("%d stacks bury the output", n)
	}
}

func TestTheDemoExitsWithAnErrorWhenACheckFails(t *testing.T) {
	var out strings.Builder
	if err := report(&out, divided{results: tasks - 1}, speed{messages: 1}, &tally{workers: 1, sockets: 1}); err == nil {
		t.Error("a missing result is no error")
	}
	if err := report(&out, divided{results: tasks}, speed{messages: 1}, &tally{workers: 1, sockets: 1}); err != nil {
		t.Error(err)
	}
	if _, err := runDemo(t, "-no-such-flag"); err == nil {
		t.Error("a wrong flag is no error")
	}
}
