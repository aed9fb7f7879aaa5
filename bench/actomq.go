package main

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/actomq/actomq/zsock"
)

// actomqSession is this library, used as its documentation says: batch moves messages by SendBatch and RecvBatch, otherwise
// one at a time goes through Post and the channel of Messages.
type actomqSession struct {
	sys   *zsock.System
	batch bool
}

func openActomq(batch bool) func() (role.Session, error) {
	return func() (role.Session, error) {
		sys, err := zsock.NewSystem()
		if err != nil {
			return nil, err
		}
		return &actomqSession{sys, batch}, nil
	}
}

func (a *actomqSession) Roles() map[string]role.Role {
	roles := role.Plain(a.push, a.pull, a.req, a.rep)
	maps.Copy(roles, role.Crowded(a))
	return roles
}

func (a *actomqSession) Close() error { return closeSystem(a.sys) }

func closeSystem(sys *zsock.System) error {
	ctx, cancel := context.WithTimeout(context.Background(), role.Stall)
	defer cancel()
	return sys.Close(ctx)
}

// with opens a socket, binds or connects it, runs use, and closes it.
func (a *actomqSession) with(t zsock.Type, w role.Work, endpoint string, bound func(string),
	use func(ctx context.Context, s *zsock.Socket) error) (err error) {
	where := zsock.WithConnect(endpoint)
	if bound != nil {
		where = zsock.WithBind(endpoint)
	}
	s, err := a.sys.Open(t, where, zsock.WithSendHWM(w.HWM), zsock.WithRecvHWM(w.HWM), zsock.WithLinger(role.Stall))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ctx := context.Background()
	if bound != nil {
		resolved, err := s.Endpoints(ctx, zsock.Bound)
		if err != nil {
			return err
		}
		bound(resolved[0])
	}
	return use(ctx, s)
}

const batchSize = 256

func (a *actomqSession) push(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, a.with(zsock.Push, w, endpoint, nil, func(ctx context.Context, s *zsock.Socket) error {
		if a.batch {
			return pushBatches(ctx, s, w, t)
		}
		message := make([]byte, w.Size)
		for seq := range w.Total() {
			role.Fill(message, uint64(seq))
			if err := s.Post(ctx, zsock.Bytes(message)); err != nil {
				return err
			}
			t.Sent(1)
		}
		return nil
	})
}

// pushBatches reuses its messages, which SendBatch allows once it has returned.
func pushBatches(ctx context.Context, s *zsock.Socket, w role.Work, t *role.Tally) error {
	frames := make([][]byte, batchSize)
	batch := make([]zsock.Message, batchSize)
	for i := range frames {
		frames[i] = make([]byte, w.Size)
		batch[i] = zsock.Bytes(frames[i])
	}
	for seq := 0; seq < w.Total(); {
		n := min(batchSize, w.Total()-seq)
		for i := range n {
			role.Fill(frames[i], uint64(seq+i))
		}
		if _, err := s.SendBatch(ctx, batch[:n]); err != nil {
			return err
		}
		t.Sent(n)
		seq += n
	}
	return nil
}

func (a *actomqSession) pull(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, a.with(zsock.Pull, w, endpoint, bound, func(ctx context.Context, s *zsock.Socket) error {
		// A receive timeout that is set once, as the other contenders set theirs.
		silence := time.AfterFunc(role.Stall, func() { _ = s.Close() })
		defer silence.Stop()
		if a.batch {
			return pullBatches(ctx, s, t, silence)
		}
		n := 0
		for m := range s.Messages() {
			t.Take(m.Frame(0))
			if t.Done() {
				return nil
			}
			if n++; n%batchSize == 0 {
				silence.Reset(role.Stall)
			}
		}
		return nil
	})
}

func pullBatches(ctx context.Context, s *zsock.Socket, t *role.Tally, silence *time.Timer) error {
	batch := make([]zsock.Message, batchSize)
	for !t.Done() {
		n, err := s.RecvBatch(ctx, batch)
		if errors.Is(err, zsock.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, m := range batch[:n] {
			t.Take(m.Frame(0))
			batch[i] = zsock.Message{}
		}
		silence.Reset(role.Stall)
	}
	return nil
}

func (a *actomqSession) req(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, a.with(zsock.Req, w, endpoint, nil, func(ctx context.Context, s *zsock.Socket) error {
		ctx, cancel := context.WithTimeout(ctx, role.Patience)
		defer cancel()
		message := make([]byte, w.Size)
		for seq := range w.Total() {
			before := time.Now()
			role.Fill(message, uint64(seq))
			if err := s.Post(ctx, zsock.Bytes(message)); err != nil {
				return err
			}
			reply, err := s.Recv(ctx)
			if errors.Is(err, context.DeadlineExceeded) {
				return nil
			}
			if err != nil {
				return err
			}
			t.Take(reply.Frame(0))
			t.Lap(before)
		}
		return nil
	})
}

func (a *actomqSession) rep(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	t := role.NewTally(w)
	return t, a.with(zsock.Rep, w, endpoint, bound, func(ctx context.Context, s *zsock.Socket) error {
		ctx, cancel := context.WithTimeout(ctx, role.Patience)
		defer cancel()
		for !t.Done() {
			request, err := s.Recv(ctx)
			if errors.Is(err, context.DeadlineExceeded) {
				return nil
			}
			if err != nil {
				return err
			}
			t.Take(request.Frame(0))
			if err := s.Post(ctx, request); err != nil {
				return err
			}
		}
		return nil
	})
}
