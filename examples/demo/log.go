package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/actomq/actomq/actor"
)

// tally counts the restarts that supervisors decide on.
type tally struct {
	mu      sync.Mutex
	workers int
	sockets int
}

// note is the hook for events; any actor's goroutine calls it.
func (t *tally) note(e actor.Event) {
	if e.Kind != actor.Restarting {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if path.Base(path.Dir(e.Path)) == "workers" {
		t.workers++
	} else {
		t.sockets++
	}
}

func (t *tally) get() (workers, sockets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.workers, t.sockets
}

// tidyHandler writes what is a warning or worse, one short line each.
type tidyHandler struct {
	mu    *sync.Mutex
	out   io.Writer
	begin time.Time
	attrs []slog.Attr
}

func newTidyHandler(out io.Writer) *tidyHandler {
	return &tidyHandler{mu: new(sync.Mutex), out: out, begin: time.Now()}
}

// Enabled implements slog.Handler.
func (h *tidyHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

// Handle implements slog.Handler.
func (h *tidyHandler) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	fmt.Fprintf(&line, "  %6.3fs  %-10s", r.Time.Sub(h.begin).Seconds(), r.Message)
	add := func(a slog.Attr) bool {
		if a.Key == "stack" {
			return true // of the panic that the demo makes itself
		}
		text, _, _ := strings.Cut(a.Value.String(), "\n")
		fmt.Fprintf(&line, "  %s=%s", a.Key, text)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := fmt.Fprintln(h.out, line.String())
	return err
}

// WithAttrs implements slog.Handler.
func (h *tidyHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = append(append([]slog.Attr(nil), h.attrs...), attrs...)
	return &with
}

// WithGroup implements slog.Handler; short lines have no groups.
func (h *tidyHandler) WithGroup(string) slog.Handler { return h }
