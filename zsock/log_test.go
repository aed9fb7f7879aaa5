package zsock

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
)

type failingLog struct{ fail func() }

func (l failingLog) Enabled(context.Context, slog.Level) bool  { return true }
func (l failingLog) Handle(context.Context, slog.Record) error { l.fail(); return nil }
func (l failingLog) WithAttrs([]slog.Attr) slog.Handler        { return l }
func (l failingLog) WithGroup(string) slog.Handler             { return l }

func TestALogThatFailsRestartsNoSocket(t *testing.T) {
	for name, fail := range map[string]func(){"panics": func() { panic("log") }, "exits": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			s := open(t, testSystem(t, WithLogger(slog.New(failingLog{fail}))), Pair)
			must(t, s.UnsafeBind(t.Context(), "inproc://logged")) // the actor of the socket logs a warning
			if n := s.EventCount(EventRestarted); n != 0 {
				t.Errorf("restarted %d times", n)
			}
		})
	}
}
