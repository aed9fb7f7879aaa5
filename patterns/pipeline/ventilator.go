package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/zsock"
)

// note is what the ventilator and the links are told: messages that came, the end of listening, or a heartbeat.
type note struct {
	actor.Reply[struct{}]
	messages []zsock.Message
	err      error
	beat     bool
	parted   bool  // a connection has ended
	fault    error // of a sequence of tasks, when nobody waits for its results any more
	probe    bool
	leave    bool
	end      func() // runs beside the actor once it has taken leave
}

const listenBurst = 64

// listen waits beside the actor for messages of a socket.
func listen(ctx *actor.Context[note], socket *zsock.Socket) {
	ctx.Go(func(ctx context.Context) note {
		buffer := make([]zsock.Message, listenBurst)
		n, err := socket.RecvBatch(ctx, buffer)
		return note{messages: buffer[:n], err: err}
	}, func(err error) note { return note{err: err} })
}

// ventilator hands tasks out and takes results in. It is its own sink: results come back on the socket that tasks left by,
// so that one book knows both.
type ventilator struct {
	*core
	book  *book
	out   []outgoing
	batch []zsock.Message
	spare []*task

	monitor *zsock.Monitor
	probing int // probes to come
}

// After a connection has ended, every worker is sent something: to one that is gone it can't be delivered. libzmq reports the end a
// little before it refuses to send, so there are two such probes.
const (
	soon  = 2 * time.Millisecond
	later = 50 * time.Millisecond
)

// Start implements actor.Starter.
func (v *ventilator) Start(ctx *actor.Context[note]) error {
	if ctx.Incarnation() > 1 {
		v.book.recover()
	}
	v.intake.hang(ctx.Notify())
	listen(ctx, v.socket)
	v.beat(ctx)
	monitor, err := v.socket.Monitor(ctx, zsock.WithEventKinds(zsock.EventDisconnected), zsock.WithEventBuffer(1))
	if err != nil {
		return v.broken(err)
	}
	v.monitor, v.probing = monitor, 0
	v.watch(ctx)
	v.intake.ring()
	return nil
}

// watch waits beside the actor for a connection to end.
func (v *ventilator) watch(ctx *actor.Context[note]) {
	events := v.monitor.Events()
	ctx.Go(func(context.Context) note {
		_, watching := <-events // it ends with the incarnation
		return note{parted: watching}
	}, func(error) note { return note{} })
}

func (v *ventilator) beat(ctx *actor.Context[note]) { ctx.After(v.book.heartbeat, note{beat: true}) }

// Stop implements actor.Stopper.
func (v *ventilator) Stop(_ *actor.Context[note], cause error) { v.cause = cause }

// Receive implements actor.Behavior.
func (v *ventilator) Receive(ctx *actor.Context[note], m note) error {
	if m.beat {
		v.book.tick()
		v.beat(ctx)
		return nil
	}
	switch {
	case m.fault != nil:
		e := actor.Event{Kind: actor.Failed, Path: ctx.Self().Path(), Err: m.fault}
		if p, ok := errors.AsType[*actor.PanicError](m.fault); ok {
			e.Stack = p.Stack
		}
		ctx.Report(e)
		return nil
	case m.parted:
		if v.probing == 0 {
			v.probing = 2
			ctx.After(soon, note{probe: true})
			ctx.After(later, note{probe: true})
		}
		v.watch(ctx)
		return nil
	case m.probe:
		v.probing--
		v.book.probe()
		return nil
	case m.err != nil:
		return v.broken(m.err)
	case len(m.messages) == 0:
		return nil // the end of watching
	}
	for _, message := range m.messages {
		route, rest, ok := message.PopFront()
		if !ok || rest.Len() != 1 {
			v.stats.malformed.Add(1)
			continue
		}
		v.book.take(string(route), rest.Frame(0))
	}
	listen(ctx, v.socket)
	return nil
}

// Ready implements actor.Readier: there are new tasks, or tasks to forget.
func (v *ventilator) Ready(*actor.Context[note]) error {
	fresh, withdrawn := v.intake.take(v.spare)
	v.book.admit(fresh)
	clear(fresh)
	v.spare = fresh
	if withdrawn {
		v.book.withdraw()
	}
	return nil
}

// Flush implements actor.Flusher: it sends what the book wants sent. A message that can't be delivered ends its session, whose
// tasks then go to others.
func (v *ventilator) Flush(ctx *actor.Context[note]) error {
	for {
		v.out = v.book.dispatch(v.out[:0])
		if len(v.out) == 0 {
			return nil
		}
		if err := v.send(ctx); err != nil {
			return err
		}
	}
}

func (v *ventilator) send(ctx *actor.Context[note]) error {
	defer func() {
		clear(v.out)
		clear(v.batch)
	}()
	v.batch = v.batch[:0]
	for _, o := range v.out {
		v.batch = append(v.batch, zsock.Bytes([]byte(o.route), o.frame))
	}
	for sent := 0; sent < len(v.batch); {
		n, err := v.socket.SendBatch(ctx, v.batch[sent:])
		sent += n
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			return nil // a stop or restart was asked for
		case errors.Is(err, zsock.ErrClosed):
			return v.broken(err)
		}
		if sent < len(v.out) && v.out[sent].session != nil {
			v.book.drop(v.out[sent].session, errors.Is(err, zsock.ErrNoPeer))
		}
		sent++
	}
	return nil
}

// broken ends the run with its socket, or fails.
func (v *ventilator) broken(err error) error {
	if errors.Is(err, zsock.ErrClosed) {
		v.end(v.socket.Err())
		return actor.ErrStop
	}
	return err
}

// ticks is how a time of silence becomes heartbeats.
func ticks(silence time.Duration) time.Duration { return max(silence/silentTicks, time.Millisecond) }
