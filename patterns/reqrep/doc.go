// Package reqrep makes typed requests and replies from sockets: a [Server] whose handlers run in supervised workers, and a
// [Client] with many requests in flight on one socket.
//
//	srv, err := reqrep.Serve(sys, "tcp://127.0.0.1:5555", func(ctx context.Context, q Question) (Answer, error) { ... })
//	cli, err := reqrep.Dial[Question, Answer](sys, "tcp://127.0.0.1:5555")
//	answer, err := cli.Call(ctx, Question{...})
//
// # What is promised
//
// A call ends: with an answer, with the server's error, or with its context. It is sent at most once, unless WithRetry asks
// for more; then the handler may run more than once for it. Calls are matched with their answers by number, in any order.
// An answer that comes when nobody waits any more is counted and dropped.
//
// A handler that panics costs its caller an error and its worker a restart; the other workers and the socket go on, and the
// server never gives a worker up, however many such requests come.
//
// # On the wire
//
// The server is a ROUTER and the client a DEALER. A request is [number, empty, payload], where the number is an envelope
// frame as any REP understands it, and a reply repeats it: [number, empty, payload]. So the client speaks with every REP, and
// the server with every REQ. An error of the server is three frames in the place of the payload: [empty, code, text];
// a plain REQ sees them as a message of three frames, the first of which is empty.
//
// Payloads are what the codec makes of the values, JSON by default.
package reqrep
