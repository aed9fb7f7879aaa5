package main

import (
	"context"
	"fmt"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/actomq/actomq/zsock"
)

// openPair makes two connected PAIR sockets, which live until the session closes.
func (a *actomqSession) openPair(endpoint string, opts ...zsock.SocketOption) (near, far *zsock.Socket, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), role.Stall)
	defer cancel()
	if far, err = a.sys.Open(zsock.Pair, append(opts, zsock.WithBind(endpoint))...); err != nil {
		return nil, nil, err
	}
	bound, err := far.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return nil, nil, err
	}
	near, err = a.sys.Open(zsock.Pair, append(opts, zsock.WithConnect(bound[0]))...)
	return near, far, err
}

func (a *actomqSession) Idle(sockets int) error {
	for i := range (sockets + 1) / 2 {
		if _, _, err := a.openPair(fmt.Sprintf("inproc://idle-%d", i)); err != nil {
			return err
		}
	}
	return nil
}

func (a *actomqSession) Pair(i int, endpoint string, w role.Work) (near, far role.End, err error) {
	one, other, err := a.openPair(numbered(endpoint, i), zsock.WithSendHWM(w.HWM), zsock.WithRecvHWM(w.HWM))
	if a.batch {
		return newBatchEnd(one), newBatchEnd(other), err
	}
	return singleEnd{one}, singleEnd{other}, err
}

// singleEnd posts and receives one message at a time.
type singleEnd struct{ socket *zsock.Socket }

func (e singleEnd) Send(messages [][]byte) error {
	for _, m := range messages {
		if err := e.socket.Post(context.Background(), zsock.Bytes(m)); err != nil {
			return err
		}
	}
	return nil
}

func (e singleEnd) Recv(into [][]byte) (int, error) {
	m, err := e.socket.Recv(context.Background())
	into[0] = m.Frame(0)
	return 1, err
}

// batchEnd hands over as many messages at once as there are.
type batchEnd struct {
	socket *zsock.Socket
	out    []zsock.Message
	in     []zsock.Message
}

func newBatchEnd(s *zsock.Socket) *batchEnd {
	return &batchEnd{socket: s, in: make([]zsock.Message, batchSize)}
}

func (e *batchEnd) Send(messages [][]byte) error {
	if len(messages) == 1 {
		return e.socket.Post(context.Background(), zsock.Bytes(messages[0]))
	}
	e.out = e.out[:0]
	for _, m := range messages {
		e.out = append(e.out, zsock.Bytes(m))
	}
	_, err := e.socket.SendBatch(context.Background(), e.out)
	return err
}

func (e *batchEnd) Recv(into [][]byte) (int, error) {
	n, err := e.socket.RecvBatch(context.Background(), e.in[:min(len(e.in), len(into))])
	for i := range n {
		into[i] = e.in[i].Frame(0)
	}
	return n, err
}
