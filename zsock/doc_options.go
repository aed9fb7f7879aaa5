// Code generated from the table of options; DO NOT EDIT. go generate ./zsock writes it anew.

// Package zsock knows every option of libzmq's stable API.
//
// # Options
//
// Names are libzmq's without ZMQ_, in lower case. [WithOption] sets one before there is an endpoint, [Socket.SetOption] at any
// time, and [Socket.Option] reads one; what was set holds through restarts. Those that are marked as live hold at once, the others for
// later binds and connects; those that are marked as early, and those about security, can be set before the first of them only. [Options]
// and [DescribeOption] tell all this to programs.
//
// A name that there is not is [ErrUnknownOption]; reading what can only be written, writing what can only be read, and asking for
// what is the library's own is [ErrOptionDirection]; a value of another Go type is [ErrOptionType]; one that libzmq does not
// accept is [ErrOptionValue], with what it does accept; an option that sockets of the type do not have is [ErrType]; setting an early
// one late is [ErrOptionLate].
//
//   - affinity: uint64, bit mask; get and set; default 0, any thread; since 2.0. Which I/O threads of the system serve the connections: bit n is thread n.
//   - backlog: int, connections; get and set; default 100; since 2.1. How many connections wait to be accepted before the operating system refuses more.
//   - bindtodevice: string; get and set; default none; since 4.3. The network device that packets have to come by (Linux). The process needs the right to do so.
//   - conflate: bool; reserved: libzmq ends the process when only the first part of a message of several frames is left (fq.cpp); use WithNewest; of PUB SUB DEALER PULL PUSH; since 4.0. Keep only the newest message in each queue.
//   - connect_routing_id: []byte; set; 1 to 255 bytes that do not begin with zero; default none; of ROUTER STREAM; since 4.1. What to call the peer of the next connect, which keeps it through restarts.
//   - connect_timeout: time.Duration; get and set; 0 or more, 0 for the system's; default 0, here 5s; since 4.2. How long a connect may take at tcp before it is tried anew.
//   - curve_publickey: Z85 string; get and set; 40 characters of Z85, or 32 bytes; default none; of all but STREAM; if libzmq has curve; since 4.0. Our own public key. WithCurveServer and WithCurveClient set all that is needed.
//   - curve_secretkey: Z85 string; set; 40 characters of Z85, or 32 bytes; default none; of all but STREAM; if libzmq has curve; since 4.0. Our own secret key. It can't be read, and is never shown.
//   - curve_server: bool; get and set; default false; of all but STREAM; if libzmq has curve; since 4.0. Be the server of CURVE, see WithCurveServer.
//   - curve_serverkey: Z85 string; get and set; 40 characters of Z85, or 32 bytes; default none; of all but STREAM; if libzmq has curve; since 4.0. The public key of the server to connect to, see WithCurveClient.
//   - events: int; reserved: the socket's actor reads it; since 2.1. Whether libzmq has or takes messages.
//   - fd: int; reserved: the reactor watches it; since 2.1. The descriptor that signals events.
//   - gssapi_plaintext: bool; reserved: Kerberos is not supported; use CURVE; since 4.1. GSSAPI without encryption.
//   - gssapi_principal: string; reserved: Kerberos is not supported; use CURVE; since 4.1. Our own principal.
//   - gssapi_principal_nametype: int; reserved: Kerberos is not supported; use CURVE; since 4.3. What kind of name it is.
//   - gssapi_server: bool; reserved: Kerberos is not supported; use CURVE; since 4.1. Be the server of GSSAPI.
//   - gssapi_service_principal: string; reserved: Kerberos is not supported; use CURVE; since 4.1. The server's principal.
//   - gssapi_service_principal_nametype: int; reserved: Kerberos is not supported; use CURVE; since 4.3. What kind of name it is.
//   - handshake_ivl: time.Duration; get and set; 0 or more, 0 for ever; default 30s, here 5s; of all but STREAM; since 4.1. How long a peer may take to end its handshake. See WithHandshakeTimeout.
//   - heartbeat_ivl: time.Duration; reserved: libzmq ends the process when a peer goes whose messages nobody reads, and cuts off peers that wait for a reader; use WithKeepalive; of all but STREAM; since 4.2. How often to ask a silent peer whether it is there.
//   - heartbeat_timeout: time.Duration; reserved: libzmq ends the process when a peer goes whose messages nobody reads, and cuts off peers that wait for a reader; use WithKeepalive; of all but STREAM; since 4.2. How long a peer may stay silent after that before the connection ends.
//   - heartbeat_ttl: time.Duration; reserved: libzmq ends the process when a peer goes whose messages nobody reads, and cuts off peers that wait for a reader; use WithKeepalive; of all but STREAM; since 4.2. How long the peer shall wait for our next sign of life before it ends the connection.
//   - immediate: bool; get and set; default false; since 4.0. Queue messages for peers that are there only; else a connect that is not answered yet takes its share. See WithImmediate.
//   - invert_matching: bool; get and set; default false; of PUB SUB XPUB XSUB; since 4.2. Pass what does not match the subscriptions. To be set on both sides.
//   - ipc_filter_gid: int, group id; set; ids; default anybody; since 4.1. Deprecated by libzmq: the groups whose processes may connect by ipc.
//   - ipc_filter_pid: int, process id; set; ids; default anybody; since 4.1. Deprecated by libzmq: the processes that may connect by ipc (Linux).
//   - ipc_filter_uid: int, user id; set; ids; default anybody; since 4.1. Deprecated by libzmq: the users whose processes may connect by ipc.
//   - ipv4only: bool; get and set; default true; since 3.0. Deprecated by libzmq: the opposite of ipv6.
//   - ipv6: bool; get and set; default false; since 4.0. Use IPv6 as well as IPv4. An endpoint with an IPv6 address turns it on.
//   - last_endpoint: string; get; default none; since 3.2. What was bound or connected last; Endpoints tells of all.
//   - linger: time.Duration; get and set, live; 0 or more, or -1 for none; default -1, for ever, here 100ms; since 2.1. How long messages that were not sent are kept when the socket closes; -1 is for ever. See WithLinger.
//   - maxmsgsize: int64, bytes; get and set; 0 or more, or -1 for any; default -1, any, here 67108864; since 3.0. How long a frame may be. A peer that sends a longer one is disconnected; our own are refused. To a Pub, whose peers send subscriptions, they may send 64 KiB at most. See WithMaxMessageSize.
//   - mechanism: int; get; default 0; since 4.0. 0 for none, 1 for PLAIN, 2 for CURVE.
//   - multicast_hops: int, hops; get and set; 1 or more; default 1; since 3.0. How far multicast packets go.
//   - multicast_maxtpdu: int, bytes; get and set; 1 or more; default 1500; since 4.2. How long multicast packets are.
//   - plain_password: string; set; 1 to 255 bytes; default none; of all but STREAM; since 4.0. The password to tell the server of PLAIN, see WithPlainClient. It can't be read, and is never shown.
//   - plain_server: bool; get and set; default false; of all but STREAM; since 4.0. Be the server of PLAIN, see WithPlainServer.
//   - plain_username: string; get and set; 1 to 255 bytes; default none; of all but STREAM; since 4.0. The user name to tell the server of PLAIN, see WithPlainClient.
//   - probe_router: bool; set, live; default false; of REQ DEALER ROUTER; since 4.0. Send an empty message over each new connection, so that a Router at its other end learns of it.
//   - rate: int, kbit/s; get and set; 1 or more; default 100; since 2.0. How fast multicast may go.
//   - rcvbuf: int, bytes; get and set; 0 or more; -1 leaves it to the system; default -1; since 2.0. The operating system's receive buffer for a connection.
//   - rcvhwm: int, messages; get and set, early; 0 or more, 0 for any number; default 1000; since 3.0. How many messages libzmq queues from a peer. See WithRecvHWM.
//   - rcvmore: bool; reserved: messages are whole; since 2.0. Whether another frame follows.
//   - rcvtimeo: time.Duration; reserved: calls take a context; since 2.2. How long a receive waits.
//   - reconnect_ivl: time.Duration; get and set; 0 or more, or -1 for never; default 100ms; since 2.1. How long to wait before a lost connection is tried anew, and as much again at random. See WithReconnect.
//   - reconnect_ivl_max: time.Duration; get and set; 0 or more, 0 for no longer than reconnect_ivl; default 0, here 10s; since 2.1. How long that wait becomes, doubling with each try.
//   - recovery_ivl: time.Duration; get and set; 0 or more; default 10s; since 2.0. For how long multicast packets can be asked for again.
//   - req_correlate: bool; set, live; default false, here true; of REQ; since 4.0. Number the requests, and drop replies to others than the last.
//   - req_relaxed: bool; set, live; default false, here true; of REQ; since 4.0. Allow the next request before the reply to the last.
//   - router_handover: bool; set, live; default false; of ROUTER; since 4.1. Give the id of a peer to a new one that has the same, and end the old connection; else the new one is kept out.
//   - router_mandatory: bool; set, live; default false, here true; of ROUTER; since 3.2. Refuse a message for an unknown peer with ErrNoPeer; without it libzmq drops them in silence.
//   - router_raw: bool; reserved: use a Stream; since 4.0. Deprecated by libzmq: raw tcp.
//   - routing_id: []byte; get and set; 1 to 255 bytes that do not begin with zero; default none; since 2.0. What a Router calls this socket. See WithIdentity.
//   - sndbuf: int, bytes; get and set; 0 or more; -1 leaves it to the system; default -1; since 2.0. The operating system's send buffer for a connection.
//   - sndhwm: int, messages; get and set, early; 0 or more, 0 for any number; default 1000; since 3.0. How many messages libzmq queues for a peer. See WithSendHWM.
//   - sndtimeo: time.Duration; reserved: calls take a context; since 2.2. How long a send waits.
//   - socks_proxy: string; reserved: libzmq ends the process when the proxy refuses, or closes the connection (epoll.cpp); connect to a tunnel instead; since 4.1. The SOCKS5 proxy, host:port, to connect by; empty for none.
//   - stream_notify: bool; set; default true; of STREAM; since 4.2. Tell of connections that begin and end, by an empty message. See StreamTracker.
//   - subscribe: []byte; reserved: use Subscribe; of SUB; since 2.0. Subscribe to a topic.
//   - tcp_accept_filter: string; set; addresses like 192.168.0.0/16, or fewer bits; default anybody; since 3.2. Deprecated by libzmq: the addresses that may connect. Rules with Allow can do more.
//   - tcp_keepalive: int; get and set; 0 for off, 1 for on; -1 leaves it to the system; default -1, here 1; since 3.2. Have the operating system ask, at tcp, whether the machine of a silent peer is there. See WithKeepalive.
//   - tcp_keepalive_cnt: int; get and set; 0 or more; -1 leaves it to the system; default -1, here 3; since 3.2. How many of these questions may go unanswered.
//   - tcp_keepalive_idle: int, seconds; get and set; 0 or more; -1 leaves it to the system; default -1, here 5; since 3.2. How long a connection is silent before the first.
//   - tcp_keepalive_intvl: int, seconds; get and set; 0 or more; -1 leaves it to the system; default -1, here 2; since 3.2. How long from one to the next.
//   - tcp_maxrt: time.Duration; get and set; 0 or more, 0 for the system's; default 0; since 4.2. How long sent data may stay unacknowledged at tcp, or unsent to a peer that does not read, before the connection ends.
//   - thread_safe: bool; get; default false; since 4.2. Whether libzmq guards the socket; it guards none of these types.
//   - tos: int; get and set; 0 or more; default 0; since 4.1. The type of service in the header of IP packets.
//   - type: int; get; default as opened; since 2.1. The Type.
//   - unsubscribe: []byte; reserved: use Unsubscribe; of SUB; since 2.0. Take a subscription back.
//   - use_fd: int; reserved: a restart could not have the descriptor again; since 4.2. Bind with a descriptor that listens.
//   - vmci_buffer_max_size: uint64, bytes; get and set; default 262144; if libzmq has vmci; since 4.2. The largest buffer of a VMCI socket.
//   - vmci_buffer_min_size: uint64, bytes; get and set; default 128; if libzmq has vmci; since 4.2. The least buffer of a VMCI socket.
//   - vmci_buffer_size: uint64, bytes; get and set; default 65546; if libzmq has vmci; since 4.2. The buffer of a VMCI socket.
//   - vmci_connect_timeout: time.Duration; get and set; default -1; if libzmq has vmci; since 4.2. How long a connect may take by VMCI.
//   - xpub_manual: bool; reserved: the socket receives ahead, so a subscription could be given to another peer than the one that asked; of XPUB; since 4.2. Leave it to the program which peer gets which subscription.
//   - xpub_nodrop: bool; set, live; default false; of PUB XPUB; since 4.1. Wait for a subscriber above its high-water mark instead of dropping what is for it.
//   - xpub_verbose: bool; set, live; default false; of XPUB; since 3.2. Receive every subscription, not only the first to a topic.
//   - xpub_verboser: bool; set, live; default false; of XPUB; since 4.2. Receive every subscription and every unsubscription.
//   - xpub_welcome_msg: []byte; set, live; default none; of PUB XPUB; since 4.2. What a new subscriber of it receives first; empty for nothing.
//   - zap_domain: string; get and set; 1 to 255 printable ASCII characters; default none; of all but STREAM; since 4.0. Whose Rules say who may connect. See WithDomain.
//   - zap_enforce_domain: bool; get and set; true; default false, here true; since 4.3. Let nobody in while nobody judges. It can't be turned off.
package zsock
