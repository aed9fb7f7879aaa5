// Package zsock gives Go programs ZeroMQ sockets that any number of goroutines may use.
//
// A libzmq socket tolerates one user at a time; sharing one aborts the process. Here every socket is owned by one actor for
// life. The methods of a [Socket] send that actor typed commands and wait for the answers as long as their context allows,
// received messages come through a bounded inbox, and a supervisor brings a failed socket back whole.
//
//	sys, err := zsock.NewSystem()
//	defer sys.Close(ctx)
//	rep, err := sys.Open(zsock.Rep, zsock.WithBind("tcp://127.0.0.1:5555"))
//	for msg, err := range rep.All(ctx) {
//		err = rep.Send(ctx, zsock.Text("World"))
//	}
//
// # Ownership
//
// After a socket is open, only the goroutine of its actor calls libzmq for it. The reactor of the system polls descriptors,
// never sockets. Handlers, callbacks and everything else of the user's run elsewhere, so a panic of theirs closes no socket.
//
// # Sending
//
// [Socket.Send] is exact: it returns when libzmq took the message or refused it, and a Send that its context ended was not
// sent. [Socket.Post] is fast: it returns when the outbox took a copy of the message; if libzmq refuses it later it becomes a dead
// letter with the reason. [Socket.SendBatch] moves many messages for one command. The Try methods never wait. Messages are
// whole, from however many goroutines they come, and those of one goroutine keep their order.
//
// When libzmq takes nothing, because there is no peer or its high-water mark is full, the owner keeps what it has and takes no
// more sends; the mailbox fills, and then Send and Post wait. All other commands are still handled, so a Connect overtakes
// the sends that wait for it.
//
// # Receiving
//
// [Socket.Recv], [Socket.RecvBatch], [Socket.All] and the channel of [Socket.Messages] may be mixed; each message goes to
// exactly one reader, and a read that its context ended took none. When the inbox is full, the owner stops fetching, libzmq's
// own queue fills, and the peer feels it. Where a newer message replaces an older one, [WithNewest] drops the old ones instead.
//
// A Req drops replies that nobody had read when the next request went out, so that answers never shift by one.
//
// # What is lost, and where it shows
//
// Between two libzmq sockets delivery is at most once. A message that an actor accepted is handed to libzmq, refused with
// an error, or a dead letter: see [System.DeadLetters]. What nobody had read when a socket closed is a dead letter, too.
// What libzmq had taken but not sent when a socket failed is lost. libzmq drops in silence what a Pub sends without
// subscribers or, unless the option xpub_nodrop is set, above a subscriber's high-water mark.
//
// # Restarts
//
// When the actor of a socket fails, queued messages and unread ones stay, and the new incarnation gets the options, the
// subscriptions, the binds (an ephemeral port stays the same) and the connects of the old one, each kind in the order of the calls,
// but subscriptions, of which none depends on another, in that of their topics. Calls that can't
// be answered any more fail with [ErrRestarted].
//
// # Defaults
//
// Linger 100 ms, handshakes 5 s, keepalive at tcp (a silent machine is given up after 11 s), connects 5 s, reconnects after 100 ms backing
// off to 10 s, frames of at most 64 MiB (MAXMSGSIZE, checked on the sending
// side too) and messages of at most 65,536 frames and 256 MiB ([WithMessageLimit]), REQ_RELAXED and REQ_CORRELATE on a Req,
// ROUTER_MANDATORY on a Router (an unknown peer is [ErrNoPeer]), ZAP_ENFORCE_DOMAIN on all. Every one is an option.
//
// A Pub is an XPUB underneath, so that [Socket.WaitSubscribers] can count; its peers see no difference.
//
// # Strangers
//
// Who reaches a listener can say anything. What is no ZMTP ends its own connection: within HANDSHAKE_IVL if it is silent or slow, at once
// if it claims a frame above MAXMSGSIZE; a message above [WithMessageLimit] is dropped and counted. [Socket.Monitor] and
// [Socket.Rejected] tell of it, and the other peers are served on. Four things need more than the defaults:
//
//   - Without CURVE or PLAIN a stranger can be a peer, and noise that happens to be ZMTP 1.0 is messages. Judge what comes.
//   - What waits is bounded for each peer by RCVHWM messages in libzmq, each as large as the limits allow, and for all of them by [WithInbox].
//     For strangers lower MAXMSGSIZE to what they may say. libzmq has no bound for the frames of a message that is not at its end,
//     nor for the number of subscriptions of a peer, nor for the number of connections. What this package remembers of
//     subscriptions is bounded, see [Stats] and [Proxy].
//   - A subscription at a Pub has at most 64 KiB, as libzmq needs some 40 bytes for each byte of a topic. At an XPub it
//     is MAXMSGSIZE that bounds it.
//   - libzmq, as far as any version is known, ends the process when a peer hangs up whose messages wait for a reader, with a ZMTP PING
//     behind them (an assertion in stream_engine_base.cpp). Only who has shaken hands can do that: let strangers in with a key
//     only, and read what comes.
//
// A peer that is there and stops reading keeps its connection, unless the option tcp_maxrt bounds its time. A Push and a Dealer pass it by, a Pub drops what is for it,
// and a Router, or an XPub with xpub_nodrop, takes no more sends once the next one is for it: a server of strangers uses
// [Socket.TrySend], as package reqrep does, or turns router_mandatory off, and then libzmq drops. It is a Router rather than a Rep, too:
// libzmq's REP can lose its next reply, to whomever, after a request without a delimiter from a peer that has gone or does not read.
//
// # Messages
//
// A [Message] is a value of one or more frames: [Text], [Bytes] and [Values] make one, [Message.Match] and [Message.Scan] take it apart
// and refuse a wrong number of frames. [Message.To] and [Message.SplitID] are for the routing ids of a Router,
// [Message.PushEnvelope] and [Message.PopEnvelope] for the envelopes of Req and Rep, [StreamTracker] for what a Stream receives.
//
// # Security
//
// [WithCurveServer] and [WithPlainServer] make a socket that admits nobody until the [Rules] of its domain say whom:
// [System.Authenticator]. [GenerateCertificate], [LoadCertificate] and [LoadClients] keep keys in files that other tools read.
// [Message.UserID] and [Message.PeerAddress] tell of whom a message was received.
//
// # Connections
//
// [Socket.Peers] lists the connections with their states, [Socket.WaitConnected] waits for handshakes, [Socket.Monitor] tells of
// everything that happens to them. A listener that lacks descriptors rests until there are some.
//
// # Proxies
//
// [System.StartProxy] passes messages on between two sockets of its own, whole, both ways, under supervision, and with
// back-pressure instead of drops. Only what is for a peer of a Router that does not read is dropped, beyond a [ProxyBacklog]. See [Proxy].
//
// # Hooks
//
// Functions of the program never run in the goroutine that owns a socket. The socket waits for those of [WithEvents],
// [WithDeadLetters] and a [PolicyFunc], so they must be quick and must not wait for a socket. [ProxySpec].Capture runs in an actor of its own and
// may take its time. A panic or runtime.Goexit ends no process and no socket: a policy has refused then, Capture has failed as with an error,
// and [System.HookFailures] counts the others.
//
// # Figures
//
// [Socket.Stats] accounts for every message, and so does [Proxy.Stats]. [System.DeadLetters] tells what nobody will get.
//
// # Endpoints
//
// Endpoints are parsed strictly ([ParseEndpoint]) and judged by the system's [EndpointPolicy] before libzmq sees them: at each bind,
// connect, unbind and disconnect, and again when a restart repeats them. By default everything may use loopback, ipc and
// inproc, and a bind that other machines can reach needs CURVE or an explicit [AllowPlaintext]. localhost is 127.0.0.1. Other
// names are libzmq's to resolve, at each connection anew; see [Resolve] for policies about addresses.
//
// A bind to an ipc path on which somebody listens fails with [ErrAddressInUse], as does one to a file that is no socket: libzmq would
// delete either. What a program that is gone left behind is taken over. ipc://* is a path in the directory for temporary
// files, the same through restarts, and goes with the socket.
//
// The option connect_routing_id is for the next connect of a Router or Stream and stays with that connect through restarts. An id that
// another connection may have is [ErrState], since libzmq would abort the process: on a Router, connect with ids first, then
// bind and connect without.
//
// [Socket.UnsafeBind] and [Socket.UnsafeConnect] skip parser, policy and the look at ipc paths; each use is logged as a warning.
package zsock
