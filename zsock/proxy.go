package zsock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

// ProxySpec describes a proxy. It is a plain value; Front and Back have to be set, the rest need not be. StartProxy changes nothing in
// it and keeps no slice of it, so one spec, and one slice of options, may serve many proxies.
type ProxySpec struct {
	Name string // in the tree; the default is "proxy", with a number where that is taken

	// Front and Back are the sockets between which messages pass, both ways as far as their types allow.
	Front, Back Side

	// Capture sees each message before it is forwarded, with the socket that received it, and holds it up for as long as it
	// takes: it may wait, and then its direction does, and the peers feel it; the sockets and the other direction go on. ctx ends when the
	// direction stops or restarts; a Capture that does not heed it holds up the end of the proxy, until its supervisor leaves it
	// behind. It runs in an actor of its own, one for each direction, so two calls may be under way. It may keep the message, but not
	// write into it, and may call Pause and Resume, but not wait for the end of the proxy.
	//
	// Its error, a panic or runtime.Goexit makes the message a dead letter and ends the proxy, or with Restart begins the direction
	// anew behind that message, which Flow.Restarts counts.
	Capture func(ctx context.Context, from *Socket, m Message) error

	// CaptureTo, unless nil, is a socket that gets a copy of each message before it is forwarded: a Pub, Push, Pair or Dealer.
	// While it takes none, the proxy waits, or with CaptureDrop goes on and counts.
	CaptureTo   *Side
	CaptureDrop bool

	// Backlog bounds what waits for peers of a Router that do not read; the others do not wait for them.
	Backlog ProxyBacklog

	// Topics bounds the subscriptions that are made on an XSub for the peers of an XPub; the default is 100,000. All of them
	// may have 16 MiB. See Proxy for what happens beyond.
	Topics int

	// Restart has a failure of Capture, or of a send or receive, restart that direction instead of ending the proxy, as often
	// and as fast as Supervision says. Sockets are restarted in any case. Isolate is always on.
	Restart     bool
	Supervision supervision.Spec
}

// Side describes a socket of a proxy.
type Side struct {
	Type    Type
	Options []SocketOption
}

// Proxy passes messages on between two sockets that nobody else uses. Its methods are safe for concurrent use.
//
// Each socket has its own actor and each direction another one, all under one supervisor. A direction receives a burst, and
// no more until the other side has taken all of it: so what the other side can't take stays in the queues of libzmq and is
// felt by the peers. Directions do not wait for each other. Messages are passed on whole.
//
// To a Router the other side is each peer by itself: for one that takes no more, a bounded number of messages is kept, and what
// comes beyond them is dropped and counted, while the others get theirs, see ProxyBacklog. In every other case there is
// pressure, and no drop but libzmq's own: of an XPub above a subscriber's high-water mark, unless xpub_nodrop is set.
//
// A message that was received is forwarded once, or becomes a dead letter with its reason: when a Router does not know the
// peer or its backlog is full, when Capture refuses it, when the proxy ends with it in hand. A restart, of a socket too, keeps what is in hand. What
// libzmq held for a lost socket is lost with it, as for every socket.
//
// Subscriptions that an XPub receives are made on an XSub, once each however many peers have them, so they survive its
// restart. Once there are more than ProxySpec.Topics, the XSub subscribes to everything until the proxy ends, and the XPub alone
// sorts out what its peers want: nobody misses anything. The figures tell, see Flow.Overlooked.
type Proxy struct {
	sys     *System
	spec    ProxySpec
	all     *supervision.Supervisor
	front   *Socket
	back    *Socket
	capture *Socket // nil without CaptureTo
	pumps   []*pump

	mu     sync.Mutex
	ended  bool
	cause  error
	pause  context.CancelFunc
	taking context.Context // ends with a pause
	resume chan struct{}   // closed by the end of a pause
}

// ErrProxyEnded is the reason of dead letters that a proxy had in hand when it ended.
var ErrProxyEnded = errors.New("zsock: the proxy ended before it could forward the message")

// StartProxy opens the sockets and begins. It returns when both are bound and connected as their options say.
// The proxy must be closed, or ends with the system.
func (s *System) StartProxy(ctx context.Context, spec ProxySpec) (*Proxy, error) {
	p := &Proxy{sys: s, spec: spec}
	p.taking, p.pause = context.WithCancel(context.Background())
	forth, back := spec.Front.Type.canRecv() && spec.Back.Type.canSend(), spec.Back.Type.canRecv() && spec.Front.Type.canSend()
	if !spec.Front.Type.valid() || !spec.Back.Type.valid() || !forth && !back {
		return nil, &Error{Op: "proxy", Err: fmt.Errorf("%w: nothing can pass between %v and %v", ErrType, spec.Front.Type, spec.Back.Type)}
	}
	if c := spec.CaptureTo; c != nil && (!c.Type.valid() || !c.Type.canSend()) {
		return nil, &Error{Op: "proxy", Err: fmt.Errorf("%w: %v can't send what is captured", ErrType, c.Type)}
	}
	if err := p.supervise(ctx); err != nil {
		return nil, err
	}
	if err := p.open(ctx, forth, back); err != nil {
		p.end(err)
		return nil, errors.Join(err, p.all.Stop(ctx))
	}
	return p, nil
}

func (p *Proxy) supervise(ctx context.Context) (err error) {
	spec := p.spec.Supervision
	spec.Strategy, spec.Isolate = supervision.OneForOne, true
	name := p.spec.Name
	if name == "" {
		name = "proxy"
	}
	p.all, err = p.sys.Supervise(ctx, name, spec)
	for n := 2; p.spec.Name == "" && errors.Is(err, actor.ErrNameTaken); n++ {
		p.all, err = p.sys.Supervise(ctx, fmt.Sprintf("%s-%d", name, n), spec)
	}
	if errors.Is(err, actor.ErrStopped) || errors.Is(err, actor.ErrClosed) {
		err = ErrClosed
	}
	if err != nil {
		return &Error{Op: "proxy", Socket: name, Err: err}
	}
	return nil
}

func (p *Proxy) open(ctx context.Context, forth, back bool) (err error) {
	side := func(what string, s Side) (*Socket, error) {
		return p.sys.Open(s.Type, slices.Concat([]SocketOption{WithName(p.Name() + "." + what)}, s.Options, []SocketOption{WithSupervisor(p.all)})...)
	}
	if p.spec.CaptureTo != nil {
		if p.capture, err = side("capture", *p.spec.CaptureTo); err != nil {
			return err
		}
	}
	if p.front, err = side("front", p.spec.Front); err != nil {
		return err
	}
	if p.back, err = side("back", p.spec.Back); err != nil {
		return err
	}
	for _, direction := range []struct {
		name     string
		from, to *Socket
		wanted   bool
	}{{"forward", p.front, p.back, forth}, {"backward", p.back, p.front, back}} {
		if !direction.wanted {
			continue
		}
		pump := newPump(p, direction.name, direction.from, direction.to)
		p.pumps = append(p.pumps, pump)
		_, err := supervision.Spawn(ctx, p.all, p.Name()+"."+direction.name, supervision.Transient,
			func() actor.Behavior[struct{}] { return pump }, actor.WithKind("proxy"), actor.WithMailbox(1),
			actor.WithDetails(pump.details), actor.WithFinally(pump.finally))
		if err != nil {
			return &Error{Op: "proxy", Socket: p.Name(), Err: err}
		}
	}
	return nil
}

// end makes everything stop. It does not wait; the first cause is kept.
func (p *Proxy) end(cause error) {
	p.mu.Lock()
	first := !p.ended
	if first {
		p.ended, p.cause = true, cause
	}
	p.mu.Unlock()
	if first {
		p.all.Handle().Stop(nil)
	}
}

// Name is the name in the system's tree.
func (p *Proxy) Name() string { return p.all.Handle().Name() }

// Front is the front socket, to look at. Reading from it takes messages away; closing it ends the proxy.
func (p *Proxy) Front() *Socket { return p.front }

// Back is the back socket, see Front.
func (p *Proxy) Back() *Socket { return p.back }

// Done is closed when the proxy has ended and both sockets are closed: after Stop, when one of its sockets was closed, with
// the system, or after a failure.
func (p *Proxy) Done() <-chan struct{} { return p.all.Handle().Done() }

// Err is the cause of the end: the failure, or what Stop was given. It is nil before the end, and when a socket was closed.
func (p *Proxy) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// Stop ends the proxy with a cause, which may be nil, and waits until it has: it receives no more, closes its sockets within
// their linger, and gives up what it has in hand. Calling it again waits again; the first cause stays.
func (p *Proxy) Stop(ctx context.Context, cause error) error {
	p.end(cause)
	if err := p.all.Stop(ctx); err != nil {
		return &Error{Op: "stop", Socket: p.Name(), Err: err}
	}
	return nil
}

// Run waits until the proxy has ended and returns the cause. When ctx ends first, it ends the proxy, with the cause of ctx.
func (p *Proxy) Run(ctx context.Context) error {
	_, err := RunUntil(ctx, p, (<-chan struct{})(nil))
	return err
}

// RunUntil is Run for a proxy that any other event may end: when stop gives a value, or is closed, the proxy ends, and the
// value is returned. ok of that event is not told; a closed channel gives the zero value.
func RunUntil[T any](ctx context.Context, p *Proxy, stop <-chan T) (value T, err error) {
	select {
	case <-p.Done():
		return value, p.Err()
	case value = <-stop:
		p.end(nil)
	case <-ctx.Done():
		p.end(causeOf(ctx))
	}
	<-p.Done() // each part stops within the time of its supervisor
	return value, p.Err()
}

// Pause has the proxy receive nothing more, so its peers feel pressure, and returns once both directions have. What they have
// in hand is still forwarded. Pausing a paused proxy does nothing.
func (p *Proxy) Pause(ctx context.Context) error {
	p.mu.Lock()
	if p.resume == nil {
		p.resume = make(chan struct{})
		p.pause()
	}
	p.mu.Unlock()
	for _, pump := range p.pumps {
		select {
		case pump.receiving <- struct{}{}:
			<-pump.receiving
		case <-ctx.Done():
			return &Error{Op: "pause", Socket: p.Name(), Err: causeOf(ctx)}
		}
	}
	return nil
}

// Resume ends a pause, and does nothing without one.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resume == nil {
		return
	}
	p.taking, p.pause = context.WithCancel(context.Background())
	close(p.resume)
	p.resume = nil
}

// gate gives the context that ends with the next pause, and during a pause the channel that ends it.
func (p *Proxy) gate() (taking context.Context, resume <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taking, p.resume
}

// ProxyStats are the figures of a proxy, in both directions.
type ProxyStats struct {
	Forth, Back Flow // from the front to the back, and from the back to the front
}

// Flow accounts for the messages of one direction: Received = Forwarded + Refused + InHand at every quiet point.
type Flow struct {
	Received   uint64 // from the one socket
	Forwarded  uint64 // taken by the other socket's libzmq, or made a subscription
	Bytes      uint64 // in them
	Refused    uint64 // dead letters
	Dropped    uint64 // of Refused, since the backlog of a Router's peer was full, see ProxyBacklog
	InHand     int    // neither yet
	Postponed  int    // of InHand, in the backlogs of a Router's peers
	Uncopied   uint64 // copies that the capture socket did not take, with CaptureDrop
	Overlooked uint64 // subscriptions beyond the bound, instead of which the XSub has one to everything, see Proxy
	Restarts   uint64 // of this direction
}

// Stats gives the figures, also after the end.
func (p *Proxy) Stats() (s ProxyStats) {
	for _, pump := range p.pumps {
		if pump.from == p.front {
			s.Forth = pump.flow()
		} else {
			s.Back = pump.flow()
		}
	}
	return s
}
