package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/actomq/actomq/bench/internal/role"
)

// process is one child in a role. It is killed by its handle when the context it was started with ends, and result must
// be called once to reap it.
type process struct {
	mode   string
	cmd    *exec.Cmd
	out    *json.Decoder
	errors tail
}

// start runs argv with environment added to its own, on one CPU when pinned.
func start(ctx context.Context, mode string, argv, environment []string, pinned bool) (*process, error) {
	p := &process{mode: mode, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	if len(environment) > 0 {
		p.cmd.Env = append(os.Environ(), environment...)
	}
	p.cmd.WaitDelay = time.Second
	p.cmd.Stderr = &p.errors
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("bench: start %s: %w", mode, err)
	}
	p.out = json.NewDecoder(out)
	launch := p.cmd.Start
	if pinned {
		launch = func() error { return onOneCPU(p.cmd.Start) }
	}
	if err := launch(); err != nil {
		return nil, fmt.Errorf("bench: start %s: %w", mode, err)
	}
	return p, nil
}

// announced waits for the endpoint that a binding role prints first.
func (p *process) announced() (string, error) {
	var r role.Report
	if err := p.out.Decode(&r); err != nil {
		return "", fmt.Errorf("bench: %s did not say where it is bound: %w", p.mode, err)
	}
	if r.Endpoint == "" {
		return "", fmt.Errorf("bench: %s did not say where it is bound", p.mode)
	}
	return r.Endpoint, nil
}

// result waits for the report and the end of the process.
func (p *process) result() (role.Report, error) {
	var r role.Report
	err := p.out.Decode(&r)
	// The exit status explains more than the end of the output does.
	if exit := p.cmd.Wait(); exit != nil {
		err = exit
	}
	if err != nil {
		return role.Report{}, fmt.Errorf("bench: %s: %w%s", p.mode, err, p.errors.suffix())
	}
	return r, nil
}

// outcome is how a role ended.
type outcome struct {
	mode   string
	report role.Report
	err    error
}

// perform runs the one or two processes of a case and waits for them, at most for limit. argv makes the command line of
// a role, environment what is added to its environment. When one process fails the other one is killed, and the first failure is the error.
func perform(ctx context.Context, limit time.Duration, c benchCase, environment func(mode string) []string,
	argv func(mode, endpoint string) []string) ([]outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("bench: run took longer than %s", limit))
	defer cancel()
	ended := make(chan outcome, 2)
	running := 0
	follow := func(p *process) {
		running++
		go func() {
			r, err := p.result()
			ended <- outcome{p.mode, r, err}
		}()
	}
	var failure error
	fail := func(err error) {
		if failure == nil {
			failure = errors.Join(err, context.Cause(ctx))
		}
		cancel()
	}

	binder, err := start(ctx, c.binder, argv(c.binder, c.endpoint), environment(c.binder), c.pinned)
	if err != nil {
		return nil, err
	}
	if c.connecter != "" {
		if endpoint, err := binder.announced(); err != nil {
			fail(err)
		} else if connecter, err := start(ctx, c.connecter, argv(c.connecter, endpoint), environment(c.connecter), c.pinned); err != nil {
			fail(err)
		} else {
			follow(connecter)
		}
	}
	follow(binder)

	var outcomes []outcome
	for range running {
		o := <-ended
		if o.err != nil {
			fail(o.err)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, failure
}

// tail keeps the last bytes written to it.
type tail struct{ kept []byte }

const tailSize = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) suffix() string {
	if text := bytes.TrimSpace(t.kept); len(text) > 0 {
		return ": " + string(text)
	}
	return ""
}
