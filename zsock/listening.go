package zsock

import (
	"errors"

	"github.com/actomq/actomq/internal/libzmq"
)

// listenOptions are the socket's options that concern a listening descriptor.
type listenOptions struct {
	backlog, sendBuffer, recvBuffer int
	ipv6                            bool
}

// bindTo has libzmq accept connections at a place.
func (o *owner) bindTo(p *place) error {
	endpoint, err := ParseEndpoint(p.request)
	if p.unsafe || err != nil || !listens(endpoint) {
		return o.zmq.Bind(p.request)
	}
	device, err := o.zmq.GetBytes(libzmq.OptBindToDevice)
	if err != nil && !errors.Is(err, libzmq.EINVAL) { // which says that this libzmq has no such option
		return err
	}
	if tos, err := o.zmq.GetInt(libzmq.OptTOS); err != nil || tos != 0 || len(device) > 0 {
		return o.zmq.Bind(p.request) // it knows how to set these
	}
	if p.listening == nil {
		var options listenOptions
		if options, err = o.listenOptions(); err != nil {
			return err
		}
		if p.listening, err = listen(endpoint, options); err != nil {
			return err
		}
	}
	fd, err := p.listening.duplicate()
	if err != nil {
		return err
	}
	if err = o.zmq.SetInt(libzmq.OptUseFD, fd); err == nil {
		err = o.zmq.Bind(p.request)
		_ = o.zmq.SetInt(libzmq.OptUseFD, -1)
	}
	if err != nil {
		closeDescriptor(fd)
	}
	return err
}

func (o *owner) listenOptions() (l listenOptions, err error) {
	ipv6 := 0
	for option, value := range map[int]*int{
		libzmq.OptBacklog: &l.backlog, libzmq.OptSndBuf: &l.sendBuffer, libzmq.OptRcvBuf: &l.recvBuffer, libzmq.OptIPv6: &ipv6,
	} {
		if *value, err = o.zmq.GetInt(option); err != nil {
			return l, err
		}
	}
	l.ipv6 = ipv6 != 0
	return l, nil
}

// tidy gives up what a bind made outside libzmq.
func (p *place) tidy() {
	if p.listening != nil {
		p.listening.close()
		p.listening = nil
	}
	p.removeFolder()
}
