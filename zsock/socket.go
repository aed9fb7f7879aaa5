package zsock

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
)

// Socket is a ZeroMQ socket that any number of goroutines may use at the same time. It is owned by one actor; the methods
// send that actor commands and wait for the answers, as long as their context allows. Messages are always whole.
//
// When the actor fails, its supervisor brings it back with all options, subscriptions, binds and connects; the Socket stays
// valid, and messages that wait in its queues stay.
type Socket struct {
	sys    *System
	typ    Type
	name   string
	path   string // of the actor
	opened string // file and line of the Open
	ref    actor.Ref[Command]

	poke   atomic.Pointer[chan<- struct{}] // the owner's token channel
	alive  atomic.Pointer[context.Context] // ends when the newest incarnation fails, restarts or stops
	closed atomic.Bool                     // Close was called

	// What outlives incarnations. The first group belongs to the owner, the second is shared.
	desired desired
	queue   sendQueue
	failure error // of the incarnation before

	limit       messageLimit
	inbox       *inbox
	outbox      *outbox
	neighbours  atomic.Pointer[[]*Socket] // the peers over inproc, unless they are many
	hinted      atomic.Bool               // one of them has sent something
	peers       peers
	subscribers subscribers
	watchers    watchers
	trials      atomic.Int32 // calls of TrySend under way
	first       atomic.Bool  // no incarnation has run yet
	counters

	reconnects struct {
		sync.Mutex
		names []string
		due   atomic.Bool // there are names
	}
	channel struct {
		sync.Mutex
		messages atomic.Pointer[chan Message]
		over     chan struct{} // closed when the goroutine behind messages is done
	}
}

// counters account for every message, see Stats.
type counters struct {
	accepted atomic.Uint64 // taken from callers
	sent     atomic.Uint64 // taken by libzmq
	refused  atomic.Uint64 // answered with an error, or dead letters
	received atomic.Uint64 // fetched from libzmq
	unread   atomic.Uint64 // fetched and given up: nobody will read them
	pending  atomic.Int64  // taken over from the outbox, and neither sent nor refused; the owner writes it
}

// wireType is what libzmq is asked for: a Pub is an XPUB, so that its subscribers can be counted.
func (s *Socket) wireType() Type {
	if s.typ == Pub {
		return XPub
	}
	return s.typ
}

// Name is the socket's name among the actors of its supervisor.
func (s *Socket) Name() string { return s.name }

// Type is the socket's type.
func (s *Socket) Type() Type { return s.typ }

// System is the system that the socket belongs to.
func (s *Socket) System() *System { return s.sys }

// Ref is the socket's actor, for other actors that send it commands.
func (s *Socket) Ref() actor.Ref[Command] { return s.ref }

// Done is closed when the socket is closed for good.
func (s *Socket) Done() <-chan struct{} { return s.ref.Done() }

// Closed reports whether the socket is closed or closing.
func (s *Socket) Closed() bool {
	if s.closed.Load() {
		return true
	}
	select {
	case <-s.ref.Done():
		return true
	default:
		return false
	}
}

// Err is the failure that ended the socket, nil while it lives and after Close.
func (s *Socket) Err() error { return s.ref.Err() }

// Bind binds to endpoints, in order. The first failure ends it: the error names the endpoint that failed, and an *Error has those
// before it, which stay bound, in Done. Errors: ErrEndpoint, ErrDenied, ErrTransport, ErrAddressInUse. An ipc path is in use
// when somebody listens there; one that a program left behind is taken over.
func (s *Socket) Bind(ctx context.Context, endpoints ...string) error {
	return s.command(ctx, "bind", func(r actor.Reply[struct{}]) Command { return Bind{Reply: r, Endpoints: endpoints} })
}

// Connect connects to endpoints, in order, and fails as Bind does. It does not wait for the peer, which may not be there yet: see WaitConnected.
// A connect outlives its peer, over inproc too: it is made again when a socket of the system binds to the name again.
func (s *Socket) Connect(ctx context.Context, endpoints ...string) error {
	return s.command(ctx, "connect", func(r actor.Reply[struct{}]) Command { return Connect{Reply: r, Endpoints: endpoints} })
}

// UnsafeBind is Bind without the strict parser and the policy: libzmq gets the text as it is. It is logged.
func (s *Socket) UnsafeBind(ctx context.Context, endpoints ...string) error {
	return s.command(ctx, "bind", func(r actor.Reply[struct{}]) Command { return Bind{Reply: r, Endpoints: endpoints, Unsafe: true} })
}

// UnsafeConnect is Connect without the strict parser and the policy: libzmq gets the text as it is. It is logged.
func (s *Socket) UnsafeConnect(ctx context.Context, endpoints ...string) error {
	return s.command(ctx, "connect", func(r actor.Reply[struct{}]) Command {
		return Connect{Reply: r, Endpoints: endpoints, Unsafe: true}
	})
}

// Unbind undoes binds, named as they were asked for or as Endpoints lists them. libzmq ends the connections that came by
// them, and drops what is queued for these peers; those over inproc go on until somebody binds to the name again.
func (s *Socket) Unbind(ctx context.Context, endpoints ...string) error {
	return s.command(ctx, "unbind", func(r actor.Reply[struct{}]) Command { return Unbind{r, endpoints} })
}

// Disconnect undoes connects, named as they were asked for or as Endpoints lists them. One that was made twice is undone at once.
func (s *Socket) Disconnect(ctx context.Context, endpoints ...string) error {
	return s.command(ctx, "disconnect", func(r actor.Reply[struct{}]) Command { return Disconnect{r, endpoints} })
}

// Subscribe adds topics to what a Sub or XSub receives: all messages that begin with one of them. The empty topic takes all.
func (s *Socket) Subscribe(ctx context.Context, topics ...string) error {
	return s.command(ctx, "subscribe", func(r actor.Reply[struct{}]) Command { return Subscribe{r, asBytes(topics)} })
}

// Unsubscribe takes subscriptions back, each as often as it was made.
func (s *Socket) Unsubscribe(ctx context.Context, topics ...string) error {
	return s.command(ctx, "unsubscribe", func(r actor.Reply[struct{}]) Command { return Unsubscribe{r, asBytes(topics)} })
}

func asBytes[T ~string | ~[]byte](list []T) [][]byte {
	bytes := make([][]byte, len(list))
	for i, t := range list {
		bytes[i] = []byte(t)
	}
	return bytes
}

// SubscribeTo is Subscribe for topics that are strings or bytes of any type.
func SubscribeTo[T ~string | ~[]byte](ctx context.Context, s *Socket, topics ...T) error {
	return s.command(ctx, "subscribe", func(r actor.Reply[struct{}]) Command { return Subscribe{r, asBytes(topics)} })
}

// UnsubscribeFrom is Unsubscribe for topics that are strings or bytes of any type.
func UnsubscribeFrom[T ~string | ~[]byte](ctx context.Context, s *Socket, topics ...T) error {
	return s.command(ctx, "unsubscribe", func(r actor.Reply[struct{}]) Command { return Unsubscribe{r, asBytes(topics)} })
}

// SetOption sets an option by its libzmq name without ZMQ_, in lower case: SetOption(ctx, "sndhwm", 10). It stays set
// through restarts. Many options take effect for later binds and connects only (zmq_setsockopt).
func (s *Socket) SetOption(ctx context.Context, name string, value any) error {
	return s.command(ctx, "set", func(r actor.Reply[struct{}]) Command { return SetOption{r, name, value} })
}

// Option reads an option by its libzmq name.
func (s *Socket) Option(ctx context.Context, name string) (any, error) {
	value, err := actor.Ask(ctx, s.ref, func(r actor.Reply[any]) Command { return Option{r, name} })
	return value, s.outcome("get", err)
}

// Endpoints lists what the socket is bound or connected to, in the order of the calls and as it was resolved: a bind to port 0
// shows the real port, one to localhost or to an interface the address.
func (s *Socket) Endpoints(ctx context.Context, mode Mode) ([]string, error) {
	list, err := actor.Ask(ctx, s.ref, func(r actor.Reply[[]string]) Command { return Endpoints{r, mode} })
	return list, s.outcome("list", err)
}

// WaitConnected waits until the socket has at least n peers whose handshake is done. Over inproc a peer counts once one side
// has bound and the other connected.
func (s *Socket) WaitConnected(ctx context.Context, n int) error {
	err := s.peers.await(ctx, s.ref.Done(), func() bool { return s.peers.total() >= n })
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%w: %d of %d peers are connected", err, s.peers.count(), n)
	for _, p := range s.Peers() {
		if p.Err != nil {
			err = fmt.Errorf("%w (%v)", err, p)
			break
		}
	}
	return s.outcome("wait", err)
}

// WaitSubscribers waits until the peers of a Pub or XPub hold at least n subscriptions that a message beginning with topic
// meets. On an XPub, several peers with one topic count as one unless the option xpub_verboser is set. Beyond a bound they are not
// counted, see Stats.Overlooked.
func (s *Socket) WaitSubscribers(ctx context.Context, topic string, n int) error {
	if s.typ != Pub && s.typ != XPub {
		return &Error{Op: "wait", Socket: s.name, Err: ErrType, Hint: "only Pub and XPub have subscribers"}
	}
	count := 0
	err := s.subscribers.await(ctx, s.ref.Done(), func() bool {
		count = s.subscribers.matching(topic)
		return count >= n
	})
	if err == nil {
		return nil
	}
	return s.outcome("wait", fmt.Errorf("%w: %d of %d subscriptions match %q", err, count, n, topic))
}

// Close ends the socket: what is queued goes out as far as the linger allows, the rest is refused or becomes dead letters,
// and what nobody has read is counted. It returns when the socket is gone. Calling it again returns nil.
func (s *Socket) Close() error {
	s.closed.Store(true)
	s.ref.Stop(nil)
	patience := time.NewTimer(2 * maxLinger)
	defer patience.Stop()
	select {
	case <-s.ref.Done():
		s.endChannel()
		s.sys.awaitEnd()
		return nil
	case <-patience.C:
		return &Error{Op: "close", Socket: s.name, Err: fmt.Errorf("its actor has not stopped within %v", 2*maxLinger)}
	}
}

// command sends a command and waits for its answer.
func (s *Socket) command(ctx context.Context, op string, build func(actor.Reply[struct{}]) Command) error {
	if s.closed.Load() {
		return &Error{Op: op, Socket: s.name, Err: ErrClosed}
	}
	_, err := actor.Ask(ctx, s.ref, build)
	return s.outcome(op, err)
}

// causeOf is why a context ended. What it was cancelled with is the program's, and so are its methods.
func causeOf(ctx context.Context) error { return actor.SafeError(context.Cause(ctx)) }

// outcome puts what actors say into this package's words.
func (s *Socket) outcome(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, actor.ErrStopped), errors.Is(err, ErrClosed):
		return &Error{Op: op, Socket: s.name, Err: ErrClosed}
	case errors.Is(err, actor.ErrRestarted):
		return &Error{Op: op, Socket: s.name, Err: fmt.Errorf("%w: %w", ErrRestarted, err)}
	}
	var own *Error
	var denied *DeniedError
	if errors.As(err, &own) || errors.As(err, &denied) {
		return err
	}
	return &Error{Op: op, Socket: s.name, Err: err}
}

// fault names a failure of libzmq in this package's words.
func (s *Socket) fault(op, endpoint, option string, err error) error {
	e := &Error{Op: op, Socket: s.name, Endpoint: endpoint, Option: option, Err: err}
	for _, known := range []struct {
		code libzmq.Errno
		err  error
		hint string
	}{
		{libzmq.EADDRINUSE, ErrAddressInUse, "another socket or program has it"},
		{libzmq.EHOSTUNREACH, ErrNoPeer, "the first frame must be the routing id of a connected peer"},
		{libzmq.EFSM, ErrState, "a Rep sends once for each request that it received"},
		{libzmq.ENOTSUP, ErrType, ""},
	} {
		if errors.Is(err, known.code) {
			e.Err, e.Hint = fmt.Errorf("%w (%w)", known.err, err), known.hint
			break
		}
	}
	return e
}

// bury gives a message up: it is counted and reported.
func (s *Socket) bury(m Message, reason error) {
	s.sys.actors.Bury(actor.DeadLetter{Path: s.path, Message: m, Reason: reason})
}

// giveUp buries a received message.
func (s *Socket) giveUp(m Message, reason error) {
	s.unread.Add(1)
	s.bury(m, reason)
}

// refuse answers for a message that libzmq will not get. Callers that wait count for themselves.
func (s *Socket) refuse(e entry, err error) {
	if e.delivery == nil || e.delivery.answer == nil {
		s.refused.Add(1)
	}
	if e.delivery == nil {
		s.bury(e.message.clone(), err) // its memory is used again
		return
	}
	e.delivery.settle(err)
}

// poked wakes the owner.
func (s *Socket) poked() {
	if token := s.poke.Load(); token != nil {
		select {
		case *token <- struct{}{}:
		default:
		}
	}
}

// hint tells the neighbours that there may be something for them. Their descriptors tell, too, but by way of the kernel and the
// reactor, which takes longer than the message itself.
func (s *Socket) hint() {
	near := s.neighbours.Load()
	if near == nil {
		return
	}
	for _, peer := range *near {
		if !peer.hinted.Load() && !peer.hinted.Swap(true) {
			peer.poked()
		}
	}
}

func (s *Socket) reconnect(name string) {
	s.reconnects.Lock()
	s.reconnects.names = append(s.reconnects.names, name)
	s.reconnects.due.Store(true)
	s.reconnects.Unlock()
	s.poked()
}

func (s *Socket) takeReconnects() []string {
	s.reconnects.Lock()
	defer s.reconnects.Unlock()
	names := s.reconnects.names
	s.reconnects.names = nil
	s.reconnects.due.Store(false)
	return names
}

// finally gives up what no further incarnation will handle.
func (s *Socket) finally() {
	if s.closed.Swap(true) {
		s.failure = nil // it was to end
	}
	s.desired.tidy()
	for _, e := range append(s.queue.entries(), s.outbox.close()...) {
		s.refuse(e, ErrClosed)
	}
	s.queue = sendQueue{}
	s.pending.Store(0)
	for _, m := range s.inbox.close() {
		s.giveUp(m, errUnread)
	}
	s.watchers.close(s.failure)
	s.sys.forget(s)
}

var errUnread = errors.New("zsock: nobody had read it when the socket closed")

func (s *Socket) details() []actor.Detail {
	details := []actor.Detail{
		{Key: "type", Value: s.typ.String()}, {Key: "peers", Value: s.peers.count()},
		{Key: "sent", Value: s.sent.Load()}, {Key: "recv", Value: s.received.Load()},
		{Key: "outbox", Value: s.outbox.depth() + int(s.pending.Load())}, {Key: "inbox", Value: s.inbox.depth()}, {Key: "refused", Value: s.refused.Load()},
	}
	if n := s.subscribers.beyond(); n > 0 {
		details = append(details, actor.Detail{Key: "overlooked", Value: n})
	}
	if n := s.Rejected(); n > 0 {
		details = append(details, actor.Detail{Key: "rejected", Value: n})
	}
	return details
}

// caller names the line that opened a socket.
func caller(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 1)
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%s:%d", file, line)
}
