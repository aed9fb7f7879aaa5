package zsock

import (
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

//go:generate go test -run ^TestTheOptionPageSaysWhatTheTableSays$ -count=1 . -write-page

// optionSpec is one row of the table of options, which is all that the library knows about them.
type optionSpec struct {
	name     string
	number   int
	kind     optionKind
	rights   rights
	unit     string
	accepts  string // what libzmq does, for the errors
	standard string // libzmq's default
	ours     any    // what the library sets unless told otherwise, where that is another value
	types    []Type // that have it; nil: all
	since    string
	needs    string               // what libzmq was built with
	adds     bool                 // each value adds to those before
	valid    func(value any) bool // what this library asks for beyond libzmq
	reserved string               // why programs can't have it
	about    string
}

// rights say what may be done with an option and when, and whether that holds at once or for later binds and connects only.
type rights int

const (
	readable rights = 1 << iota
	writable
	live
	early // libzmq takes it when there are connections, too, and the process may end
	both  = readable | writable
)

// Types that share options.
var (
	routers     = []Type{Router}
	publishers  = []Type{Pub, XPub}
	pubSub      = []Type{Pub, Sub, XPub, XSub}
	withXPub    = []Type{XPub}
	withReq     = []Type{Req}
	withStream  = []Type{Stream}
	probing     = []Type{Req, Dealer, Router}
	naming      = []Type{Router, Stream}
	shakesHands = []Type{Pair, Pub, Sub, Req, Rep, Dealer, Router, Pull, Push, XPub, XSub}
)

const (
	noTimeout = "0 or more, or -1 for none"
	asTheOS   = "-1 leaves it to the system"
	// libzmq's timer goes on while a connection that has ended waits for its last messages to be read, and then fails an assertion
	// (stream_engine_base.cpp, out_event).
	noHeartbeats = "libzmq ends the process when a peer goes whose messages nobody reads, and cuts off peers that wait for a reader; use WithKeepalive"
	gssapi       = "Kerberos is not supported; use CURVE"
	deprecated   = "Deprecated by libzmq: "
	onLinux      = " (Linux)"
)

// optionTable lists the options of libzmq's stable API by their names without ZMQ_, in lower case (zmq_setsockopt, zmq_getsockopt).
var optionTable = []*optionSpec{
	{name: "affinity", number: libzmq.OptAffinity, kind: kindUint64, rights: both, unit: "bit mask", standard: "0, any thread", since: "2.0",
		about: "Which I/O threads of the system serve the connections: bit n is thread n."},
	{name: "backlog", number: libzmq.OptBacklog, kind: kindInt, rights: both, unit: "connections", standard: "100", since: "2.1",
		about: "How many connections wait to be accepted before the operating system refuses more."},
	{name: "bindtodevice", number: libzmq.OptBindToDevice, kind: kindString, rights: both, standard: "none", since: "4.3",
		about: "The network device that packets have to come by" + onLinux + ". The process needs the right to do so."},
	{name: "conflate", number: libzmq.OptConflate, kind: kindBool, types: []Type{Pub, Sub, Dealer, Pull, Push}, since: "4.0",
		reserved: "libzmq ends the process when only the first part of a message of several frames is left (fq.cpp); use WithNewest",
		about:    "Keep only the newest message in each queue."},
	{name: "connect_routing_id", number: libzmq.OptConnectRoutingID, kind: kindBytes, rights: writable, accepts: idText, valid: isID, standard: "none",
		types: naming, since: "4.1", about: "What to call the peer of the next connect, which keeps it through restarts."},
	{name: "connect_timeout", number: libzmq.OptConnectTimeout, kind: kindDuration, rights: both, accepts: "0 or more, 0 for the system's",
		standard: "0", ours: 5 * time.Second, since: "4.2", about: "How long a connect may take at tcp before it is tried anew."},
	{name: "curve_publickey", number: libzmq.OptCurvePublicKey, kind: kindKey, rights: both, accepts: keyText, standard: "none", needs: "curve",
		types: shakesHands, since: "4.0", about: "Our own public key. WithCurveServer and WithCurveClient set all that is needed."},
	{name: "curve_secretkey", number: libzmq.OptCurveSecretKey, kind: kindKey, rights: writable, accepts: keyText, standard: "none", needs: "curve",
		types: shakesHands, since: "4.0", about: "Our own secret key. It can't be read, and is never shown."},
	{name: "curve_server", number: libzmq.OptCurveServer, kind: kindBool, rights: both, standard: "false", needs: "curve", types: shakesHands,
		since: "4.0", about: "Be the server of CURVE, see WithCurveServer."},
	{name: "curve_serverkey", number: libzmq.OptCurveServerKey, kind: kindKey, rights: both, accepts: keyText, standard: "none", needs: "curve",
		types: shakesHands, since: "4.0", about: "The public key of the server to connect to, see WithCurveClient."},
	{name: "events", number: libzmq.OptEvents, kind: kindInt, since: "2.1", reserved: "the socket's actor reads it",
		about: "Whether libzmq has or takes messages."},
	{name: "fd", number: libzmq.OptFD, kind: kindInt, since: "2.1", reserved: "the reactor watches it", about: "The descriptor that signals events."},
	{name: "gssapi_plaintext", number: libzmq.OptGSSAPIPlaintext, kind: kindBool, since: "4.1", reserved: gssapi, about: "GSSAPI without encryption."},
	{name: "gssapi_principal", number: libzmq.OptGSSAPIPrincipal, kind: kindString, since: "4.1", reserved: gssapi, about: "Our own principal."},
	{name: "gssapi_principal_nametype", number: libzmq.OptGSSAPIPrincipalNametype, kind: kindInt, since: "4.3", reserved: gssapi,
		about: "What kind of name it is."},
	{name: "gssapi_server", number: libzmq.OptGSSAPIServer, kind: kindBool, since: "4.1", reserved: gssapi, about: "Be the server of GSSAPI."},
	{name: "gssapi_service_principal", number: libzmq.OptGSSAPIServicePrincipal, kind: kindString, since: "4.1", reserved: gssapi,
		about: "The server's principal."},
	{name: "gssapi_service_principal_nametype", number: libzmq.OptGSSAPIServicePrincipalNametype, kind: kindInt, since: "4.3", reserved: gssapi,
		about: "What kind of name it is."},
	{name: "handshake_ivl", number: libzmq.OptHandshakeIvl, kind: kindDuration, rights: both, accepts: "0 or more, 0 for ever", standard: "30s",
		ours: 5 * time.Second, types: shakesHands, since: "4.1", about: "How long a peer may take to end its handshake. See WithHandshakeTimeout."},
	{name: "heartbeat_ivl", number: libzmq.OptHeartbeatIvl, kind: kindDuration, types: shakesHands, since: "4.2", reserved: noHeartbeats,
		about: "How often to ask a silent peer whether it is there."},
	{name: "heartbeat_timeout", number: libzmq.OptHeartbeatTimeout, kind: kindDuration, types: shakesHands, since: "4.2", reserved: noHeartbeats,
		about: "How long a peer may stay silent after that before the connection ends."},
	{name: "heartbeat_ttl", number: libzmq.OptHeartbeatTTL, kind: kindDuration, types: shakesHands, since: "4.2", reserved: noHeartbeats,
		about: "How long the peer shall wait for our next sign of life before it ends the connection."},
	{name: "immediate", number: libzmq.OptImmediate, kind: kindBool, rights: both, standard: "false", since: "4.0",
		about: "Queue messages for peers that are there only; else a connect that is not answered yet takes its share. See WithImmediate."},
	{name: "invert_matching", number: libzmq.OptInvertMatching, kind: kindBool, rights: both, standard: "false", types: pubSub, since: "4.2",
		about: "Pass what does not match the subscriptions. To be set on both sides."},
	{name: "ipc_filter_gid", number: libzmq.OptIPCFilterGID, kind: kindInt, rights: writable, unit: "group id", accepts: "ids", standard: "anybody",
		adds: true, since: "4.1", about: deprecated + "the groups whose processes may connect by ipc."},
	{name: "ipc_filter_pid", number: libzmq.OptIPCFilterPID, kind: kindInt, rights: writable, unit: "process id", accepts: "ids", standard: "anybody",
		adds: true, since: "4.1", about: deprecated + "the processes that may connect by ipc" + onLinux + "."},
	{name: "ipc_filter_uid", number: libzmq.OptIPCFilterUID, kind: kindInt, rights: writable, unit: "user id", accepts: "ids", standard: "anybody",
		adds: true, since: "4.1", about: deprecated + "the users whose processes may connect by ipc."},
	{name: "ipv4only", number: libzmq.OptIPv4Only, kind: kindBool, rights: both, standard: "true", since: "3.0",
		about: deprecated + "the opposite of ipv6."},
	{name: "ipv6", number: libzmq.OptIPv6, kind: kindBool, rights: both, standard: "false", since: "4.0",
		about: "Use IPv6 as well as IPv4. An endpoint with an IPv6 address turns it on."},
	{name: "last_endpoint", number: libzmq.OptLastEndpoint, kind: kindString, rights: readable, standard: "none", since: "3.2",
		about: "What was bound or connected last; Endpoints tells of all."},
	{name: "linger", number: libzmq.OptLinger, kind: kindDuration, rights: both | live, accepts: noTimeout, standard: "-1, for ever", ours: 100 * time.Millisecond,
		since: "2.1", about: "How long messages that were not sent are kept when the socket closes; -1 is for ever. See WithLinger."},
	{name: "maxmsgsize", number: libzmq.OptMaxMsgSize, kind: kindInt64, rights: both, unit: "bytes", accepts: "0 or more, or -1 for any", valid: isSize, standard: "-1, any",
		ours: int64(64 << 20), since: "3.0", about: "How long a frame may be. A peer that sends a longer one is disconnected; our own are refused. To a Pub, whose peers send subscriptions, they may send 64 KiB at most. See WithMaxMessageSize."},
	{name: "mechanism", number: libzmq.OptMechanism, kind: kindInt, rights: readable, standard: "0", since: "4.0",
		about: "0 for none, 1 for PLAIN, 2 for CURVE."},
	{name: "multicast_hops", number: libzmq.OptMulticastHops, kind: kindInt, rights: both, unit: "hops", accepts: "1 or more", standard: "1", since: "3.0",
		about: "How far multicast packets go."},
	{name: "multicast_maxtpdu", number: libzmq.OptMulticastMaxTPDU, kind: kindInt, rights: both, unit: "bytes", accepts: "1 or more", standard: "1500",
		since: "4.2", about: "How long multicast packets are."},
	{name: "plain_password", number: libzmq.OptPlainPassword, kind: kindString, rights: writable, accepts: "1 to 255 bytes", valid: isShort, standard: "none", types: shakesHands,
		since: "4.0", about: "The password to tell the server of PLAIN, see WithPlainClient. It can't be read, and is never shown."},
	{name: "plain_server", number: libzmq.OptPlainServer, kind: kindBool, rights: both, standard: "false", types: shakesHands, since: "4.0",
		about: "Be the server of PLAIN, see WithPlainServer."},
	{name: "plain_username", number: libzmq.OptPlainUsername, kind: kindString, rights: both, accepts: "1 to 255 bytes", valid: isShort, standard: "none", types: shakesHands,
		since: "4.0", about: "The user name to tell the server of PLAIN, see WithPlainClient."},
	{name: "probe_router", number: libzmq.OptProbeRouter, kind: kindBool, rights: writable | live, standard: "false", types: probing, since: "4.0",
		about: "Send an empty message over each new connection, so that a Router at its other end learns of it."},
	{name: "rate", number: libzmq.OptRate, kind: kindInt, rights: both, unit: "kbit/s", accepts: "1 or more", standard: "100", since: "2.0",
		about: "How fast multicast may go."},
	{name: "rcvbuf", number: libzmq.OptRcvBuf, kind: kindInt, rights: both, unit: "bytes", accepts: "0 or more; " + asTheOS, standard: "-1", since: "2.0",
		about: "The operating system's receive buffer for a connection."},
	{name: "rcvhwm", number: libzmq.OptRcvHWM, kind: kindInt, rights: both | early, unit: "messages", accepts: "0 or more, 0 for any number", standard: "1000",
		since: "3.0", about: "How many messages libzmq queues from a peer. See WithRecvHWM."},
	{name: "rcvmore", number: libzmq.OptRcvMore, kind: kindBool, since: "2.0", reserved: "messages are whole", about: "Whether another frame follows."},
	{name: "rcvtimeo", number: libzmq.OptRcvTimeo, kind: kindDuration, since: "2.2", reserved: "calls take a context",
		about: "How long a receive waits."},
	{name: "reconnect_ivl", number: libzmq.OptReconnectIvl, kind: kindDuration, rights: both, accepts: "0 or more, or -1 for never", standard: "100ms", since: "2.1",
		about: "How long to wait before a lost connection is tried anew, and as much again at random. See WithReconnect."},
	{name: "reconnect_ivl_max", number: libzmq.OptReconnectIvlMax, kind: kindDuration, rights: both, accepts: "0 or more, 0 for no longer than reconnect_ivl",
		standard: "0", ours: 10 * time.Second, since: "2.1", about: "How long that wait becomes, doubling with each try."},
	{name: "recovery_ivl", number: libzmq.OptRecoveryIvl, kind: kindDuration, rights: both, accepts: "0 or more", standard: "10s", since: "2.0",
		about: "For how long multicast packets can be asked for again."},
	{name: "req_correlate", number: libzmq.OptReqCorrelate, kind: kindBool, rights: writable | live, standard: "false", ours: true, types: withReq, since: "4.0",
		about: "Number the requests, and drop replies to others than the last."},
	{name: "req_relaxed", number: libzmq.OptReqRelaxed, kind: kindBool, rights: writable | live, standard: "false", ours: true, types: withReq, since: "4.0",
		about: "Allow the next request before the reply to the last."},
	{name: "router_handover", number: libzmq.OptRouterHandover, kind: kindBool, rights: writable | live, standard: "false", types: routers, since: "4.1",
		about: "Give the id of a peer to a new one that has the same, and end the old connection; else the new one is kept out."},
	{name: "router_mandatory", number: libzmq.OptRouterMandatory, kind: kindBool, rights: writable | live, standard: "false", ours: true, types: routers,
		since: "3.2", about: "Refuse a message for an unknown peer with ErrNoPeer; without it libzmq drops them in silence."},
	{name: "router_raw", number: libzmq.OptRouterRaw, kind: kindBool, since: "4.0", reserved: "use a Stream", about: deprecated + "raw tcp."},
	{name: "routing_id", number: libzmq.OptRoutingID, kind: kindBytes, rights: both, accepts: idText, valid: isID, standard: "none", since: "2.0",
		about: "What a Router calls this socket. See WithIdentity."},
	{name: "sndbuf", number: libzmq.OptSndBuf, kind: kindInt, rights: both, unit: "bytes", accepts: "0 or more; " + asTheOS, standard: "-1", since: "2.0",
		about: "The operating system's send buffer for a connection."},
	{name: "sndhwm", number: libzmq.OptSndHWM, kind: kindInt, rights: both | early, unit: "messages", accepts: "0 or more, 0 for any number", standard: "1000",
		since: "3.0", about: "How many messages libzmq queues for a peer. See WithSendHWM."},
	{name: "sndtimeo", number: libzmq.OptSndTimeo, kind: kindDuration, since: "2.2", reserved: "calls take a context", about: "How long a send waits."},
	{name: "socks_proxy", number: libzmq.OptSocksProxy, kind: kindString, since: "4.1",
		reserved: "libzmq ends the process when the proxy refuses, or closes the connection (epoll.cpp); connect to a tunnel instead",
		about:    "The SOCKS5 proxy, host:port, to connect by; empty for none."},
	{name: "stream_notify", number: libzmq.OptStreamNotify, kind: kindBool, rights: writable, standard: "true", types: withStream, since: "4.2",
		about: "Tell of connections that begin and end, by an empty message. See StreamTracker."},
	{name: "subscribe", number: libzmq.OptSubscribe, kind: kindBytes, types: []Type{Sub}, since: "2.0", reserved: "use Subscribe", about: "Subscribe to a topic."},
	{name: "tcp_accept_filter", number: libzmq.OptTCPAcceptFilter, kind: kindString, rights: writable, accepts: "addresses like 192.168.0.0/16, or fewer bits",
		standard: "anybody", adds: true, since: "3.2", about: deprecated + "the addresses that may connect. Rules with Allow can do more."},
	{name: "tcp_keepalive", number: libzmq.OptTCPKeepalive, kind: kindInt, rights: both, accepts: "0 for off, 1 for on; " + asTheOS, standard: "-1", ours: 1, since: "3.2",
		about: "Have the operating system ask, at tcp, whether the machine of a silent peer is there. See WithKeepalive."},
	{name: "tcp_keepalive_cnt", number: libzmq.OptTCPKeepaliveCnt, kind: kindInt, rights: both, accepts: "0 or more; " + asTheOS, standard: "-1", ours: 3,
		since: "3.2", about: "How many of these questions may go unanswered."},
	{name: "tcp_keepalive_idle", number: libzmq.OptTCPKeepaliveIdle, kind: kindInt, rights: both, unit: "seconds", accepts: "0 or more; " + asTheOS, standard: "-1",
		ours: 5, since: "3.2", about: "How long a connection is silent before the first."},
	{name: "tcp_keepalive_intvl", number: libzmq.OptTCPKeepaliveIntvl, kind: kindInt, rights: both, unit: "seconds", accepts: "0 or more; " + asTheOS, standard: "-1",
		ours: 2, since: "3.2", about: "How long from one to the next."},
	{name: "tcp_maxrt", number: libzmq.OptTCPMaxRT, kind: kindDuration, rights: both, accepts: "0 or more, 0 for the system's", standard: "0", since: "4.2",
		about: "How long sent data may stay unacknowledged at tcp, or unsent to a peer that does not read, before the connection ends."},
	{name: "thread_safe", number: libzmq.OptThreadSafe, kind: kindBool, rights: readable, standard: "false", since: "4.2",
		about: "Whether libzmq guards the socket; it guards none of these types."},
	{name: "tos", number: libzmq.OptTOS, kind: kindInt, rights: both, accepts: "0 or more", standard: "0", since: "4.1", about: "The type of service in the header of IP packets."},
	{name: "type", number: libzmq.OptType, kind: kindInt, rights: readable, standard: "as opened", since: "2.1", about: "The Type."},
	{name: "unsubscribe", number: libzmq.OptUnsubscribe, kind: kindBytes, types: []Type{Sub}, since: "2.0", reserved: "use Unsubscribe",
		about: "Take a subscription back."},
	{name: "use_fd", number: libzmq.OptUseFD, kind: kindInt, since: "4.2", reserved: "a restart could not have the descriptor again", about: "Bind with a descriptor that listens."},
	{name: "vmci_buffer_max_size", number: libzmq.OptVMCIBufferMaxSize, kind: kindUint64, rights: both, unit: "bytes", standard: "262144", needs: "vmci", since: "4.2",
		about: "The largest buffer of a VMCI socket."},
	{name: "vmci_buffer_min_size", number: libzmq.OptVMCIBufferMinSize, kind: kindUint64, rights: both, unit: "bytes", standard: "128", needs: "vmci", since: "4.2",
		about: "The least buffer of a VMCI socket."},
	{name: "vmci_buffer_size", number: libzmq.OptVMCIBufferSize, kind: kindUint64, rights: both, unit: "bytes", standard: "65546", needs: "vmci", since: "4.2",
		about: "The buffer of a VMCI socket."},
	{name: "vmci_connect_timeout", number: libzmq.OptVMCIConnectTimeout, kind: kindDuration, rights: both, standard: "-1", needs: "vmci", since: "4.2",
		about: "How long a connect may take by VMCI."},
	{name: "xpub_manual", number: libzmq.OptXPubManual, kind: kindBool, types: withXPub, since: "4.2",
		reserved: "the socket receives ahead, so a subscription could be given to another peer than the one that asked",
		about:    "Leave it to the program which peer gets which subscription."},
	{name: "xpub_nodrop", number: libzmq.OptXPubNoDrop, kind: kindBool, rights: writable | live, standard: "false", types: publishers, since: "4.1",
		about: "Wait for a subscriber above its high-water mark instead of dropping what is for it."},
	{name: "xpub_verbose", number: libzmq.OptXPubVerbose, kind: kindBool, rights: writable | live, standard: "false", types: withXPub, since: "3.2",
		about: "Receive every subscription, not only the first to a topic."},
	{name: "xpub_verboser", number: libzmq.OptXPubVerboser, kind: kindBool, rights: writable | live, standard: "false", types: withXPub, since: "4.2",
		about: "Receive every subscription and every unsubscription."},
	{name: "xpub_welcome_msg", number: libzmq.OptXPubWelcomeMsg, kind: kindBytes, rights: writable | live, standard: "none", types: publishers, since: "4.2",
		about: "What a new subscriber of it receives first; empty for nothing."},
	{name: "zap_domain", number: libzmq.OptZapDomain, kind: kindString, rights: both, accepts: "1 to 255 printable ASCII characters", standard: "none", types: shakesHands,
		since: "4.0", about: "Whose Rules say who may connect. See WithDomain."},
	{name: zapEnforce, number: libzmq.OptZapEnforceDomain, kind: kindBool, rights: both, accepts: "true", standard: "false", ours: true, since: "4.3",
		about: "Let nobody in while nobody judges. It can't be turned off."},
}

const (
	keyText = "40 characters of Z85, or 32 bytes"
	idText  = "1 to 255 bytes that do not begin with zero"
)

func isID(value any) bool {
	id, _ := value.([]byte)
	return validID(id)
}

func isShort(value any) bool {
	text, _ := value.(string)
	return text != "" && len(text) <= 255
}

func isSize(value any) bool {
	bytes, _ := value.(int64)
	return bytes >= -1
}
