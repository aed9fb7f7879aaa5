package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

// order is what fragile actors are told.
type order struct {
	actor.Reply[int]
	what string
	trap *trap // springs when the order is refused
}

func (o order) Refuse(err error) {
	if o.trap != nil {
		o.trap.spring()
	}
	o.Reply.Refuse(err)
}

// fragile is a behaviour with all the methods that there are, of which one fails. It has a child for those about children.
type fragile struct {
	at    string
	t     *trap
	child actor.Ref[order]
}

func (f *fragile) reach(point string) {
	if point == f.at {
		f.t.spring()
	}
}

func (f *fragile) Start(ctx *actor.Context[order]) (err error) {
	f.reach("Start")
	f.child, err = actor.Spawn(ctx, ctx, "child", func() actor.Behavior[order] {
		return actor.Func[order](func(_ *actor.Context[order], o order) error {
			if o.what == "end child" {
				return actor.ErrStop
			}
			return errors.New("as it was told")
		})
	})
	return err
}

func (f *fragile) Receive(ctx *actor.Context[order], o order) error {
	f.reach("Receive")
	select {
	case ctx.Notify() <- struct{}{}: // for Ready
	default:
	}
	switch o.what {
	case "end child", "fail child":
		_ = f.child.TryTell(order{what: o.what}) // it may be gone
	case "error":
		if err := f.t.vicious(); err != nil {
			return err
		}
	case "fail":
		return errors.New("as it was told")
	case "go":
		ctx.Go(func(context.Context) order {
			f.reach("Go")
			if f.at == "failed" {
				panic("for failed")
			}
			return order{what: "gone"}
		}, func(error) order {
			f.reach("failed")
			return order{what: "gone"}
		})
	}
	o.Answer(1)
	return nil
}

func (f *fragile) Flush(*actor.Context[order]) error { f.reach("Flush"); return nil }
func (f *fragile) Ready(*actor.Context[order]) error { f.reach("Ready"); return nil }

func (f *fragile) Sleep(*actor.Context[order]) (bool, error) { f.reach("Sleep"); return false, nil }

func (f *fragile) WindDown(*actor.Context[order]) bool { f.reach("WindDown"); return true }

func (f *fragile) Stop(*actor.Context[order], error) { f.reach("Stop") }

func (f *fragile) ChildFailed(ctx *actor.Context[order], child actor.Handle, failure actor.Failure) error {
	f.reach("ChildFailed")
	child.Stop(failure.Err)
	return nil
}

func (f *fragile) ChildStopped(*actor.Context[order], actor.Handle, error) error {
	f.reach("ChildStopped")
	return nil
}

// tell asks an actor to do something, and takes no for an answer as long as it lives.
func tell(ctx context.Context, ref actor.Ref[order], o order) error {
	_, err := actor.Ask(ctx, ref, func(r actor.Reply[int]) order { o.Reply = r; return o })
	if errors.Is(err, actor.ErrStopped) || ctx.Err() != nil {
		return fmt.Errorf("%v: it does not live on: %w", o.what, err)
	}
	return nil
}

// serves sees that an actor works.
func serves(ctx context.Context, ref actor.Ref[order]) error {
	_, err := actor.Ask(ctx, ref, func(r actor.Reply[int]) order { return order{Reply: r} })
	return err
}

// actorCallbacks are those of behaviours and of those who spawn and supervise them.
func actorCallbacks() (all []callback) {
	for _, at := range []string{"Start", "Receive", "Flush", "Ready", "Sleep", "WindDown", "Stop", "ChildFailed", "ChildStopped", "Go", "failed"} {
		all = append(all, callback{at, func(ctx context.Context, st stage, t *trap) error {
			ref, err := supervision.Spawn(ctx, st.sup, at, supervision.Permanent, func() actor.Behavior[order] { return &fragile{at: at, t: t} })
			if err != nil {
				return err
			}
			return errors.Join(t.again(ctx, func() error {
				for _, what := range []string{"", "go", "fail child", "fail", "end child", "fail"} {
					if err := tell(ctx, ref, order{what: what}); err != nil {
						return err
					}
					for range 20 { // a failure right behind would take away what the child has to say
						if err := tell(ctx, ref, order{}); err != nil {
							return err
						}
					}
				}
				return nil
			}), serves(ctx, ref), st.sup.Remove(ctx, at))
		}})
	}
	spawn := func(ctx context.Context, st stage, t *trap, opts ...actor.Option) (actor.Ref[order], error) {
		return supervision.Spawn(ctx, st.sup, t.name, supervision.Permanent, func() actor.Behavior[order] {
			if t.name == "produce" {
				t.spring()
			}
			return &fragile{t: t}
		}, opts...)
	}
	for _, name := range []string{"produce", "the error of Receive", "Refuse"} {
		all = append(all, callback{name, func(ctx context.Context, st stage, t *trap) error {
			ref, err := spawn(ctx, st, t)
			if err != nil {
				return err
			}
			o := order{what: "fail"}
			switch name {
			case "Refuse":
				o.trap = t
			case "the error of Receive":
				o.what = "error"
			}
			return errors.Join(t.again(ctx, func() error {
				if name != "Refuse" {
					return tell(ctx, ref, o)
				}
				return errors.Join(ref.Tell(ctx, o), tell(ctx, ref, order{}))
			}), serves(ctx, ref), st.sup.Remove(ctx, t.name))
		}})
	}
	return append(all,
		callback{"WithDetails", func(ctx context.Context, st stage, t *trap) error {
			ref, err := spawn(ctx, st, t, actor.WithDetails(func() []actor.Detail { t.spring(); return nil }))
			if err != nil {
				return err
			}
			return errors.Join(t.again(ctx, func() error {
				if _, found := st.sys.Snapshot().Find(ref.Path()); !found {
					return errors.New("the actor is missing in the snapshot")
				}
				return nil
			}), st.sup.Remove(ctx, t.name))
		}},
		callback{"WithFinally", func(ctx context.Context, st stage, t *trap) error {
			return t.again(ctx, func() error {
				_, err := spawn(ctx, st, t, actor.WithFinally(t.spring))
				return errors.Join(err, st.sup.Remove(ctx, t.name))
			})
		}},
		callback{"Child.Start", func(ctx context.Context, st stage, t *trap) error {
			child := supervision.Actor(t.name, func() actor.Behavior[order] { return &fragile{t: t} })
			start := child.Start
			child.Start = func(ctx context.Context, parent actor.Spawner, opts ...actor.Option) (actor.Handle, error) {
				t.spring()
				return start(ctx, parent, opts...)
			}
			failed := 0
			err := t.again(ctx, func() error {
				if _, err := st.sup.Add(ctx, child); err != nil {
					failed++
				}
				return nil
			})
			if failed != ways {
				err = errors.Join(err, fmt.Errorf("%d starts failed, want %d", failed, ways))
			}
			return errors.Join(err, st.sup.Remove(ctx, t.name))
		}},
		callback{"Kind.New", func(ctx context.Context, st stage, t *trap) error {
			kind := supervision.Kind[int, order]{New: func(int) actor.Behavior[order] { t.spring(); return &fragile{t: t} }}
			failed := 0
			err := t.again(ctx, func() error {
				if _, err := kind.Start(ctx, st.sup, t.name, 1); err != nil {
					failed++
				}
				return nil
			})
			if failed != ways {
				err = errors.Join(err, fmt.Errorf("%d starts failed, want %d", failed, ways))
			}
			return errors.Join(err, st.sup.Remove(ctx, t.name))
		}})
}

// hookCallbacks are those of a system of actors.
func hookCallbacks() (all []callback) {
	for _, hook := range []struct {
		name   string
		option func(*trap) actor.SystemOption
	}{
		{"actor.WithEvents", func(t *trap) actor.SystemOption { return actor.WithEvents(func(actor.Event) { t.spring() }) }},
		{"actor.WithDeadLetters", func(t *trap) actor.SystemOption { return actor.WithDeadLetters(func(actor.DeadLetter) { t.spring() }) }},
		{"actor.WithLogger", func(t *trap) actor.SystemOption { return actor.WithLogger(slog.New(logTrap{"Handle", t})) }},
		{"Enabled of actor.WithLogger", func(t *trap) actor.SystemOption { return actor.WithLogger(slog.New(logTrap{"Enabled", t})) }},
		{"actor.WithWaits", func(t *trap) actor.SystemOption {
			return actor.WithWaits(func(string, string) func() { t.spring(); return t.spring })
		}},
	} {
		all = append(all, callback{hook.name, func(ctx context.Context, _ stage, t *trap) (err error) {
			sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)), hook.option(t))
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, sys.Close(ctx)) }()
			sup, err := supervision.Start(ctx, sys, "top", supervision.Spec{Intensity: 1_000_000,
				Backoff: supervision.Backoff{Min: time.Millisecond, Max: time.Millisecond}})
			if err != nil {
				return err
			}
			var handled atomic.Int64
			slow, err := supervision.Spawn(ctx, sup, "slow", supervision.Permanent, func() actor.Behavior[string] {
				return actor.Func[string](func(*actor.Context[string], string) error { handled.Add(1); return errors.New("fails") })
			}, actor.WithMailbox(1))
			if err != nil {
				return err
			}
			told := int64(0)
			ref, err := supervision.Spawn(ctx, sup, "tells", supervision.Permanent, func() actor.Behavior[order] {
				return actor.Func[order](func(c *actor.Context[order], o order) error {
					defer o.Answer(1)
					for range 3 { // one in hand, one in the mailbox, one that waits
						if err := slow.Tell(c, "fail"); err != nil {
							return err
						}
						told++
					}
					return nil
				})
			})
			if err != nil {
				return err
			}
			if err := t.again(ctx, func() error { return tell(ctx, ref, order{}) }); err != nil {
				return err
			}
			if err := until(ctx, func() bool { return handled.Load() >= told }); err != nil {
				return fmt.Errorf("%d of %d messages were handled: %w", handled.Load(), told, err)
			}
			return sys.Err()
		}})
	}
	return all
}

// logTrap is a handler of a log that fails.
type logTrap struct {
	at string
	t  *trap
}

func (l logTrap) Enabled(context.Context, slog.Level) bool {
	if l.at == "Enabled" {
		l.t.spring()
	}
	return true
}

func (l logTrap) Handle(context.Context, slog.Record) error {
	if l.at == "Handle" {
		l.t.spring()
	}
	return nil
}

func (l logTrap) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l logTrap) WithGroup(string) slog.Handler      { return l }
