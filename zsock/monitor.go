package zsock

import (
	"fmt"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
	"github.com/actomq/actomq/reactor"
)

// monitor is the owner's view of its own connections: the PAIR socket on which libzmq reports them. It belongs to the
// owner, like the socket itself.
type monitor struct {
	pair  *libzmq.Socket
	watch *reactor.Watch

	seen []seen // read and not followed yet
	more bool   // there may be more to read, and the descriptor will not tell
}

// seen is an event as libzmq reported it, and what was found out about its descriptor.
type seen struct {
	libzmq.Event
	remote string
}

// openMonitor makes libzmq report the events of o's socket, from before its first endpoint. The PAIR is there first: a
// thread of libzmq that has something to report to nobody waits, and so does the call that would stop the reports.
func (o *owner) openMonitor(token chan<- struct{}) (err error) {
	if o.monitor != nil {
		return nil
	}
	m := &monitor{}
	if m.pair, err = o.sys.zmq.NewSocket(libzmq.Pair); err != nil {
		return err
	}
	address := fmt.Sprintf("inproc://actomq.monitor.%d", o.sys.serial.Add(1))
	fd := 0
	for _, step := range []func() error{
		func() error { return m.pair.SetInt(libzmq.OptRcvHWM, 0) }, // without a limit nobody waits for room either
		func() (err error) { fd, err = m.pair.FD(); return err },
		func() (err error) { m.watch, err = o.sys.reactor.Watch(fd, token); return err },
		func() error { return m.pair.Connect(address) },
		func() error { return o.zmq.Monitor(address, libzmq.EventAll) },
	} {
		if err := step(); err != nil {
			m.close()
			return err
		}
	}
	o.monitor = m
	return nil
}

func (m *monitor) close() {
	if m.watch != nil {
		_ = m.watch.Close()
	}
	_ = m.pair.Close()
}

// closeSocket closes the libzmq socket. The descriptor leaves the reactor before, since its number is reused at once: a watch
// that closes late would take the next owner's descriptor out. The monitor has to be stopped first, by the owner: otherwise
// libzmq's reaper thread reports the end to the PAIR, and if that is gone waits for ever, and nothing in the context closes
// any more.
func (o *owner) closeSocket() error {
	if o.watch != nil {
		_ = o.watch.Close()
	}
	if o.monitor != nil {
		_ = o.zmq.Monitor("", 0)
		if _, err := o.monitor.read(); err == nil {
			o.follow() // the last that happened
		}
		o.monitor.close()
		o.monitor = nil
	}
	o.sys.inproc.leave(o.Socket, func() {
		for i := range o.desired.binds {
			if p := &o.desired.binds[i]; p.endpoint.Transport() == TransportInproc {
				_ = o.zmq.Unbind(p.handle)
			}
		}
	})
	return o.zmq.Close()
}

// observe reads what happened and tells those who watch. The sum of ready connections is what WaitConnected waits for, so before
// they are counted the socket attaches their pipes, which look has libzmq do.
func (o *owner) observe(ctx *actor.Context[Command]) error {
	m := o.monitor
	if m == nil || !m.watch.Fired() && !m.more {
		return nil
	}
	m.more = false
	drained := false
	for range observeRounds {
		from := len(m.seen)
		var err error
		if drained, err = m.read(); err != nil {
			return o.broken(err)
		}
		if len(m.seen) == from {
			break
		}
		if drained {
			m.ask(from)
		}
	}
	if len(m.seen) == 0 {
		return nil
	}
	if !drained {
		m.more = true
		o.poked()
	}
	if _, err := o.look(); err != nil {
		return err
	}
	strained, ended := o.follow()
	for _, e := range strained {
		o.relieve(ctx, e.Endpoint, e.Err)
	}
	for _, e := range ended {
		o.suspect(ctx, e.Endpoint)
	}
	return nil
}

// observeRounds bounds one observe: a listener without descriptors reports faster than anybody reads.
const observeRounds = 4

// read takes over what the PAIR has, up to a bound. It is drained when nothing was left.
func (m *monitor) read() (drained bool, err error) {
	for range observeRounds {
		n, err := m.pair.Recv(fetchBurst, m.collect)
		if err != nil {
			return false, err
		}
		if n < fetchBurst {
			return true, nil
		}
	}
	return false, nil
}

func (m *monitor) collect(first []byte, rest [][]byte) {
	if event, err := libzmq.ParseEvent(first, rest); err == nil {
		m.seen = append(m.seen, seen{Event: event})
	}
}

// ask looks up the addresses of connections that have come since from. libzmq owns the descriptors and may have closed one, and
// anybody may have its number by now; but before it closes one it reports so, and the report is there to be read at once. So an
// address holds if the next read, which follows, brings no event of that descriptor.
func (m *monitor) ask(from int) {
	for i := range m.seen {
		s := &m.seen[i]
		if !s.opens() {
			continue
		}
		over := false
		for j := max(i+1, from); j < len(m.seen) && !over; j++ {
			over = m.seen[j].Value == s.Value && (m.seen[j].opens() || m.seen[j].ID == libzmq.EventDisconnected)
		}
		switch {
		case over:
			s.remote = ""
		case i >= from:
			s.remote = remoteAddress(int(s.Value))
		}
	}
}

func (s *seen) opens() bool { return s.ID == libzmq.EventConnected || s.ID == libzmq.EventAccepted }

// follow updates the states of the peers, and then tells the monitors. It gives the listeners that can't accept, and the
// connections that ended.
func (o *owner) follow() (strained, ended []Event) {
	m, now := o.monitor, time.Now()
	events := make([]Event, 0, len(m.seen))
	o.peers.update(func() {
		for _, s := range m.seen {
			e, ok := decode(s.Event, now)
			if !ok {
				continue
			}
			e.Remote = s.remote
			o.peers.follow(&e, s.Value)
			events = append(events, e)
		}
	})
	m.seen = m.seen[:0]
	for _, e := range events {
		if e.Kind == EventAcceptFailed && scarce(e.Err) {
			if len(strained) > 0 && strained[len(strained)-1].Endpoint == e.Endpoint || o.strains[e.Endpoint] != nil && o.strains[e.Endpoint].suspended {
				continue // one is enough: it tries again at once, for ever
			}
			strained = append(strained, e)
		}
		if e.Kind == EventDisconnected {
			ended = append(ended, e)
		}
		o.watchers.publish(e)
	}
	return strained, ended
}

// ended takes note that an endpoint is not used any more. libzmq ends its connections without a word, so this reports them.
func (o *owner) ended(mode Mode, endpoint string) {
	for _, e := range o.peers.forget(mode, unmapped(endpoint), time.Now()) {
		o.watchers.publish(e)
	}
}
