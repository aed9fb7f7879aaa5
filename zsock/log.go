package zsock

import (
	"context"
	"log/slog"

	"github.com/actomq/actomq/actor"
)

// guardedLog keeps a handler that panics or exits from ending the actor that logs, and the socket with it.
type guardedLog struct{ inside slog.Handler }

// Enabled implements slog.Handler.
func (g guardedLog) Enabled(ctx context.Context, level slog.Level) (enabled bool) {
	_ = actor.Guard(func() { enabled = g.inside.Enabled(ctx, level) })
	return enabled
}

// Handle implements slog.Handler.
func (g guardedLog) Handle(ctx context.Context, r slog.Record) (err error) {
	if fault := actor.Guard(func() { err = g.inside.Handle(ctx, r) }); fault != nil {
		return fault
	}
	return err
}

// WithAttrs implements slog.Handler.
func (g guardedLog) WithAttrs(attributes []slog.Attr) slog.Handler {
	return guardedLog{g.inside.WithAttrs(attributes)}
}

// WithGroup implements slog.Handler.
func (g guardedLog) WithGroup(name string) slog.Handler { return guardedLog{g.inside.WithGroup(name)} }
