package main

import (
	"context"
	"errors"
	"time"

	"github.com/actomq/actomq/zsock"
)

// actomqSession is this library, used as its documentation says: batch moves messages by SendBatch and RecvBatch, otherwise
// one at a time goes through Post and the channel of Messages.
type actomqSession struct {
	sys   *zsock.System
	batch bool
}

func openActomq(batch bool) func() (session, error) {
	return func() (session, error) {
		sys, err := zsock.NewSystem()
		if err != nil {
			return nil, err
		}
		return &actomqSession{sys, batch}, nil
	}
}

func (a *actomqSession) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	return a.sys.Close(ctx)
}

// with opens a socket, binds or connects it, runs use, and closes it.
func (a *actomqSession) with(t zsock.Type, w work, endpoint string, bound func(string),
	use func(ctx context.Context, s *zsock.Socket) error) (err error) {
	where := zsock.WithConnect(endpoint)
	if bound != nil {
		where = zsock.WithBind(endpoint)
	}
	s, err := a.sys.Open(t, where, zsock.WithSendHWM(w.hwm), zsock.WithRecvHWM(w.hwm), zsock.WithLinger(stall))
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

func (a *actomqSession) push(w work, endpoint string) error {
	return a.with(zsock.Push, w, endpoint, nil, func(ctx context.Context, s *zsock.Socket) error {
		if a.batch {
			return pushBatches(ctx, s, w)
		}
		message := make([]byte, w.size)
		for seq := range w.total() {
			fill(message, uint64(seq))
			if err := s.Post(ctx, zsock.Bytes(message)); err != nil {
				return err
			}
		}
		return nil
	})
}

// pushBatches reuses its messages, which SendBatch allows once it has returned.
func pushBatches(ctx context.Context, s *zsock.Socket, w work) error {
	frames := make([][]byte, batchSize)
	batch := make([]zsock.Message, batchSize)
	for i := range frames {
		frames[i] = make([]byte, w.size)
		batch[i] = zsock.Bytes(frames[i])
	}
	for seq := 0; seq < w.total(); {
		n := min(batchSize, w.total()-seq)
		for i := range n {
			fill(frames[i], uint64(seq+i))
		}
		if _, err := s.SendBatch(ctx, batch[:n]); err != nil {
			return err
		}
		seq += n
	}
	return nil
}

func (a *actomqSession) pull(w work, endpoint string, bound func(string)) (*tally, error) {
	t := newTally(w)
	return t, a.with(zsock.Pull, w, endpoint, bound, func(ctx context.Context, s *zsock.Socket) error {
		// A receive timeout that is set once, as the other contenders set theirs.
		silence := time.AfterFunc(stall, func() { _ = s.Close() })
		defer silence.Stop()
		if a.batch {
			return pullBatches(ctx, s, t, silence)
		}
		n := 0
		for m := range s.Messages() {
			t.take(m.Frame(0))
			if t.done() {
				return nil
			}
			if n++; n%batchSize == 0 {
				silence.Reset(stall)
			}
		}
		return nil
	})
}

func pullBatches(ctx context.Context, s *zsock.Socket, t *tally, silence *time.Timer) error {
	batch := make([]zsock.Message, batchSize)
	for !t.done() {
		n, err := s.RecvBatch(ctx, batch)
		if errors.Is(err, zsock.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, m := range batch[:n] {
			t.take(m.Frame(0))
			batch[i] = zsock.Message{}
		}
		silence.Reset(stall)
	}
	return nil
}

func (a *actomqSession) req(w work, endpoint string) (*tally, error) {
	t := newTally(w)
	return t, a.with(zsock.Req, w, endpoint, nil, func(ctx context.Context, s *zsock.Socket) error {
		ctx, cancel := context.WithTimeout(ctx, stall)
		defer cancel()
		message := make([]byte, w.size)
		for seq := range w.total() {
			before := time.Now()
			fill(message, uint64(seq))
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
			t.take(reply.Frame(0))
			t.lap(before)
		}
		return nil
	})
}

func (a *actomqSession) rep(w work, endpoint string, bound func(string)) (*tally, error) {
	t := newTally(w)
	return t, a.with(zsock.Rep, w, endpoint, bound, func(ctx context.Context, s *zsock.Socket) error {
		ctx, cancel := context.WithTimeout(ctx, stall)
		defer cancel()
		for !t.done() {
			request, err := s.Recv(ctx)
			if errors.Is(err, context.DeadlineExceeded) {
				return nil
			}
			if err != nil {
				return err
			}
			t.take(request.Frame(0))
			if err := s.Post(ctx, request); err != nil {
				return err
			}
		}
		return nil
	})
}
