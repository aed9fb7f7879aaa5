package zsock

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
)

// Mode picks the endpoints of a list.
type Mode int

// The two kinds of endpoints of a socket.
const (
	Bound     Mode = iota // bound, resolved: the real port for port 0
	Connected             // connected, or trying to
)

// desired is what a socket should be. It outlives incarnations, and only the owner touches it.
type desired struct {
	options    []setting
	topics     map[string]int // subscriptions, and how often each was made
	binds      []place
	connects   []place
	properties []string // that each message comes with, see WithProperties
	settled    bool     // the socket has had an endpoint: its security and its early options stay as they are
	largest    int64    // bytes that a frame may have, -1 for any: the option maxmsgsize, which is looked at for each message
}

type setting struct {
	option *optionSpec
	value  any
}

// place is an endpoint in use.
type place struct {
	asked     string     // rendered; what the policy judged
	endpoint  Endpoint   // the same, parsed
	unsafe    bool       // parser and policy were skipped; endpoint is zero if the text is not plain
	request   string     // what libzmq is asked for: after the first bind, with the port that the system chose
	resolved  string     // what Endpoints lists
	handle    string     // how libzmq names it
	peer      []byte     // what a connect of a Router or Stream calls its peer, see routing
	folder    string     // made for an ipc path that the system chose; goes with the place
	listening *listening // nil where libzmq binds, and before the first bind
}

func (d *desired) set(option *optionSpec, value any) {
	if limit, ok := value.(int64); ok && option.name == maxMsgSize {
		d.largest = limit
	}
	for i := range d.options {
		if d.options[i].option == option && !option.adds {
			if isSecurity(option) { // of these the last one wins
				d.options = slices.Delete(d.options, i, i+1)
				break
			}
			d.options[i].value = value
			return
		}
	}
	d.options = append(d.options, setting{option, guarded(option, value)})
}

func (d *desired) subscribe(topic []byte) {
	if d.topics == nil {
		d.topics = make(map[string]int)
	}
	d.topics[string(topic)]++
}

func (d *desired) get(name string) any {
	for _, s := range d.options {
		if s.option.name == name {
			return s.value
		}
	}
	return nil
}

// linger is how long a socket that ends waits for libzmq to take what is queued.
func (d *desired) linger() time.Duration {
	if linger, _ := d.get("linger").(time.Duration); linger >= 0 {
		return linger
	}
	return maxLinger
}

// maxLinger bounds the wait when the linger is infinite.
const maxLinger = 30 * time.Second

func (d *desired) secure() bool {
	m, _ := d.mechanism()
	return m == MechanismCurve
}

func (d *desired) endpoints(mode Mode) []string {
	places := d.binds
	if mode == Connected {
		places = d.connects
	}
	list := make([]string, len(places))
	for i, p := range places {
		list[i] = p.resolved
	}
	return list
}

// replay makes a fresh libzmq socket what it should be: options and identity, subscriptions, binds, connects.
func (o *owner) replay(ctx *actor.Context[Command]) error {
	d := &o.desired
	for _, s := range d.options {
		if s.option.name == routingOption && o.namesPeers() {
			continue // it is for the next connect, which is none of these
		}
		if err := o.write(s.option, s.plain()); err != nil {
			return o.fault("set", "", s.option.name, s.option.refused(err))
		}
	}
	if o.typ == Pub {
		// A Pub is an XPUB underneath, so that its subscribers can be counted; each of them is reported, not only the first.
		if err := o.zmq.SetInt(libzmq.OptXPubVerboser, 1); err != nil {
			return o.fault("set", "", "xpub_verboser", err)
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(d.topics)) {
		for range d.topics[topic] {
			if err := o.applySubscription([]byte(topic), true); err != nil {
				return o.fault("subscribe", "", "", err)
			}
		}
	}
	again := !o.first.Swap(false)
	if !again {
		d.promiseID()
	}
	if err := o.judgeAgain(); err != nil {
		return err
	}
	// Connections with an id come before a peer could choose the same one.
	for i := range d.connects {
		if d.connects[i].peer == nil {
			continue
		}
		if err := o.connectPlace(&d.connects[i]); err != nil {
			return err
		}
	}
	for i := range d.binds {
		if err := o.bindPlace(ctx, &d.binds[i], again); err != nil && (!again || !o.postpone(ctx, &d.binds[i], err)) {
			return err
		}
	}
	for i := range d.connects {
		if d.connects[i].peer != nil {
			continue
		}
		if err := o.connectPlace(&d.connects[i]); err != nil {
			return err
		}
	}
	return nil
}

// Bindings wait this long for an address that libzmq still holds for a socket that was just closed. A restart is worth more
// patience than a first bind, which has to tell its caller, unless it is known that no socket has the name.
const (
	bindPatience   = 20 * time.Millisecond
	rebindPatience = 250 * time.Millisecond
)

func (o *owner) bind(ctx context.Context, endpoints []string, unsafe bool) error {
	return o.each(OpBind, endpoints, func(text string) error {
		p, err := o.place(OpBind, text, unsafe)
		if err != nil {
			return err
		}
		if err := o.bindPlace(ctx, &p, false); err != nil {
			p.tidy()
			return err
		}
		o.desired.binds = append(o.desired.binds, p)
		return nil
	})
}

func (o *owner) bindPlace(ctx context.Context, p *place, again bool) error {
	err := o.prepare(p)
	if err == nil {
		err = p.choosePath()
	}
	if err != nil {
		return o.bindFault(p, err)
	}
	patience, pause := bindPatience, 500*time.Microsecond
	if name, ok := p.inproc(); again || ok && !o.sys.inproc.isBound(name) {
		patience = rebindPatience
	}
	if p.listening != nil && !p.listening.hasAddress() {
		p.listening.close()
		p.listening = nil
	}
	deadline := time.Now().Add(patience)
	for {
		err = nil
		if p.listening == nil {
			err = o.vacant(ctx, p)
		}
		if err == nil {
			if name, ok := p.inproc(); ok {
				err = o.sys.inproc.bind(name, o.Socket, func() error { return o.bindTo(p) })
			} else {
				err = o.bindTo(p)
			}
		}
		if err == nil {
			break
		}
		if !errors.Is(err, libzmq.EADDRINUSE) || time.Now().After(deadline) {
			return o.bindFault(p, err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return causeOf(ctx)
		}
		pause *= 2
	}
	if last, err := o.zmq.GetBytes(libzmq.OptLastEndpoint); err == nil {
		p.settle(string(last))
	}
	o.routing.mixed = true
	return nil
}

func (o *owner) connect(endpoints []string, unsafe bool) error {
	return o.each(OpConnect, endpoints, func(text string) error {
		p, err := o.place(OpConnect, text, unsafe)
		if err != nil {
			return err
		}
		p.peer = o.desired.pendingID()
		if err := o.connectPlace(&p); err != nil {
			return err
		}
		o.desired.connects = append(o.desired.connects, p)
		return nil
	})
}

func (o *owner) connectPlace(p *place) error {
	if err := o.namePeer(p); err != nil {
		return err
	}
	err := o.prepare(p)
	name, inproc := p.inproc()
	switch {
	case err != nil:
	case inproc:
		err = o.sys.inproc.connect(name, o.Socket, func() error { return o.zmq.Connect(p.request) })
	default:
		err = o.zmq.Connect(p.request)
	}
	if err != nil {
		return o.fault("connect", p.request, "", err)
	}
	o.peerNamed(p)
	if !inproc {
		o.peers.expect(p.request, time.Now())
	}
	return nil
}

// prepare gets the socket ready for its first endpoint of a kind.
func (o *owner) prepare(p *place) error {
	o.desired.settled = true
	if addr, ok := p.endpoint.Addr(); ok && addr.Is6() {
		if err := o.zmq.SetInt(libzmq.OptIPv6, 1); err != nil {
			return err
		}
	}
	if _, ok := p.inproc(); ok {
		return nil
	}
	if err := o.shield(); err != nil {
		return err
	}
	return o.openMonitor(*o.poke.Load())
}

func (p *place) inproc() (name string, ok bool) {
	return p.endpoint.Path(), p.endpoint.Transport() == TransportInproc
}

func (o *owner) unbind(endpoints []string) error {
	return o.remove(OpUnbind, &o.desired.binds, endpoints, func(p place) error {
		if name, ok := p.inproc(); ok {
			return o.sys.inproc.unbind(name, func() error { return o.zmq.Unbind(p.handle) })
		}
		if err := o.zmq.Unbind(p.handle); err != nil && !o.relieved(p.handle) {
			return err
		}
		o.ended(Bound, p.handle)
		p.tidy()
		return nil
	})
}

func (o *owner) disconnect(endpoints []string) error {
	return o.remove(OpDisconnect, &o.desired.connects, endpoints, func(p place) error {
		// A pipe that its other side has closed is gone already.
		if err := o.zmq.Disconnect(p.handle); err != nil && !errors.Is(err, libzmq.ENOENT) {
			return err
		}
		name, inproc := p.inproc()
		if !inproc {
			o.ended(Connected, p.request)
			return nil
		}
		for _, same := range o.desired.connects {
			if same.handle == p.handle {
				o.sys.inproc.disconnect(name, o.Socket)
			}
		}
		return nil
	})
}

// reconnectInproc connects again to inproc names that have a binder again, the old one or another.
func (o *owner) reconnectInproc() error {
	if !o.reconnects.due.Load() {
		return nil
	}
	o.crossed = true
	for _, name := range o.takeReconnects() {
		again := slices.DeleteFunc(slices.Clone(o.desired.connects), func(p place) bool {
			path, ok := p.inproc()
			return !ok || path != name
		})
		err := o.sys.inproc.reconnect(name, o.Socket, func() error {
			for _, p := range again { // the pipes are gone with the binder: this forgets the endpoint, so all of it comes first
				_ = o.zmq.Disconnect(p.handle)
			}
			for _, p := range again {
				if err := o.zmq.Connect(p.request); err != nil {
					return o.fault("connect", p.request, "", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *owner) subscribe(topics [][]byte) error {
	for _, topic := range topics {
		if err := o.applySubscription(topic, true); err != nil {
			return o.fault("subscribe", "", "", err)
		}
		o.desired.subscribe(topic)
	}
	return nil
}

func (o *owner) unsubscribe(topics [][]byte) error {
	for _, topic := range topics {
		count := o.desired.topics[string(topic)]
		if count == 0 {
			return &Error{Op: "unsubscribe", Socket: o.name, Err: ErrNoSubscription, Hint: "it can be taken back as often as it was made"}
		}
		if err := o.applySubscription(topic, false); err != nil {
			return o.fault("unsubscribe", "", "", err)
		}
		if count == 1 {
			delete(o.desired.topics, string(topic))
		} else {
			o.desired.topics[string(topic)]--
		}
	}
	return nil
}

func (o *owner) applySubscription(topic []byte, add bool) error {
	switch o.typ {
	case Sub:
		option := libzmq.OptSubscribe
		if !add {
			option = libzmq.OptUnsubscribe
		}
		return o.zmq.SetBytes(option, topic)
	case XSub:
		order := byte(0)
		if add {
			order = 1
		}
		o.accepted.Add(1)
		o.queue.push(entry{message: Bytes(append([]byte{order}, topic...))})
		return nil
	}
	return ErrType
}
