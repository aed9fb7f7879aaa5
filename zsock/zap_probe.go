package zsock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

// enforcementPatience bounds the probe, which takes some milliseconds.
const enforcementPatience = 5 * time.Second

// probeEnforcement finds out whether this libzmq refuses connections when a domain is to be judged and nobody is there to
// judge, in a context of its own. An older library, or one built in another way, would let everybody in.
func probeEnforcement(ctx context.Context) (err error) {
	zmq, err := libzmq.NewContext(libzmq.ContextOptions{MaxSockets: 16})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, zmq.Term()) }()
	for _, endpoint := range []string{"tcp://127.0.0.1:*", "ipc://*"} {
		var refused bool
		if refused, err = probe(ctx, zmq, endpoint); err == nil && !refused {
			return fmt.Errorf("%w: this libzmq lets peers in though nobody judges them: use a stock 4.3 or later", ErrSecurity)
		}
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: can't find out whether libzmq refuses peers that nobody judges: %w", ErrSecurity, err)
}

func probe(ctx context.Context, zmq *libzmq.Context, endpoint string) (refused bool, err error) {
	var sockets [3]*libzmq.Socket
	for i, kind := range []libzmq.SocketType{libzmq.Pull, libzmq.Push, libzmq.Pair} {
		if sockets[i], err = zmq.NewSocket(kind); err != nil {
			break
		}
	}
	server, client, monitor := sockets[0], sockets[1], sockets[2]
	defer func() {
		for _, s := range sockets {
			if s == server && s != nil && monitor != nil {
				_ = s.Monitor("", 0) // before its listener goes
			}
			if s != nil {
				_ = s.Close()
			}
		}
	}()
	if err != nil {
		return false, err
	}
	const reports = "inproc://probe"
	fd := 0
	steps := []func() error{
		func() error { return server.SetInt(libzmq.OptZapEnforceDomain, 1) },
		func() error { return server.SetBytes(libzmq.OptZapDomain, []byte("probe")) },
		func() error { return keys(server, client) },
		func() error { return monitor.SetInt(libzmq.OptRcvHWM, 0) },
		func() (err error) { fd, err = monitor.FD(); return err },
		func() error { return monitor.Connect(reports) },
		func() error { return server.Monitor(reports, libzmq.EventAll) },
		func() error { return server.Bind(endpoint) },
		func() error {
			where, err := server.GetBytes(libzmq.OptLastEndpoint)
			if err != nil {
				return err
			}
			return client.Connect(string(where))
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return false, err
		}
	}
	return verdictOf(ctx, monitor, fd)
}

// keys makes the two sides of CURVE, the mechanism that matters most, where there is one.
func keys(server, client *libzmq.Socket) error {
	if !libzmq.Has("curve") {
		return nil
	}
	public, private, err := libzmq.CurveKeyPair()
	if err != nil {
		return err
	}
	for _, set := range []struct {
		socket *libzmq.Socket
		option int
		key    string
	}{
		{server, libzmq.OptCurveSecretKey, private}, {client, libzmq.OptCurvePublicKey, public},
		{client, libzmq.OptCurveSecretKey, private}, {client, libzmq.OptCurveServerKey, public},
	} {
		if err := set.socket.SetBytes(set.option, []byte(set.key)); err != nil {
			return err
		}
	}
	return server.SetInt(libzmq.OptCurveServer, 1)
}

// verdictOf waits until a handshake has failed, as it should, or succeeded.
func verdictOf(ctx context.Context, monitor *libzmq.Socket, fd int) (refused bool, err error) {
	settled := false
	look := func(first []byte, rest [][]byte) {
		event, err := libzmq.ParseEvent(first, rest)
		if err != nil || settled {
			return
		}
		switch event.ID {
		case libzmq.EventHandshakeSucceeded:
			settled = true
		case libzmq.EventHandshakeFailedAuth, libzmq.EventHandshakeFailedNoDetail, libzmq.EventHandshakeFailedProtocol:
			settled, refused = true, true
		}
	}
	var set libzmq.PollSet
	set.Add(fd)
	for deadline := time.Now().Add(enforcementPatience); ; {
		if _, err := monitor.Recv(fetchBurst, look); err != nil || settled {
			return refused, err
		}
		if in, _, err := monitor.Events(); err != nil {
			return false, err
		} else if in {
			continue
		}
		if ctx.Err() != nil {
			return false, causeOf(ctx)
		}
		if time.Now().After(deadline) {
			return false, fmt.Errorf("no answer within %v", enforcementPatience)
		}
		if _, err := set.Wait(50 * time.Millisecond); err != nil { // in slices, for the sake of ctx
			return false, err
		}
	}
}
