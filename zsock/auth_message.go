package zsock

// The properties that this package speaks of itself (zmq_msg_gets).
const (
	propertyUser    = "User-Id"
	propertyAddress = "Peer-Address"
)

// WithProperties has each received message carry the named properties, see Message.Property; without names these are
// Socket-Type, Routing-Id and Peer-Address. At most six are possible. Each costs a look-up for each message. Sockets with a
// domain carry User-Id and Peer-Address without asking.
func WithProperties(names ...string) SocketOption {
	if len(names) == 0 {
		names = []string{"Socket-Type", "Routing-Id", propertyAddress}
	}
	return func(c *socketConfig) { c.properties = append(c.properties, names...) }
}

// Property gives what the socket that received m knows of the peer it came from: the value of a property that WithProperties
// asked for. ok is false where there is none, as on every message that came over inproc.
//
// User-Id is what the authenticator said; it is only there on sockets that have a domain. Peer-Address is what the operating
// system said. All others are the peer's own words: Socket-Type, Routing-Id, and whatever else it chose to tell (ZMTP, ZeroMQ
// RFC 23; zmq_msg_gets).
//
// What Message's methods make of a received message keeps its properties. They are not sent.
func (m Message) Property(name string) (value string, ok bool) { return m.from.Get(name) }

// UserID is the user id of the peer that m came from, as the authenticator of the receiving socket gave it: no peer can
// choose its own. It is empty where the socket has no domain, and over inproc.
func (m Message) UserID() string {
	user, _ := m.from.Get(propertyUser)
	return user
}

// PeerAddress is the IP address that m came from, without a port; over ipc on Linux it ends with ":uid:gid:pid" of the peer's process.
// It is empty where the socket has neither a domain nor WithProperties, and over inproc.
func (m Message) PeerAddress() string {
	address, _ := m.from.Get(propertyAddress)
	return address
}

// Rejected is how many connections have failed in their handshake, in either role of the socket: refused by the
// authenticator, with a wrong key, with another mechanism, by a peer that speaks no ZMTP, or that does not end its handshake in time.
// It counts EventHandshakeFailed; libzmq ends some connections in their handshake without that, see ErrHandshakeCut. Restarts do
// not reset it.
func (s *Socket) Rejected() uint64 { return s.peers.rejected.Load() }
