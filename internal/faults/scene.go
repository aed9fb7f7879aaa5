package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/actomq/actomq/supervision"
	"github.com/actomq/actomq/zsock"
)

// scene is what one fault happens in.
type scene struct {
	ledger    ledger
	random    *rand.Rand
	load      int // messages to send
	books     books
	running   sync.WaitGroup // what runs beside the fault
	recovered time.Duration  // from the repair to the first message that came through
	notes     []string
}

func newScene(seed uint64, load int) *scene {
	return &scene{random: rand.New(rand.NewPCG(seed, seed)), load: load}
}

func (s *scene) note(format string, arguments ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, arguments...))
}

// system starts a system whose dead letters are booked, and which restarts fast. end closes it, and is an error if that
// takes too long or if the books of one of its sockets do not close.
func (s *scene) system(opts ...zsock.SystemOption) (sys *zsock.System, end func(*error), err error) {
	sys, err = zsock.NewSystem(append([]zsock.SystemOption{
		zsock.WithLogger(slog.New(slog.DiscardHandler)),
		zsock.WithDeadLetters(s.bury),
		zsock.WithRestarts(supervision.Spec{Intensity: 1_000_000, Backoff: supervision.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond}}),
	}, opts...)...)
	if err != nil {
		return nil, nil, err
	}
	return sys, func(failure *error) { *failure = errors.Join(*failure, shut(sys)) }, nil
}

func shut(sys *zsock.System) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	sockets := sys.Sockets()
	if err := sys.Close(ctx); err != nil {
		return err
	}
	for _, socket := range sockets {
		if !socket.Stats().Balanced() {
			return fmt.Errorf("the books of %s do not close: %v", socket.Name(), socket.Stats())
		}
	}
	return nil
}

// until waits for a condition that nobody announces.
func until(ctx context.Context, holds func() bool) error {
	for !holds() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// balanced waits until the books of all sockets close.
func balanced(ctx context.Context, sys *zsock.System) error {
	for _, socket := range sys.Sockets() {
		if err := until(ctx, func() bool { return socket.Stats().Balanced() }); err != nil {
			return fmt.Errorf("the books of %s do not close: %v: %w", socket.Name(), socket.Stats(), err)
		}
	}
	return nil
}

// bound gives the first endpoint that a socket is bound to.
func bound(ctx context.Context, s *zsock.Socket) (string, error) {
	list, err := s.Endpoints(ctx, zsock.Bound)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s is bound to nothing", s.Name())
	}
	if err != nil {
		return "", err
	}
	return list[0], nil
}

// couple opens a PUSH and a PULL that are connected over tcp, for the messages of the ledger.
func (s *scene) couple(ctx context.Context, sys *zsock.System, opts ...zsock.SocketOption) (push, pull *zsock.Socket, err error) {
	push, pull, err = couple(ctx, sys, opts...)
	if err == nil {
		s.sends(push)
		s.receives(pull)
	}
	return push, pull, err
}

// stream starts a system with two such sockets, whose messages are read. end closes it.
func (s *scene) stream(ctx context.Context, opts ...zsock.SocketOption) (sys *zsock.System, push, pull *zsock.Socket, end func(*error), err error) {
	sys, end, err = s.system()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if push, pull, err = s.couple(ctx, sys, opts...); err != nil {
		end(&err)
		return nil, nil, nil, nil, err
	}
	s.reading(ctx, pull)
	return sys, push, pull, end, nil
}

func couple(ctx context.Context, sys *zsock.System, opts ...zsock.SocketOption) (push, pull *zsock.Socket, err error) {
	pull, err = sys.Open(zsock.Pull, append([]zsock.SocketOption{zsock.WithBind("tcp://127.0.0.1:*")}, opts...)...)
	if err != nil {
		return nil, nil, err
	}
	where, err := bound(ctx, pull)
	if err != nil {
		return nil, nil, err
	}
	push, err = sys.Open(zsock.Push, append([]zsock.SocketOption{zsock.WithConnect(where), quickReconnect()}, opts...)...)
	if err != nil {
		return nil, nil, err
	}
	return push, pull, push.WaitConnected(ctx, 1)
}

func quickReconnect() zsock.SocketOption {
	return zsock.WithOption("reconnect_ivl", 5*time.Millisecond)
}

// reading has read run beside the fault, which is over once it has returned.
func (s *scene) reading(ctx context.Context, socket *zsock.Socket) {
	s.running.Go(func() { s.read(ctx, socket) })
}

// read books what arrives until ctx or the socket ends.
func (s *scene) read(ctx context.Context, socket *zsock.Socket) {
	batch := make([]zsock.Message, 256)
	for {
		n, err := socket.RecvBatch(ctx, batch)
		if err != nil {
			return
		}
		for _, m := range batch[:n] {
			s.ledger.note(number(m.Frame(0)), delivered)
		}
	}
}

// post sends one message and books the outcome.
func (s *scene) post(ctx context.Context, socket *zsock.Socket) (id int, err error) {
	id, m := s.ledger.next()
	err = socket.Post(ctx, m)
	s.ledger.outcome(id, err)
	return id, err
}

// postAll sends so many messages.
func (s *scene) postAll(ctx context.Context, socket *zsock.Socket, n int) error {
	for range n {
		if _, err := s.post(ctx, socket); err != nil {
			return err
		}
	}
	return nil
}

// recovers books the time until a message comes through, which what was broken and is repaired now needs; the longest counts.
func (s *scene) recovers(ctx context.Context, socket *zsock.Socket) error {
	begin := time.Now()
	err := s.through(ctx, socket)
	s.recovered = max(s.recovered, time.Since(begin))
	return err
}

// through sends messages until one arrives.
func (s *scene) through(ctx context.Context, socket *zsock.Socket) error {
	for {
		id, err := s.post(ctx, socket)
		if err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		err = until(short, func() bool { return s.ledger.has(id, delivered) })
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("no message comes through: %w", context.Cause(ctx))
		}
	}
}

func (l *ledger) has(id int, what fate) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages[id]&what != 0
}

// settled waits until a last message has come through, and everything before it that has to.
func (s *scene) settled(ctx context.Context, push *zsock.Socket) error {
	if err := s.through(ctx, push); err != nil {
		return err
	}
	return s.drained(ctx)
}

// drained waits until every accepted message is accounted for, as far as it has to be.
func (s *scene) drained(ctx context.Context) error {
	err := until(ctx, func() bool {
		mayLose, _ := s.mayLose()
		return s.ledger.balance().lost <= mayLose
	})
	if err != nil {
		return fmt.Errorf("%d messages are missing: %w", s.ledger.balance().lost, err)
	}
	return nil
}
