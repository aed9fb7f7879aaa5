package zsock

import (
	"fmt"

	"github.com/actomq/actomq/internal/libzmq"
	"github.com/actomq/actomq/reactor"
)

// monitor is the owner's view of its own connections: the PAIR socket on which libzmq reports them. It belongs to the
// owner, like the socket itself.
type monitor struct {
	pair  *libzmq.Socket
	watch *reactor.Watch
	peers *peers

	events []libzmq.Event // read and not counted yet
}

// openMonitor makes libzmq report the events of o's socket, from before its first endpoint. The PAIR is there first: a
// thread of libzmq that has something to report to nobody waits, and so does the call that would stop the reports.
func (o *owner) openMonitor(token chan<- struct{}) (err error) {
	if o.monitor != nil {
		return nil
	}
	m := &monitor{peers: &o.peers}
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
		o.monitor.close()
		o.monitor = nil
	}
	return o.zmq.Close()
}

// drain reads what happened. The sum of ready connections is what WaitConnected waits for, so before they are counted the
// socket attaches their pipes, which settle has libzmq do.
func (m *monitor) drain(settle func() error) error {
	for {
		n, err := m.pair.Recv(fetchBurst, m.collect)
		if err != nil {
			return err
		}
		if n < fetchBurst {
			break
		}
	}
	if len(m.events) == 0 {
		return nil
	}
	if err := settle(); err != nil {
		return err
	}
	for _, event := range m.events {
		m.count(event)
	}
	m.events = m.events[:0]
	return nil
}

func (m *monitor) collect(first []byte, rest [][]byte) {
	if event, err := libzmq.ParseEvent(first, rest); err == nil {
		m.events = append(m.events, event)
	}
}

func (m *monitor) count(event libzmq.Event) {
	switch event.ID {
	case libzmq.EventHandshakeFailedNoDetail, libzmq.EventHandshakeFailedProtocol, libzmq.EventHandshakeFailedAuth:
		m.peers.rejected.Add(1)
	}
	m.peers.change(event.Endpoint, func(l *link) {
		switch event.ID {
		case libzmq.EventConnected, libzmq.EventAccepted:
			l.opened(int(event.Value))
		case libzmq.EventHandshakeSucceeded:
			l.shook()
		case libzmq.EventHandshakeFailedNoDetail, libzmq.EventHandshakeFailedProtocol, libzmq.EventHandshakeFailedAuth:
			l.bad++
		case libzmq.EventDisconnected:
			l.closed(int(event.Value))
		}
	})
}
