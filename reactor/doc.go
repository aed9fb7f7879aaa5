// Package reactor answers one question for all sockets of a system: which descriptors became readable. It knows plain
// descriptors, never sockets: polling a libzmq socket runs its internals, which only its owner may do.
//
// An owner watches the descriptor of its socket with [Reactor.Watch] and arms the watch before it waits. When the descriptor
// becomes readable, or was already, one token is sent to the owner's channel; the watch is disarmed until the owner arms
// it again. So an owner that is slow to look costs nothing.
//
//	watch, err := r.Watch(fd, token)
//	defer watch.Close()
//	for {
//		// drain the socket until it says that it would block
//		err = watch.Arm()
//		<-token
//	}
//
// # Promises
//
//   - At most one token for each Arm. Tokens coalesce in the channel, which watches may share, so a token means "look at
//     everything", and may come without a reason.
//   - The reactor never waits for an owner: a token that finds the channel full is not sent, since one is there to be read.
//   - Once [Watch.Close] has returned, no token of that watch comes and the descriptor is in no poll set. Its number may be
//     reused at once.
//   - While nothing armed becomes readable, the reactor's goroutine does not wake.
//
// The one goroutine belongs to the reactor; [Reactor.Close] waits for it.
//
// # Backends
//
// All pass the same tests. Round trips between two goroutines over a pair of pipes, alone and beside descriptors that are
// armed and idle; printed by
//
//	go test ./reactor -run '^$' -bench RoundTrip
//
// on 2 cores; read the ratios:
//
//	                        alone   beside 1,000   beside 5,000
//	poll table              37 us         395 us       1,174 us
//	epoll under zmq_poll   100 us          82 us          87 us
//	epoll parked            15 us          16 us          15 us
//
// The default is the parked epoll descriptor on Linux and the table elsewhere.
package reactor
