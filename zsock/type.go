package zsock

import "strconv"

// Type is the type of a socket: which patterns it speaks and with whom. The
// numbers are those of libzmq (zmq_socket).
type Type int

// The stable socket types of ZeroMQ.
const (
	// Pair speaks with exactly one other Pair.
	Pair Type = 0
	// Pub sends each message to all subscribers whose subscription matches its
	// beginning, and drops it for those that are gone or slow.
	Pub Type = 1
	// Sub receives what it subscribed to from Pub and XPub.
	Sub Type = 2
	// Req sends a request, then receives its reply.
	Req Type = 3
	// Rep receives a request, then sends its reply.
	Rep Type = 4
	// Dealer sends to its peers in turn and receives from all of them fairly.
	Dealer Type = 5
	// Router receives with the identity of the peer in front, and sends to the
	// peer whose identity is in front.
	Router Type = 6
	// Pull receives from its Push peers fairly.
	Pull Type = 7
	// Push sends to its Pull peers in turn.
	Push Type = 8
	// XPub is Pub, and receives the subscriptions of its peers as messages.
	XPub Type = 9
	// XSub is Sub, and subscribes by sending messages.
	XSub Type = 10
	// Stream speaks with raw TCP peers: frames of identity and data.
	Stream Type = 11
)

var typeNames = [...]string{
	Pair: "PAIR", Pub: "PUB", Sub: "SUB", Req: "REQ", Rep: "REP", Dealer: "DEALER", Router: "ROUTER",
	Pull: "PULL", Push: "PUSH", XPub: "XPUB", XSub: "XSUB", Stream: "STREAM",
}

// String gives the name that libzmq uses, "PUSH" for Push, and "Type(17)" for a
// number that is no socket type.
func (t Type) String() string {
	if !t.valid() {
		return "Type(" + strconv.Itoa(int(t)) + ")"
	}
	return typeNames[t]
}

// valid reports whether t is one of the twelve types.
func (t Type) valid() bool {
	return t >= 0 && int(t) < len(typeNames)
}

// canSend reports whether libzmq has a send for t at all; Req and Rep may also
// have to wait for their turn.
func (t Type) canSend() bool {
	return t.valid() && t != Sub && t != Pull
}

// canRecv reports whether libzmq has a receive for t at all.
func (t Type) canRecv() bool {
	return t.valid() && t != Pub && t != Push
}
