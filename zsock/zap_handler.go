package zsock

import (
	"errors"
	"fmt"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
	"github.com/actomq/actomq/reactor"
)

// zapCommand is what the handler's actor is told.
type zapCommand interface{ isZapCommand() }

type (
	// zapVerdict answers one request.
	zapVerdict struct {
		serial uint64
		status int
		user   string
	}
	// zapOverdue says that a request has waited long enough.
	zapOverdue struct{ serial uint64 }
)

func (zapVerdict) isZapCommand() {}
func (zapOverdue) isZapCommand() {}

// zapHandler is one incarnation of the actor that owns the socket which libzmq asks. It only passes on, counts and answers; while
// it is away libzmq refuses everybody, since the domain is enforced.
type zapHandler struct {
	*Authenticator
	zmq     *libzmq.Socket
	watch   *reactor.Watch
	burst   libzmq.Burst
	fetched []Message
	pending map[uint64]zapPending
}

// zapPending is a request without an answer. Its number is never used again, so that a late verdict meets nobody else.
type zapPending struct {
	peer, id []byte
	domain   string
	cancel   func() // of the timer
}

// Start implements actor.Starter.
func (h *zapHandler) Start(ctx *actor.Context[zapCommand]) (err error) {
	h.pending = make(map[uint64]zapPending)
	if h.zmq, err = h.sys.zmq.NewSocket(libzmq.Router); err != nil {
		return err
	}
	fd, err := h.zmq.FD()
	if err != nil {
		return err
	}
	if h.watch, err = h.sys.reactor.Watch(fd, ctx.Notify()); err != nil {
		return err
	}
	if err := h.zmq.Bind(zapEndpoint); err != nil {
		if errors.Is(err, libzmq.EADDRINUSE) {
			err = fmt.Errorf("%w: foreign code has bound %s in this context: %w", ErrSecurity, zapEndpoint, err)
		}
		return err
	}
	return h.wait(ctx)
}

// Stop implements actor.Stopper. Whoever waits now gives up by its own timeout.
func (h *zapHandler) Stop(*actor.Context[zapCommand], error) {
	for _, p := range h.pending {
		h.countOne(p.domain, zapLater)
	}
	h.burst.Reset()
	if h.watch != nil {
		_ = h.watch.Close()
	}
	if h.zmq != nil {
		_ = h.zmq.Unbind(zapEndpoint) // at once, where closing does it in its own time
		_ = h.zmq.Close()
	}
}

// Receive implements actor.Behavior.
func (h *zapHandler) Receive(ctx *actor.Context[zapCommand], m zapCommand) error {
	switch m := m.(type) {
	case zapVerdict:
		return h.answer(m)
	case zapOverdue:
		if p, waits := h.pending[m.serial]; waits {
			h.log.warn(h.sys.logger, "connection refused", "domain", p.domain, "reason", "no decision in time")
			return h.answer(zapVerdict{serial: m.serial, status: zapLater})
		}
	}
	return nil
}

// Ready implements actor.Readier; Flush looks.
func (h *zapHandler) Ready(*actor.Context[zapCommand]) error { return nil }

// Flush implements actor.Flusher: it takes what libzmq asks. One Flush is bounded, so that verdicts get their turn.
func (h *zapHandler) Flush(ctx *actor.Context[zapCommand]) error {
	_, err := h.zmq.Recv(zapBurst, func(first []byte, rest [][]byte) { h.fetched = append(h.fetched, newMessage(first, rest)) })
	if err != nil {
		return h.lost(err)
	}
	for _, m := range h.fetched {
		if err := h.request(ctx, m); err != nil {
			return err
		}
	}
	clear(h.fetched)
	h.fetched = h.fetched[:0]
	return h.wait(ctx)
}

const zapBurst = 64

// wait arms the reactor, or comes back at once when libzmq has more already.
func (h *zapHandler) wait(ctx *actor.Context[zapCommand]) error {
	in, _, err := h.zmq.Events()
	if err != nil {
		return h.lost(err)
	}
	if in {
		select {
		case ctx.Notify() <- struct{}{}:
		default:
		}
		return nil
	}
	if err := h.watch.Arm(); err != nil {
		return h.lost(err)
	}
	return nil
}

func (h *zapHandler) lost(err error) error {
	if errors.Is(err, libzmq.ErrTerminated) && h.sys.closing() {
		return actor.ErrStop
	}
	return fmt.Errorf("zsock: the ZAP handler's socket: %w", err)
}

// request hands one request on. Whoever can't be judged is refused.
func (h *zapHandler) request(ctx *actor.Context[zapCommand], m Message) error {
	peer, r, err := parseZAP(m.parts())
	if err != nil {
		h.malformed.Add(1)
		h.log.warn(h.sys.logger, "a ZAP request that is not libzmq's was dropped", "error", err)
		return nil
	}
	serial := h.serial.Add(1)
	p := zapPending{peer: peer, id: r.id, domain: r.domain, cancel: func() {}}
	full := len(h.pending) >= h.limits.Pending
	if !full {
		p.cancel = ctx.After(h.limits.Timeout, zapOverdue{serial})
	}
	h.pending[serial] = p
	reason := "too many connections wait for a decision"
	if !full {
		who := r.who()
		check := &authCheck{auth: h.Authenticator, serial: serial, who: func() *Credentials { return who }, deadline: time.Now().Add(h.limits.Timeout)}
		if err := h.judge.Load().TryTell(check); err == nil {
			return nil
		}
		reason = "the authenticator is not there, or has too much to do"
	}
	h.log.warn(h.sys.logger, "connection refused", "domain", r.domain, "reason", reason)
	return h.answer(zapVerdict{serial: serial, status: zapLater})
}

// answer replies to libzmq, once for each request.
func (h *zapHandler) answer(v zapVerdict) error {
	p, waits := h.pending[v.serial]
	if !waits {
		return nil
	}
	delete(h.pending, v.serial)
	p.cancel()
	h.countOne(p.domain, v.status) // before the first message of the peer can arrive
	h.burst.Append(zapReply(p.peer, p.id, v.status, v.user))
	if _, err := h.zmq.Send(&h.burst); err != nil {
		h.burst.Reset()
		return h.lost(err)
	}
	return nil
}
