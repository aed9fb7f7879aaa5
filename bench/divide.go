package main

import (
	"context"
	"io"
	"os"
	"os/exec"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/pipeline"
)

// The modes of tasks that go to worker processes and come back as results.
const (
	divide = "divide" // hands out tasks and takes results; starts the workers
	worker = "worker" // does tasks until its standard input ends
)

const (
	workerProcesses = 2
	credit          = 256 // tasks that a typed worker holds
)

// workers are the processes of a divide role. Their standard input is a pipe, so they end with it at the latest.
type workers struct {
	commands []*exec.Cmd
	inputs   []io.Closer
}

func startWorkers(contender, endpoint string, w role.Work) (*workers, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var all workers
	for range workerProcesses {
		cmd := exec.Command(self, append([]string{roleFlag, contender, worker}, w.Arguments(endpoint)...)...)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			all.end()
			return nil, err
		}
		all.commands, all.inputs = append(all.commands, cmd), append(all.inputs, in)
	}
	return &all, nil
}

// kill ends one worker in the midst of its tasks.
func (w *workers) kill() error { return w.commands[0].Process.Kill() }

func (w *workers) end() {
	for i, cmd := range w.commands {
		_ = cmd.Process.Kill() // it may be gone
		w.inputs[i].Close()
		_ = cmd.Wait() // tells of the kill
	}
}

// ended returns when the standard input of a worker has ended.
func ended() { _, _ = io.Copy(io.Discard, os.Stdin) }

// divide hands out the tasks by credit; in their midst one of the workers is killed.
func (s *typedSession) divide(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	ctx, cancel := context.WithTimeout(context.Background(), role.Patience)
	defer cancel()
	run, err := pipeline.Topology[[]byte, []byte]{Endpoint: endpoint, Credit: credit, Codec: patterns.Raw, Options: socketOptions(w)}.Run(s.sys)
	if err != nil {
		return nil, err
	}
	helpers, err := startWorkers("actomq-typed", run.Endpoint(), w)
	if err != nil {
		return nil, err
	}
	defer helpers.end()
	t, sheet := role.NewTally(w), role.NewSheet(w.Total())
	tasks := func(yield func([]byte) bool) {
		for seq := range w.Total() {
			task := make([]byte, w.Size)
			role.Fill(task, uint64(seq))
			if !yield(task) {
				return
			}
		}
	}
	taken := 0
	for r, err := range run.Process(ctx, tasks) {
		if err != nil {
			return nil, err
		}
		sheet.Take(uint64(r.Number), r.Value)
		switch taken++; taken {
		case w.Warmup:
			t.Start()
		case w.Warmup + w.Count/3:
			if err := helpers.kill(); err != nil {
				return nil, err
			}
		}
	}
	t.Close(sheet)
	return t, run.Close(ctx)
}

func (s *typedSession) worker(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	_, err := pipeline.Work(s.sys, endpoint, func(_ context.Context, task []byte) ([]byte, error) { return task, nil },
		pipeline.WithCodec(patterns.Raw), pipeline.WithSocket(socketOptions(w)...))
	if err != nil {
		return nil, err
	}
	ended()
	return role.NewTally(w), nil
}
