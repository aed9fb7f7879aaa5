package zsock

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/actomq/actomq/internal/libzmq"
)

// routing guards the option connect_routing_id, by which the next connect of a Router or Stream names its peer. libzmq aborts the
// process when the name is taken by another connection, be it one that is just ending or one whose peer chose the name itself.
type routing struct {
	given map[string]struct{} // in this incarnation; an id is not free again at any time that libzmq would tell
	mixed bool                // there may be peers that chose their ids
}

const routingOption = "connect_routing_id"

// pendingID gives the id that the next connect shall use.
func (d *desired) pendingID() []byte {
	id, _ := d.get(routingOption).([]byte)
	return id
}

// takeID forgets the pending id: libzmq uses it once.
func (d *desired) takeID() {
	d.options = slices.DeleteFunc(d.options, func(s setting) bool { return s.option.name == routingOption })
}

// promiseID gives an id that was set before the socket opened to its first connect.
func (d *desired) promiseID() {
	if id := d.pendingID(); id != nil && len(d.connects) > 0 {
		d.connects[0].peer = id
		d.takeID()
	}
}

// namesPeers reports whether libzmq knows the option for the socket's type.
func (s *Socket) namesPeers() bool {
	return s.typ == Router || s.typ == Stream
}

// setNextID keeps an id for the next connect. libzmq gets it together with that connect: it could not be taken back.
func (o *owner) setNextID(value any) error {
	option, converted, err := writableOption(o.typ, routingOption, value)
	if err != nil {
		return err
	}
	o.desired.set(option, converted)
	return nil
}

func validID(id []byte) bool {
	return len(id) > 0 && len(id) <= 255 && id[0] != 0
}

func (o *owner) refuseID(op, endpoint, why, hint string) error {
	return &Error{Op: op, Socket: o.name, Endpoint: endpoint, Option: routingOption, Err: fmt.Errorf("%w: %s", ErrState, why), Hint: hint}
}

// namePeer has libzmq call the peer of the next connect by the id of the place, if it has one. A refused id is forgotten.
func (o *owner) namePeer(p *place) error {
	if p.peer == nil {
		return nil
	}
	_, taken := o.routing.given[string(p.peer)]
	why, hint := "", ""
	switch {
	case taken:
		why, hint = fmt.Sprintf("id %v is or was a connection of this socket", RoutingID(p.peer)), "choose another id"
	case o.typ == Router && o.routing.mixed:
		why, hint = "a peer may have chosen the same id", "connect with ids first, then bind and connect without"
	case strings.HasPrefix(p.request, "inproc://"):
		why, hint = "inproc connections can't be given an id", "give the peer an identity"
	case o.desired.get("immediate") == true:
		why, hint = "libzmq does not use the id while the option immediate is on", "turn it off"
	default:
		return o.zmq.SetBytes(libzmq.OptConnectRoutingID, p.peer)
	}
	o.desired.takeID()
	return o.refuseID("connect", p.request, why, hint)
}

// peerNamed notes what a connect that succeeded has used.
func (o *owner) peerNamed(p *place) {
	if p.peer == nil {
		o.routing.mixed = true
		return
	}
	if o.routing.given == nil {
		o.routing.given = make(map[string]struct{})
	}
	o.routing.given[string(p.peer)] = struct{}{}
	if bytes.Equal(o.desired.pendingID(), p.peer) {
		o.desired.takeID()
	}
}
