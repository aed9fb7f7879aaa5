package zsock

import (
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/internal/libzmq"
)

// strain is what a listener has been through that could not accept, or not be bound again. libzmq would try again at once and for ever, and spin a
// core: the connection it can't accept stays in the kernel's queue. So the listener is closed, which frees its descriptors
// and those of the connections that came by it, and bound again later.
type strain struct {
	suspended bool
	pause     time.Duration
	again     time.Time // when it was bound again
}

// rebind asks for another try to bind a suspended listener.
type rebind struct{ endpoint string }

func (rebind) isCommand() {}

// A listener stays closed this long, doubled each time. One that then went well for the longest pause starts over.
const (
	shortestSuspension = 100 * time.Millisecond
	longestSuspension  = 5 * time.Second
)

// scarce tells errors that stay until somebody frees something from those of a single connection.
func scarce(err error) bool {
	for _, number := range []error{libzmq.EMFILE, libzmq.Errno(syscall.ENFILE), libzmq.ENOBUFS, libzmq.ENOMEM} {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

// relieve suspends the listener of an endpoint, if it is one of ours.
func (o *owner) relieve(ctx *actor.Context[Command], endpoint string, cause error) {
	i := o.listener(endpoint)
	if i < 0 {
		return
	}
	p := &o.desired.binds[i]
	s := o.strains[endpoint]
	switch {
	case s == nil:
		s = &strain{pause: shortestSuspension}
		if o.strains == nil {
			o.strains = make(map[string]*strain)
		}
		o.strains[endpoint] = s
	case s.suspended:
		return
	case time.Since(s.again) > longestSuspension:
		s.pause = shortestSuspension
	}
	o.crossed = true
	if o.zmq.Unbind(p.handle) != nil {
		return // a command has undone it
	}
	o.ended(Bound, p.handle)
	s.suspended = true
	o.suspend(ctx, endpoint, cause)
}

// postpone has a listener bound later that can't be now, because somebody else has its address or there are no descriptors. A restart
// that fails for it would be tried a few times only.
func (o *owner) postpone(ctx *actor.Context[Command], p *place, cause error) bool {
	if !errors.Is(cause, ErrAddressInUse) && !scarce(cause) {
		return false
	}
	if o.strains == nil {
		o.strains = make(map[string]*strain)
	}
	o.strains[p.resolved] = &strain{suspended: true, pause: shortestSuspension}
	o.suspend(ctx, p.resolved, cause)
	return true
}

// suspend has the listener bound again after a pause.
func (o *owner) suspend(ctx *actor.Context[Command], endpoint string, cause error) {
	s := o.strains[endpoint]
	o.sys.logger.Warn("listener rests; it is bound again later", "socket", o.name, "endpoint", endpoint, "error", cause, "pause", s.pause)
	o.watchers.publish(Event{Time: time.Now(), Kind: EventBindSuspended, Endpoint: endpoint, Retry: s.pause, Err: cause})
	ctx.After(s.pause, rebind{endpoint})
	s.pause = min(2*s.pause, longestSuspension)
}

// rebind tries once. What refuses it is tried again, since the socket should be bound: only Unbind ends that.
func (o *owner) rebind(ctx *actor.Context[Command], endpoint string) {
	s, i := o.strains[endpoint], o.listener(endpoint)
	if s == nil || !s.suspended || i < 0 {
		return
	}
	p := o.desired.binds[i]
	if err := o.bindPlace(ctx, &p, false); err != nil {
		o.suspend(ctx, endpoint, err)
		return
	}
	o.desired.binds[i] = p
	s.suspended, s.again = false, time.Now()
}

// relieved forgets the suspension of a listener that is to be unbound, and tells whether there was one.
func (o *owner) relieved(handle string) bool {
	endpoint := unmapped(handle)
	s := o.strains[endpoint]
	delete(o.strains, endpoint)
	return s != nil && s.suspended
}

func (o *owner) listener(endpoint string) int {
	return slices.IndexFunc(o.desired.binds, func(p place) bool { return unmapped(p.handle) == endpoint || p.resolved == endpoint })
}
