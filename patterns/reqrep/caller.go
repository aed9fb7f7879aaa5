package reqrep

import (
	"context"

	"github.com/actomq/actomq/zsock"
)

// Caller is the peer that a request came from, as the server's socket knows it. Behind a proxy that is the proxy.
type Caller struct{ request zsock.Message }

// CallerOf tells a handler who calls. ok is false for a context that is none of a handler's, nor made from one.
func CallerOf(ctx context.Context) (c Caller, ok bool) {
	c, ok = ctx.Value(callerKey{}).(Caller)
	return c, ok
}

type callerKey struct{}

// Address is the caller's IP address, without a port. Over ipc on Linux it ends with ":uid:gid:pid" of the caller's process; over
// inproc it is empty.
func (c Caller) Address() string { return c.request.PeerAddress() }

// UserID is the name by which the server's authenticator let the caller in, such as that of its key in zsock.Rules. It is empty
// on a server without CURVE, PLAIN or a domain.
func (c Caller) UserID() string { return c.request.UserID() }

// Property is what else the connection tells of the caller, see zsock.Message.Property: Routing-Id and the like are the caller's own
// words, and have to be asked for, by WithSocket(zsock.WithProperties(...)).
func (c Caller) Property(name string) (value string, ok bool) { return c.request.Property(name) }

// Name is the caller's part of the way back to it, of which no two connections have the same at a time: what it
// chose as its routing id, or else one that libzmq made up.
func (c Caller) Name() zsock.RoutingID { return zsock.RoutingID(c.request.Frame(0)) }

// callContext is the context of one request.
type callContext struct {
	context.Context
	caller Caller
}

// Value implements context.Context.
func (c *callContext) Value(key any) any {
	if key == (callerKey{}) {
		return c.caller
	}
	return c.Context.Value(key)
}
