package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/actomq/actomq/bench/internal/role"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/reqrep"
	"github.com/actomq/actomq/zsock"
)

// typedSession is the typed topologies of this library, with the codec that leaves bytes alone.
type typedSession struct{ sys *zsock.System }

func openTyped() (role.Session, error) {
	sys, err := zsock.NewSystem()
	if err != nil {
		return nil, err
	}
	return &typedSession{sys}, nil
}

func (s *typedSession) Roles() map[string]role.Role {
	return map[string]role.Role{role.Calls: s.calls, role.Serve: s.serve, divide: s.divide, worker: s.worker}
}

func (s *typedSession) Close() error { return closeSystem(s.sys) }

// numberSize is the least size of messages that come in any order: they carry their number.
const numberSize = 8

var errNumber = fmt.Errorf("%w: messages that come in any order have at least %d bytes", role.ErrWork, numberSize)

func socketOptions(w role.Work) []zsock.SocketOption {
	return []zsock.SocketOption{zsock.WithSendHWM(w.HWM), zsock.WithRecvHWM(w.HWM), zsock.WithLinger(role.Stall)}
}

// calls has w.Flight goroutines call one client.
func (s *typedSession) calls(w role.Work, endpoint string, _ func(string)) (*role.Tally, error) {
	if w.Size < numberSize {
		return nil, errNumber
	}
	ctx, cancel := context.WithTimeout(context.Background(), role.Patience)
	defer cancel()
	client, err := reqrep.Dial[[]byte, []byte](s.sys, endpoint, reqrep.WithCodec(patterns.Raw),
		reqrep.WithInFlight(w.Flight), reqrep.WithSocket(socketOptions(w)...))
	if err != nil {
		return nil, err
	}
	t, sheet := role.NewTally(w), role.NewSheet(w.Total())
	err = callAll(ctx, client, w, sheet, 0, w.Warmup)
	t.Start()
	if err == nil {
		err = callAll(ctx, client, w, sheet, w.Warmup, w.Total())
	}
	t.Close(sheet)
	return t, errors.Join(err, client.Close(ctx))
}

// callAll makes calls from to to-1.
func callAll(ctx context.Context, client *reqrep.Client[[]byte, []byte], w role.Work, sheet *role.Sheet, from, to int) error {
	var next atomic.Int64
	next.Store(int64(from))
	var group sync.WaitGroup
	failures := make([]error, w.Flight)
	for i := range failures {
		group.Go(func() {
			request := make([]byte, w.Size)
			for {
				number := next.Add(1) - 1
				if number >= int64(to) {
					return
				}
				role.Fill(request, uint64(number))
				answer, err := client.Call(ctx, request)
				if err != nil {
					failures[i] = err
					return
				}
				sheet.Take(uint64(number), answer)
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

// serve echoes until all requests have come.
func (s *typedSession) serve(w role.Work, endpoint string, bound func(string)) (*role.Tally, error) {
	if w.Size < numberSize {
		return nil, errNumber
	}
	t, sheet := role.NewTally(w), role.NewSheet(w.Total())
	all := make(chan struct{})
	server, err := reqrep.Serve(s.sys, endpoint, func(_ context.Context, request []byte) ([]byte, error) {
		switch sheet.Take(role.Number(request), request) {
		case w.Warmup:
			t.Start()
		case w.Total():
			close(all)
		}
		return request, nil
	}, reqrep.WithCodec(patterns.Raw), reqrep.WithSocket(socketOptions(w)...))
	if err != nil {
		return nil, err
	}
	bound(server.Endpoint())
	<-all // or the end of the process, when its time is over
	ctx, cancel := context.WithTimeout(context.Background(), role.Stall)
	defer cancel()
	err = server.Close(ctx)
	t.Close(sheet)
	return t, err
}
