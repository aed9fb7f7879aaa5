// Package libzmq is the one room with cgo: contexts, sockets, options and whole messages of libzmq 4.3 or later.
//
// # What it owns
//
// Every call into C, every raw handle and every errno of the library is here. Contexts and sockets are made by
// github.com/pebbe/zmq4; its types stay inside. Above this package nobody knows a pointer into C, except for
// [Context.Pointer], which hands out the raw context for foreign code.
//
// # Bursts
//
// Crossing from Go to C costs more than moving a small message, so messages cross in bursts. [Socket.Recv] moves up to
// 256 messages in one crossing into a pooled scratch buffer, then copies each message once into memory of its own.
// A [Burst] holds outgoing messages back to back; [Socket.Send] hands them over in one crossing. A frame above
// 8 KiB on the way in, or of 32 KiB and more on the way out, has a crossing of its own and is copied once, from or to its final place.
//
// # Ordering
//
// Messages are delivered in the order in which libzmq gives them, and taken in the order of [Burst.Append]. Only whole messages are
// delivered. No message is torn or repeated by this package; see [Socket.Send] for what happens
// when a peer goes in the middle of one.
//
// # Blocking
//
// Nothing here waits but [Context.Term] and [Poll]. Sending and receiving never wait: they stop where libzmq would. A signal (EINTR) never
// surfaces: calls are repeated, since Go itself sends signals to preempt goroutines.
//
// # Ownership
//
// A [Socket] and a [Burst] belong to one goroutine at a time; handing one over needs a synchronisation that the Go memory model knows. [Context]
// methods may be called from any goroutine. Neither a socket nor a context is closed by the garbage collector: what is forgotten leaks, visibly, instead of
// blocking the finalizer goroutine. Close each socket, then call [Context.Term].
//
// # Without cgo
//
// With CGO_ENABLED=0 the same API compiles; [Available] says what is missing, [NewContext] fails with it.
//
//	ctx, err := libzmq.NewContext(libzmq.ContextOptions{})
//	s, err := ctx.NewSocket(libzmq.Push)
//	err = s.Bind("tcp://127.0.0.1:*")
//	var out libzmq.Burst
//	out.Append([]byte("hello"), nil)
//	taken, err := s.Send(&out) // ErrAgain: the rest waits in out for ZMQ_POLLOUT
package libzmq
