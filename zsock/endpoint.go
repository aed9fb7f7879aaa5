package zsock

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Transport is the part of an endpoint before "://".
type Transport string

// The transports that ParseEndpoint knows. DefaultPolicy allows tcp, ipc and inproc. udp
// carries socket types of libzmq's draft API only; pgm, epgm, tipc and vmci need a libzmq
// that was built with them. A bind or connect that cannot work says so.
const (
	TransportTCP    Transport = "tcp"
	TransportIPC    Transport = "ipc"
	TransportInproc Transport = "inproc"
	TransportUDP    Transport = "udp"
	TransportPGM    Transport = "pgm"
	TransportEPGM   Transport = "epgm"
	TransportTIPC   Transport = "tipc"
	TransportVMCI   Transport = "vmci"
)

// wildcard stands for every address as a host, and for one that the operating
// system chooses as a port or an ipc path.
const wildcard = "*"

// Endpoint is an endpoint that was parsed strictly: the policy judges this value,
// and libzmq gets its String and never the text it was parsed from. So
// both see the same address. libzmq's own parser is no guard: it binds port
// 34463 when asked for 99999. Endpoints are comparable with ==. The zero value is
// no endpoint; only ParseEndpoint makes others.
type Endpoint struct {
	transport Transport
	target    tcpAddress // of tcp, udp, pgm and epgm
	source    tcpAddress // of tcp; of the others the interface, without a port
	path      string     // of the other transports
}

// tcpAddress is one host and port. Either addr is valid or name is set, unless the
// whole is zero. Port 0 is the port that the system chooses.
type tcpAddress struct {
	addr netip.Addr
	name string
	port uint16
}

// ParseEndpoint reads an endpoint. It accepts:
//
//	tcp://HOST:PORT            HOST is an IPv4 address as four decimal numbers, an IPv6
//	                           address in brackets, with a zone if need be, a host
//	                           name (RFC 1123; to connect), the name of a network interface
//	                           (to bind), or *. PORT is 0..65535, or *, which is the same as 0.
//	tcp://HOST:PORT;HOST:PORT  connect from the first address to the second
//	ipc://PATH                 a path of at most 107 bytes
//	ipc://@NAME                a name in Linux's abstract namespace
//	ipc://*                    a path that libzmq chooses
//	inproc://NAME              1 to 256 bytes without NUL
//	udp://INTERFACE;HOST:PORT  INTERFACE is the name or the address of one, and may be left
//	                           out with its semicolon; PORT is 1..65535
//	pgm://INTERFACE;HOST:PORT  HOST is an IPv4 multicast address; the same for epgm
//	tipc://{TYPE,LOWER,UPPER}  a service to bind; numbers of 32 bits
//	tipc://{TYPE,INSTANCE}     a service to connect to; @ZONE.CLUSTER.NODE may follow
//	tipc://<Z.C.N:REFERENCE>   a port, or <*> for one that the system chooses
//	vmci://CID:PORT            numbers of 32 bits or *; CID may be @, the own machine
//
// See zmq_tcp, zmq_ipc, zmq_inproc and so on. Shorter, octal and hexadecimal forms of IPv4
// are refused, also those that hide in host names. An IPv6 address that stands for
// an IPv4 one, [::ffff:127.0.0.1], becomes that one, and an ipc path is cleaned as
// path/filepath.Clean does. A path has at most 107 bytes on Linux, and fewer on some
// other systems. The error is ErrEndpoint and names the wrong part and
// what would be accepted.
func ParseEndpoint(text string) (Endpoint, error) {
	endpoint, err := parseEndpoint(text)
	if err != nil {
		const enough = 200
		shown := text
		if len(shown) > enough {
			shown = shown[:enough] + "..."
		}
		return Endpoint{}, fmt.Errorf("%w %q: %w", ErrEndpoint, shown, err)
	}
	return endpoint, nil
}

// String renders the endpoint as libzmq gets it. Parsing it again gives an equal
// Endpoint. It is empty for the zero value.
func (e Endpoint) String() string {
	source := ""
	switch {
	case e.transport == "":
		return ""
	case !e.hasHost():
		return string(e.transport) + "://" + e.path
	case e.source == tcpAddress{}:
	case e.transport == TransportTCP:
		source = e.source.String() + ";"
	default:
		source = e.source.host() + ";"
	}
	return string(e.transport) + "://" + source + e.target.String()
}

// hasHost reports whether the transport's addresses are hosts with ports.
func (e Endpoint) hasHost() bool {
	switch e.transport {
	case TransportTCP, TransportUDP, TransportPGM, TransportEPGM:
		return true
	default:
		return false
	}
}

// Transport gives the part before "://", empty for the zero value.
func (e Endpoint) Transport() Transport {
	return e.transport
}

// Host gives the host of a tcp, udp, pgm or epgm endpoint: an address without brackets,
// a name, or "*". It is empty for other transports.
func (e Endpoint) Host() string {
	return e.target.host()
}

// Addr gives the IP address of a tcp, udp, pgm or epgm endpoint, if its host is one.
func (e Endpoint) Addr() (addr netip.Addr, ok bool) {
	return e.target.addr, e.target.addr.IsValid()
}

// Port gives the port of a tcp, udp, pgm or epgm endpoint; 0 is one that the system
// chooses, or none.
func (e Endpoint) Port() uint16 {
	return e.target.port
}

// Source gives the address that a tcp connection shall come from, as an endpoint
// of its own, if one was named.
func (e Endpoint) Source() (source Endpoint, ok bool) {
	if e.transport != TransportTCP || e.source == (tcpAddress{}) {
		return Endpoint{}, false
	}
	return Endpoint{transport: TransportTCP, target: e.source}, true
}

// Interface gives the name or address of the network interface that a udp, pgm or epgm
// endpoint names; it is empty where there is none.
func (e Endpoint) Interface() string {
	if e.transport == TransportTCP {
		return ""
	}
	return e.source.host()
}

// Path gives what follows "://" for the transports without hosts: the path or @name
// of ipc, the name of inproc, the address of tipc and vmci.
func (e Endpoint) Path() string {
	return e.path
}

// IsAbstract reports whether the endpoint is in Linux's abstract namespace of ipc
// names, which has no file and no permissions.
func (e Endpoint) IsAbstract() bool {
	return e.transport == TransportIPC && e.path[0] == '@'
}

// IsLoopback reports whether the host is a loopback address or the name localhost. It does not look up names of interfaces.
func (e Endpoint) IsLoopback() bool {
	return e.target.addr.IsLoopback() || e.target.isLocalhost()
}

// IsWildcard reports whether the host means every address of the machine:
// *, 0.0.0.0 or [::].
func (e Endpoint) IsWildcard() bool {
	return e.target.name == wildcard || e.target.addr.IsUnspecified()
}

// IsEphemeral reports whether a bind lets the system choose: the port of tcp or
// the path of ipc. The socket's Endpoints tell the choice.
func (e Endpoint) IsEphemeral() bool {
	return e.transport == TransportTCP && e.target.port == 0 || e.transport == TransportIPC && e.path == wildcard
}

func (a tcpAddress) String() string {
	host, port := a.host(), wildcard
	if a.addr.Is6() {
		host = "[" + host + "]"
	}
	if a.port != 0 {
		port = strconv.Itoa(int(a.port))
	}
	return host + ":" + port
}

func (a tcpAddress) host() string {
	if a.addr.IsValid() {
		return a.addr.String()
	}
	return a.name
}

func (a tcpAddress) isLocalhost() bool {
	return strings.EqualFold(strings.TrimSuffix(a.name, "."), "localhost")
}

func (a tcpAddress) numericLocalhost() tcpAddress {
	if a.isLocalhost() {
		return tcpAddress{addr: netip.AddrFrom4([4]byte{127, 0, 0, 1}), port: a.port}
	}
	return a
}
