package libzmq

import "strconv"

// SocketType is the type of a socket, under libzmq's number (zmq_socket(3)).
type SocketType int

// The twelve types of libzmq's stable API.
const (
	Pair SocketType = iota
	Pub
	Sub
	Req
	Rep
	Dealer
	Router
	Pull
	Push
	XPub
	XSub
	Stream
)

var socketTypeNames = [...]string{"PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB", "STREAM"}

// String is the name that ZeroMQ's documentation uses, such as "DEALER".
func (t SocketType) String() string {
	if t < 0 || int(t) >= len(socketTypeNames) {
		return "SocketType(" + strconv.Itoa(int(t)) + ")"
	}
	return socketTypeNames[t]
}

// ContextOptions are what a context must know before its first socket. The zero value works.
type ContextOptions struct {
	// IOThreads is the number of threads that do network I/O; 0 means libzmq's default of 1. libzmq's rule of thumb is one for each gigabyte a second.
	IOThreads int
	// MaxSockets is how many sockets may be open at once; 0 means as many as the process may have descriptors, up to libzmq's own limit of 65535.
	// libzmq's own default of 1023 is below what a process is usually allowed. A socket needs a descriptor of its own, and one for each connection.
	MaxSockets int
	// Threads are about libzmq's own threads.
	Threads ThreadOptions
}

// ThreadOptions are how libzmq's own threads run. The zero value leaves everything to the system.
type ThreadOptions struct {
	Scheduled        bool // Policy and Priority are set
	Policy, Priority int
	CPUs             []int // on which they may run; nil means all
	Named            bool  // Name is set
	Name             int   // a number in front of their names
}
