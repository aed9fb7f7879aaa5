// Package reqrep makes typed requests and replies from sockets: a [Server] whose handlers run in supervised workers, and a
// [Client] with many requests in flight on one socket.
//
//	srv, err := reqrep.Serve(sys, "tcp://127.0.0.1:5555", func(ctx context.Context, q Question) (Answer, error) { ... })
//	cli, err := reqrep.Dial[Question, Answer](sys, "tcp://127.0.0.1:5555")
//	answer, err := cli.Call(ctx, Question{...})
//
// # What is promised
//
// A call ends: with an answer, with the server's error, with its context, with the client's Close, or, soon after the connection
// that carried it was lost, with ErrLost. It is sent at most once, unless WithRetry asks for more; then the handler may run more
// than once for it. Calls are matched with their answers by number, in any order. An answer that comes when nobody waits any more is counted and dropped.
//
// A request that libzmq has not taken when its call ends is never sent, and the error says so: ErrNotSent. That is so while
// no server is connected, too. After ErrNoAnswer nobody knows whether the request was handled: a server or socket that
// restarts and a connection that is lost take along what was under way. A server that is connected and says nothing is not
// lost: that is what contexts and WithTimeout are for.
//
// # Where code runs, and what failures cost
//
// Handlers run in WithConcurrency worker actors, in parallel; a slow one holds up its own worker only. When all are busy,
// requests wait in the socket's inbox, then in libzmq, then with their senders; none is dropped.
//
// A handler that panics costs its caller an error and its worker a restart. The stack goes to the system's events and log. The
// request is answered and gone, so the failure is not charged to the worker: it is restarted however often that happens, after
// a few milliseconds. The socket and the other workers do not notice.
//
// Replies never wait. What a caller has not read yet is kept for it, up to the high-water mark of its connection: option sndhwm, 1,000
// replies. A reply beyond, and one whose caller is gone, is counted and a dead letter, with ErrUnread or ErrGone as its reason:
// waiting for it would hold up the replies to all others.
//
// # On the wire
//
// The server is a ROUTER and the client a DEALER. A request is [number, empty, payload], where the number is an envelope
// frame as any REP understands it, and a reply repeats it: [number, empty, payload]. So the client speaks with every REP, and
// the server with every REQ. An error of the server is three frames in the place of the payload: [empty, code, text];
// a plain REQ sees them as a message of three frames, the first of which is empty. A request with more than one frame of
// payload is refused, and one without the empty frame can't be answered and is counted only.
//
// Payloads are what the codec makes of the values, JSON by default.
package reqrep
