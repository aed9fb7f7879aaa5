package actor

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"strings"
	"sync"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"
)

// EventKind says what happened to an actor.
type EventKind int

// The kinds of events.
const (
	Started    EventKind = iota // an incarnation runs; Attempt counts them from 1
	Failed                      // a handler failed; Err, Message and, after a panic, Stack say how
	Restarting                  // its supervisor will restart it after Delay; Attempt counts the failures in a row
	GaveUp                      // its supervisor does not restart it again; Err is the last failure
	Stopped                     // it is gone; Err is nil after a normal end

	Halted       // its incarnation ended for a restart in company; its mailbox waits for the next one
	ShuttingDown // the supervisor stops its children and then itself, since a significant child ended; Err is the child's
	Overstayed   // it did not stop in its time and was left behind; Delay is the time that it had
)

func (k EventKind) String() string {
	switch k {
	case Started:
		return "started"
	case Failed:
		return "failed"
	case Restarting:
		return "restarting"
	case GaveUp:
		return "gave up"
	case Stopped:
		return "stopped"
	case Halted:
		return "halted"
	case ShuttingDown:
		return "shutting down"
	case Overstayed:
		return "overstayed"
	}
	return fmt.Sprintf("EventKind(%d)", int(k))
}

// Event is something that happened to an actor.
type Event struct {
	Time    time.Time
	Kind    EventKind
	Path    string
	Attempt int
	Delay   time.Duration
	Err     error
	Message any    // the message whose handling failed
	Stack   []byte // of a panic
}

// String tells the event on one line, without its time and its stack.
func (e Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s", e.Kind, e.Path)
	if e.Attempt > 0 {
		fmt.Fprintf(&b, " attempt=%d", e.Attempt)
	}
	if e.Delay > 0 {
		fmt.Fprintf(&b, " delay=%v", e.Delay)
	}
	if e.Message != nil {
		fmt.Fprintf(&b, " message=%T", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", firstLine(SafeError(e.Err).Error()))
	}
	return b.String()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// Failure is what a parent hears of a failed child.
type Failure struct {
	Err     error
	Message any       // the message whose handling failed, nil when it was none
	Ended   bool      // nothing failed: the child returned ErrStop, and is one WithPermanent
	Since   time.Time // when the Start of the incarnation that failed had succeeded; zero when it has not

	incarnation uint64
}

// DeadLetter is a message that an actor accepted, or should have, and that nobody will handle.
type DeadLetter struct {
	Time    time.Time
	Path    string // of the actor that it was for
	Message any
	Reason  error

	kind string // the name of the message's type, where Message is that already
}

// String tells the dead letter on one line, by the type of the message.
func (l DeadLetter) String() string {
	return fmt.Sprintf("%s to %s: %s", cmp.Or(l.kind, fmt.Sprintf("%T", l.Message)), l.Path, firstLine(fmt.Sprint(SafeError(l.Reason))))
}

// deadLetters counts, and remembers the newest without their contents, so that it stays small.
type deadLetters struct {
	mu     sync.Mutex
	count  uint64
	recent []DeadLetter
	reason map[string]uint64
}

const (
	keptDeadLetters = 64
	keptReasons     = 64
	otherReasons    = "other reasons"
)

func (d *deadLetters) add(l DeadLetter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count++
	l.kind = fmt.Sprintf("%T", l.Message)
	l.Message = l.kind
	if len(d.recent) == keptDeadLetters {
		d.recent = append(d.recent[:0], d.recent[1:]...)
	}
	d.recent = append(d.recent, l)
	reason := rootOf(l.Reason)
	if d.reason == nil {
		d.reason = make(map[string]uint64)
	}
	if _, known := d.reason[reason]; !known && len(d.reason) >= keptReasons {
		reason = otherReasons
	}
	d.reason[reason]++
}

// rootOf is the text of the error that err was made from: what wraps it tells of the case, not of the kind. Of several that
// it was made from it is the first.
func rootOf(err error) string {
	if err == nil {
		return "no reason given"
	}
	for {
		inner := unwrap(err)
		if len(inner) == 0 || inner[0] == nil {
			return err.Error()
		}
		err = inner[0]
	}
}

// Bury reports a message that will not be handled as a dead letter. Behaviours that keep messages use it when they must
// give them up.
func (s *System) Bury(l DeadLetter) { s.bury(l) }

func (s *System) bury(l DeadLetter) {
	l.Time, l.Reason = time.Now(), SafeError(l.Reason)
	s.dead.add(l)
	if hook := s.options.deadLetter; hook != nil {
		s.guard("dead letter", func() { hook(l) })
	}
	if s.logs(slog.LevelDebug) {
		s.log(slog.LevelDebug, "dead letter", "actor", l.Path, "type", fmt.Sprintf("%T", l.Message), "reason", l.Reason)
	}
}

// answerForTheDead buries what protoactor code sent to an actor that does not exist, or no longer, and answers whoever
// requests or watches it.
func (s *System) answerForTheDead(event any) {
	l, ok := event.(*proto.DeadLetterEvent)
	if !ok || l.PID == nil {
		return
	}
	if l.Sender != nil {
		s.engine.Root.Send(l.Sender, &proto.DeadLetterResponse{Target: l.PID})
	}
	switch m := l.Message.(type) {
	case *proto.Watch:
		if watcher, ok := s.engine.ProcessRegistry.Get(m.Watcher); ok {
			watcher.SendSystemMessage(m.Watcher, &proto.Terminated{Who: l.PID, Why: proto.TerminatedReason_NotFound})
		}
	case proto.SystemMessage, proto.AutoReceiveMessage, *proto.DeadLetterResponse:
	default:
		path := "/" + strings.TrimPrefix(strings.TrimPrefix(l.PID.Id, rootID), "/")
		s.bury(DeadLetter{Path: path, Message: l.Message, Reason: ErrStopped})
	}
}

// refuse tells r why it will not be handled.
func (s *System) refuse(r Refuser, err error) { s.guard("refuse", func() { r.Refuse(err) }) }

// DeadLetters gives the number of dead letters since the start, and the newest of them; their Message is the name of the
// type only. See WithDeadLetters for the messages themselves.
func (s *System) DeadLetters() (count uint64, recent []DeadLetter) {
	s.dead.mu.Lock()
	defer s.dead.mu.Unlock()
	return s.dead.count, append([]DeadLetter(nil), s.dead.recent...)
}

// DeadLetterReasons counts the dead letters since the start by their reason, which is the text of the error that began the
// chain. Beyond 64 kinds the rest are counted together.
func (s *System) DeadLetterReasons() map[string]uint64 {
	s.dead.mu.Lock()
	defer s.dead.mu.Unlock()
	return maps.Clone(s.dead.reason)
}

func (s *System) report(e Event) {
	e.Err = SafeError(e.Err)
	if hook := s.options.event; hook != nil {
		e.Time = time.Now()
		s.guard("event", func() { hook(e) })
	}
	level := slog.LevelDebug
	switch e.Kind {
	case Failed, GaveUp, Overstayed:
		level = slog.LevelError
	case Restarting, ShuttingDown:
		level = slog.LevelWarn
	}
	if !s.logs(level) {
		return
	}
	attributes := []any{"actor", e.Path}
	if e.Err != nil {
		attributes = append(attributes, "error", e.Err)
	}
	if e.Attempt > 0 {
		attributes = append(attributes, "attempt", e.Attempt)
	}
	if e.Delay > 0 {
		attributes = append(attributes, "delay", e.Delay)
	}
	if e.Message != nil {
		attributes = append(attributes, "message", fmt.Sprintf("%T", e.Message))
	}
	if e.Stack != nil {
		attributes = append(attributes, "stack", string(e.Stack))
	}
	s.log(level, e.Kind.String(), attributes...)
}

// HookFailures counts how often a function of the program that is no behaviour has panicked or called runtime.Goexit: what
// WithEvents, WithDeadLetters, WithFinally and WithDetails were given, a Refuser, the handler of the logger. It is logged with the stack, and
// stops nothing.
func (s *System) HookFailures() uint64 { return s.hookFailures.Load() }

// guard runs a hook and waits for it. It shields its caller from a panic, and from a Goexit, which would cut protoactor's work
// short in the middle.
func (s *System) guard(what string, hook func()) {
	if err := Guard(hook); err != nil {
		s.hookFailures.Add(1)
		s.log(slog.LevelError, "hook failed", "hook", what, "error", err, "stack", string(stackOf(err)))
	}
}

// log shields its caller from the logger, whose handler is the user's.
func (s *System) log(level slog.Level, text string, attributes ...any) {
	if Guard(func() { s.logger.Log(s.ctx, level, text, attributes...) }) != nil {
		s.hookFailures.Add(1)
	}
}

// logs asks the logger. Handlers of package log/slog, which are the rule, are asked without the cost of a guard.
func (s *System) logs(level slog.Level) (logs bool) {
	ask := func() { logs = s.logger.Enabled(s.ctx, level) }
	if s.plainLog {
		defer func() { _ = recover() }() // of their Leveler
		ask()
		return logs
	}
	if Guard(ask) != nil {
		s.hookFailures.Add(1)
		return false
	}
	return logs
}

func plainLog(l *slog.Logger) bool {
	t := reflect.TypeOf(l.Handler())
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "log/slog"
}
