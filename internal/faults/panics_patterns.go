package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/pipeline"
	"github.com/actomq/actomq/patterns/pubsub"
	"github.com/actomq/actomq/patterns/reqrep"
	"github.com/actomq/actomq/zsock"
)

// question and answer tell the calls of a codec apart.
type (
	question int
	answer   int
)

// codecTrap fails in the calls about values of one type.
type codecTrap struct {
	patterns.Codec
	at string
	t  *trap
}

func (c codecTrap) Marshal(value any) ([]byte, error) {
	if fmt.Sprintf("Marshal %T", value) == c.at {
		c.t.spring()
	}
	return c.Codec.Marshal(value)
}

func (c codecTrap) Unmarshal(data []byte, into any) error {
	if fmt.Sprintf("Unmarshal %T", into) == c.at {
		c.t.spring()
	}
	return c.Codec.Unmarshal(data, into)
}

// vicious is the error of a callback that gives one that fails whoever looks at it, and then none.
func (t *trap) vicious() error {
	if !t.armed.Load() || t.calls.Add(1) > ways {
		return nil
	}
	return vicious{}
}

// work is a handler.
func (t *trap) work(at, name string) func(context.Context, question) (answer, error) {
	return func(_ context.Context, q question) (answer, error) {
		switch {
		case at == name:
			t.spring()
		case at == "the error of "+name:
			return answer(q), t.vicious()
		}
		return answer(q), nil
	}
}

// patternCallbacks are handlers, codecs and sequences.
func patternCallbacks() (all []callback) {
	codecs := []string{"Marshal main.question", "Unmarshal *main.question", "Marshal main.answer", "Unmarshal *main.answer"}
	for _, at := range append([]string{"a handler", "the error of a handler"}, codecs...) {
		all = append(all, callback{"reqrep: " + at, func(ctx context.Context, st stage, t *trap) error { return driveCalls(ctx, st, t, at) }})
	}
	for _, at := range append([]string{"Work", "the error of Work", "tasks", "the loop"}, codecs...) {
		all = append(all, callback{"pipeline: " + at, func(ctx context.Context, st stage, t *trap) error { return driveTasks(ctx, st, t, at) }})
	}
	for _, at := range []string{"Marshal main.question", "Unmarshal *main.question"} {
		all = append(all, callback{"pubsub: " + at, func(ctx context.Context, st stage, t *trap) error { return driveTopics(ctx, st, t, at) }})
	}
	return all
}

// driveCalls calls a server. Whatever fails, the call ends with an error that says so.
func driveCalls(ctx context.Context, st stage, t *trap, at string) (err error) {
	codec := reqrep.WithCodec(codecTrap{patterns.JSON, at, t})
	srv, err := reqrep.Serve(st.sys, "inproc://calls-"+t.name, t.work(at, "a handler"), codec)
	if err != nil {
		return err
	}
	cli, err := reqrep.Dial[question, answer](st.sys, srv.Endpoint(), codec)
	if err != nil {
		return err
	}
	calls, unsent := uint64(0), uint64(0)
	if err := t.again(ctx, func() error {
		calls++
		_, err := cli.Call(ctx, 7)
		if errors.Is(err, reqrep.ErrNotSent) {
			unsent++
		}
		if _, remote := errors.AsType[*reqrep.RemoteError](err); remote || errors.Is(err, patterns.ErrCodec) {
			return nil
		}
		return err
	}); err != nil {
		return err
	}
	c, s := cli.Stats(), srv.Stats()
	switch {
	case c.InFlight != 0 || c.Calls != c.Answered+c.Refused+c.Abandoned || c.Calls+unsent != calls:
		err = fmt.Errorf("the client counts %+v after %d calls", c, calls)
	case s.Requests != c.Calls || s.Requests != s.Answered+s.Failed+s.Panicked+s.Refused:
		err = fmt.Errorf("the server counts %+v after %d calls", s, calls)
	}
	return errors.Join(err, cli.Close(ctx), srv.Close(ctx))
}

// driveTasks has tasks done.
func driveTasks(ctx context.Context, st stage, t *trap, at string) error {
	run, err := pipeline.Topology[question, answer]{Workers: 2, Work: t.work(at, "Work"), Codec: codecTrap{patterns.JSON, at, t}}.Run(st.sys)
	if err != nil {
		return err
	}
	const tasks = 5
	if err := t.again(ctx, func() error {
		results, failed := 0, error(nil)
		fault := actor.Guard(func() {
			for _, err := range run.Process(ctx, func(yield func(question) bool) {
				for n := range question(tasks) {
					if at == "tasks" {
						t.spring()
					}
					if !yield(n) {
						return
					}
				}
			}) {
				if _, ofTask := errors.AsType[*pipeline.TaskError](err); err != nil && !ofTask {
					failed = err
					continue
				}
				results++
				if at == "the loop" {
					t.spring()
				}
			}
		})
		switch {
		case fault != nil && at == "the loop", at == "tasks" && errors.Is(failed, pipeline.ErrSequence):
			return nil // whoever caused it knows
		case fault == nil && failed == nil && results != tasks:
			return fmt.Errorf("%d results of %d tasks, and nobody says why", results, tasks)
		}
		return errors.Join(fault, failed)
	}); err != nil {
		return err
	}
	if err := until(ctx, func() bool { return run.Stats().Open == 0 }); err != nil {
		return fmt.Errorf("tasks are left: %+v: %w", run.Stats(), err)
	}
	return run.Close(ctx)
}

// driveTopics publishes.
func driveTopics(ctx context.Context, st stage, t *trap, at string) error {
	codec := pubsub.WithCodec(codecTrap{patterns.JSON, at, t})
	pub, err := pubsub.NewPublisher[question](st.sys, codec, pubsub.WithSocket(zsock.WithBind("inproc://topics-"+t.name)))
	if err != nil {
		return err
	}
	sub, err := pubsub.NewSubscriber[question](st.sys, []string{"topic"}, codec, pubsub.WithSocket(zsock.WithConnect("inproc://topics-"+t.name)))
	if err != nil {
		return err
	}
	if err := pub.WaitSubscribers(ctx, "topic", 1); err != nil {
		return err
	}
	if err := t.again(ctx, func() error {
		err := pub.Publish(ctx, "topic", 7)
		if err == nil {
			_, err = sub.Recv(ctx)
		}
		if errors.Is(err, patterns.ErrCodec) {
			return nil
		}
		return err
	}); err != nil {
		return err
	}
	if _, err := sub.Socket().TryRecv(); !errors.Is(err, zsock.ErrWouldBlock) {
		return errors.New("a value is left that was read")
	}
	return errors.Join(pub.Close(), sub.Close())
}
