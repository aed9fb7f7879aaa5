package zsock

import (
	"errors"
	"fmt"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
	"github.com/actomq/actomq/reactor"
)

// owner is one incarnation of a socket's actor: the only goroutine that touches the libzmq socket. What has to outlive it
// is in the Socket.
type owner struct {
	*Socket
	zmq   *libzmq.Socket
	watch *reactor.Watch
	woken bool // libzmq may have something: fetch it

	signalled bool // libzmq's descriptor has signalled, and no look has taken that back yet
	starved   bool // libzmq has something for which the inbox has no room
	futile    bool // libzmq said that it would take something, and has not since

	monitor  *monitor // nil until an endpoint needs it
	strains  map[string]*strain
	revivals map[string]*revival
	routing  routing

	burst   libzmq.Burst
	crossed bool      // libzmq was called since the last look
	blocked bool      // libzmq takes no more at the moment
	fetched []Message // staging of received messages
	large   []Message // what was above the limit, without its frames
	typical int       // the largest message of the last fetch, in bytes
	dozing  bool      // a retry is due
	yielded int       // turns that others got since there was nothing to do
}

// errSocketLost is the failure of a socket's actor whose libzmq socket is gone.
var errSocketLost = errors.New("zsock: the libzmq socket was lost")

// Start implements actor.Starter: it makes the libzmq socket and replays everything the socket should be.
func (o *owner) Start(ctx *actor.Context[Command]) error {
	o.poke.Store(new(ctx.Notify()))
	o.alive.Store(new(ctx.Context))
	o.peers.threads = o.sys.options.context.IOThreads > 1
	if !o.first.Load() {
		o.watchers.publish(Event{Time: time.Now(), Kind: EventRestarted, Err: o.failure})
	}
	zmq, err := o.sys.zmq.NewSocket(libzmq.SocketType(o.wireType()))
	if err != nil {
		return o.fault("open", "", "", err)
	}
	o.zmq = zmq
	fd, err := zmq.FD()
	if err != nil {
		return o.fault("open", "", "", err)
	}
	if o.watch, err = o.sys.reactor.Watch(fd, ctx.Notify()); err != nil {
		return o.fault("open", "", "", err)
	}
	if err := o.replay(ctx); err != nil {
		return err
	}
	o.woken, o.signalled = true, true
	o.poked()
	return nil
}

// Stop implements actor.Stopper: a socket that ends for good sends what it has. Binds are not undone first, although that would free their addresses sooner: with the listener
// libzmq ends the connections that it accepted, and drops what is still queued for them whatever the linger says.
func (o *owner) Stop(ctx *actor.Context[Command], cause error) {
	o.failure = cause
	if o.zmq != nil && cause == nil && ctx.Ending() {
		o.closed.Store(true)
		o.linger(ctx)
	}
	o.unencode()
	if o.zmq == nil {
		return
	}
	_ = o.closeSocket()
	o.peers.reset()
	o.subscribers.reset()
}

// Receive implements actor.Behavior.
func (o *owner) Receive(ctx *actor.Context[Command], m Command) error {
	switch m := m.(type) {
	case Post:
		o.accept(m.Message, nil)
		return nil
	case Send:
		o.accept(m.Message, &delivery{one: m.Message, reply: m.Reply})
		return nil
	case retry:
		o.dozing = false
		return nil // Flush does it
	}
	o.crossed = true // whatever a command asks of libzmq may swallow a signal
	// What was queued before goes out before, as far as libzmq takes it.
	if err := o.flushSends(); err != nil {
		return err
	}
	switch m := m.(type) {
	case Bind:
		answer(m.Reply, o.bind(ctx, m.Endpoints, m.Unsafe))
	case Connect:
		answer(m.Reply, o.connect(m.Endpoints, m.Unsafe))
	case Unbind:
		answer(m.Reply, o.unbind(m.Endpoints))
	case Disconnect:
		answer(m.Reply, o.disconnect(m.Endpoints))
	case Subscribe:
		answer(m.Reply, o.subscribe(m.Topics))
	case Unsubscribe:
		answer(m.Reply, o.unsubscribe(m.Topics))
	case SetOption:
		if m.Name == routingOption && o.namesPeers() {
			answer(m.Reply, o.setNextID(m.Value))
			break
		}
		answer(m.Reply, o.setOption(m.Name, m.Value))
	case Option:
		value, err := o.option(m.Name)
		if err != nil {
			m.Refuse(err)
		} else {
			m.Answer(value)
		}
	case Endpoints:
		m.Answer(o.desired.endpoints(m.Mode))
	case Fault:
		return o.closeSocket()
	case rebind:
		o.rebind(ctx, m.endpoint)
	case revive:
		return o.revive(ctx, m)
	default:
		return fmt.Errorf("zsock: unknown command %T", m)
	}
	return nil
}

func answer(reply actor.Reply[struct{}], err error) {
	if err != nil {
		reply.Refuse(err)
		return
	}
	reply.Answer(struct{}{})
}

// linger hands over what is queued, as far as libzmq takes it in that time.
func (o *owner) linger(ctx *actor.Context[Command]) {
	end := time.Now().Add(o.desired.linger())
	for o.flushSends() == nil && (len(o.queue.entries()) > 0 || o.outbox.depth() > 0) {
		left := time.Until(end)
		writable, err := o.look()
		if err != nil || left <= 0 {
			return
		}
		if writable { // and yet it takes nothing, see doze
			left = min(left, dozeTime)
		}
		if o.watch.Arm() != nil || !ctx.Rest(left, o.sys.hurry) {
			return
		}
	}
}

// Ready implements actor.Readier. A token is from the reactor, or from a caller who put something into the outbox or took
// something out of the inbox; asking libzmq costs a system call, so what it is not from is not looked at.
func (o *owner) Ready(*actor.Context[Command]) error {
	if o.watch.Fired() || o.hinted.Load() && o.hinted.Swap(false) {
		o.woken, o.signalled = true, true
	}
	if o.starved {
		o.woken, o.starved = true, false
	}
	return nil
}

// Flush implements actor.Flusher: it moves messages both ways as far as something is known to move, and no further. One Flush
// is bounded, so that a busy socket does not starve its commands.
func (o *owner) Flush(ctx *actor.Context[Command]) error {
	if err := o.reconnectInproc(); err != nil {
		return err
	}
	if err := o.observe(ctx); err != nil {
		return err
	}
	for range pumpRounds {
		if err := o.flushSends(); err != nil {
			return err
		}
		if !o.woken {
			return nil
		}
		o.woken = false
		if err := o.receive(); err != nil {
			return err
		}
	}
	o.poked() // there may be more: come back after the commands
	return nil
}

// dropsWhenFull is about those that drop what is for a peer of which they have not heard yet that it has room again.
func (o *owner) dropsWhenFull() bool { return o.wireType() == XPub || o.typ == Router }

// pumpRounds bounds one Flush.
const pumpRounds = 4

// Sleep implements actor.Sleeper: it looks whether libzmq has or takes something that nobody told of, and arms the reactor. That
// is left until there is nothing else to do, and a peer in the same system gets the time to answer before: a socket that has
// not looked gets its next message without a signal, which saves both sides most of their system calls.
func (o *owner) Sleep(ctx *actor.Context[Command]) (yield bool, err error) {
	if near := o.neighbours.Load(); near != nil && len(*near) > 0 && o.yielded < neighbourTurns {
		o.yielded++
		return true, nil
	}
	o.yielded = 0
	if o.blocked || o.signalled || o.crossed && o.wireType().canRecv() {
		writable, err := o.look()
		if err != nil {
			return false, err
		}
		if o.woken || writable && !o.futile {
			o.futile = writable
			return true, o.Flush(ctx)
		}
		if writable {
			o.doze(ctx)
		}
	}
	if o.monitor != nil {
		if err := o.monitor.watch.Arm(); err != nil {
			return false, o.broken(err)
		}
	}
	// A descriptor that is readable already signals at once.
	if err := o.watch.Arm(); err != nil {
		return false, o.broken(err)
	}
	return false, nil
}

const neighbourTurns = 3

// look asks libzmq what is possible now, and whether a socket that is blocked can send. Sending and receiving both swallow the
// signal for the other direction, so it comes before the sleep, unless a receive has just said that there is nothing; it also has
// libzmq work off what its own threads have told it, without which the descriptor that signalled would stay readable.
func (o *owner) look() (writable bool, err error) {
	in, out, err := o.zmq.Events()
	if err != nil {
		return false, o.broken(err)
	}
	o.signalled, o.crossed = false, false
	if in && o.wireType().canRecv() {
		o.starved = o.typ != Pub && o.inbox.room() == 0
		o.woken = !o.starved
	}
	return o.blocked && out, nil
}

// doze has a socket try again that libzmq calls writable and that takes nothing all the same: an XPUB or ROUTER says so while the
// very peer that the next message is for is full. Its descriptor tells when there is room, unless a look has swallowed the
// signal, hence the retry.
func (o *owner) doze(ctx *actor.Context[Command]) {
	if !o.dozing {
		o.dozing = true
		ctx.After(dozeTime, retry{})
	}
}

const dozeTime = 5 * time.Millisecond

// receive fetches one burst of what libzmq has, as far as the inbox has room. Req and Rep get one at a time: after it, there can
// be no more before they have sent something.
func (o *owner) receive() error {
	if !o.wireType().canRecv() {
		return nil
	}
	room := fetchBurst
	if o.takesTurns() {
		room = 1
	}
	if o.typ != Pub {
		room = min(o.inbox.room(), room)
	}
	if o.typical > 0 {
		room = min(room, max(1, fetchBytes/o.typical))
	}
	if room == 0 {
		o.starved = true
		return nil
	}
	o.crossed = true
	limit := o.messageLimit()
	o.zmq.Limit(limit.frames, limit.bytes)
	n, err := o.zmq.Recv(room, o.deliver)
	answered := len(o.large) > 0 // by the Rep's owner itself, so that there may be more
	if o.typ != Pub {
		o.received.Add(uint64(n))
	}
	o.giveUpLarge() // before anybody sees the others, and finds the books open
	if o.typ != Pub {
		o.inbox.put(o.fetched)
	}
	clear(o.fetched)
	o.fetched = o.fetched[:0]
	if err != nil {
		return o.broken(err)
	}
	drained := n < room // libzmq said that there is no more
	if o.takesTurns() {
		drained = n == 1 && !answered // where there was none, it may have been out of turn, and then libzmq has not looked
	} else {
		o.woken = !drained
	}
	if drained {
		o.signalled, o.crossed = false, false
	}
	return nil
}

func (o *owner) takesTurns() bool { return o.typ == Req || o.typ == Rep }

const (
	fetchBurst = 256     // messages in one fetch
	fetchBytes = 4 << 20 // aimed at in one fetch, judged by the one before
)

// deliver takes one message from libzmq. It runs inside Recv and only sorts.
func (o *owner) deliver(first []byte, rest [][]byte) {
	m := newMessage(first, rest)
	m.from = o.zmq.Properties()
	if first == nil || o.overlong(o.largestFrame(&m)) {
		o.large = append(o.large, Message{from: m.from})
		return
	}
	if len(o.fetched) == 0 {
		o.typical = 0
	}
	o.typical = max(o.typical, m.weight())
	if o.typ == Pub || o.typ == XPub {
		o.subscribers.note(m)
	}
	o.fetched = append(o.fetched, m)
}

// broken tells a failure of the libzmq socket from the end of the system.
func (o *owner) broken(err error) error {
	if errors.Is(err, libzmq.ErrTerminated) && o.sys.closing() {
		return actor.ErrStop
	}
	if errors.Is(err, libzmq.ErrNotSocket) {
		err = errSocketLost
	}
	return o.fault("run", "", "", err)
}
