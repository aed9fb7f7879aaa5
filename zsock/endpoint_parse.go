package zsock

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Limits of the parts of an endpoint, in bytes.
const (
	maxIPCPath    = len(syscall.RawSockaddrUnix{}.Path) - 1 // 107 on Linux, where sun_path has 108 bytes with its NUL (unix(7))
	maxInprocName = 256
	maxHostName   = 253 // RFC 1123
	maxHostLabel  = 63
	maxInterface  = 15 // IFNAMSIZ is 16 bytes with its NUL (netdevice(7))
)

// parseFor reads an endpoint for one operation, and refuses what is an endpoint
// but makes no sense there. localhost becomes 127.0.0.1: to bind, libzmq would look for
// an interface with that name, and to connect it would ask a resolver, whose answer
// no policy has judged.
func parseFor(op Op, text string) (Endpoint, error) {
	endpoint, err := ParseEndpoint(text)
	if err != nil {
		return Endpoint{}, err
	}
	refuse := func(reason string) (Endpoint, error) {
		return Endpoint{}, fmt.Errorf("%w %q: %s", ErrEndpoint, endpoint, reason)
	}
	switch op {
	case OpBind, OpUnbind:
		if _, sourced := endpoint.Source(); sourced {
			return refuse("a source address is for connect only")
		}
	case OpConnect, OpDisconnect:
		if endpoint.IsWildcard() {
			return refuse("* is for bind only; name the host to connect to")
		}
		if endpoint.IsEphemeral() {
			return refuse("a port or path chosen by the system is for bind only; name the one to connect to")
		}
		endpoint.source = endpoint.source.numericLocalhost()
	}
	endpoint.target = endpoint.target.numericLocalhost()
	return endpoint, nil
}

func parseEndpoint(text string) (Endpoint, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return Endpoint{}, fmt.Errorf("transport is missing; write for example tcp://127.0.0.1:5555")
	}
	endpoint := Endpoint{transport: Transport(scheme)}
	var err error
	switch endpoint.transport {
	case TransportTCP:
		target := rest
		if source, after, sourced := strings.Cut(rest, ";"); sourced {
			target = after
			if endpoint.source, err = parseTCPAddress(source); err != nil {
				return Endpoint{}, fmt.Errorf("source address: %w", err)
			}
			if endpoint.source.name == wildcard {
				return Endpoint{}, fmt.Errorf("source address: * is for bind only; name one address of this machine")
			}
		}
		endpoint.target, err = parseTCPAddress(target)
	case TransportIPC:
		endpoint.path, err = parseIPCPath(rest)
	case TransportInproc:
		endpoint.path, err = rest, checkName(rest, maxInprocName, func(c byte) bool { return c != 0 })
	case TransportUDP, TransportPGM, TransportEPGM:
		endpoint.source, endpoint.target, err = parseGroup(endpoint.transport, rest)
	case TransportTIPC:
		endpoint.path, err = parseTIPC(rest)
	case TransportVMCI:
		endpoint.path, err = parseVMCI(rest)
	default:
		err = fmt.Errorf("transport %q is not tcp, ipc, inproc, udp, pgm, epgm, tipc or vmci", shorten(scheme))
	}
	if err != nil {
		return Endpoint{}, err
	}
	return endpoint, nil
}

func parseTCPAddress(text string) (tcpAddress, error) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 || strings.HasSuffix(text, "]") {
		return tcpAddress{}, fmt.Errorf("port is missing; write host:port, with * for a port that the system chooses")
	}
	address, err := parseHost(text[:colon])
	if err != nil {
		return tcpAddress{}, err
	}
	address.port, err = parsePort(text[colon+1:])
	return address, err
}

func parsePort(text string) (uint16, error) {
	if text == wildcard {
		return 0, nil
	}
	if !isDecimal(text) {
		return 0, fmt.Errorf("port %q is not a decimal number without leading zeros in 0..65535, or *", shorten(text))
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("port %s is not in 0..65535", shorten(text))
	}
	return uint16(port), nil
}

func parseHost(text string) (tcpAddress, error) {
	switch {
	case text == "":
		return tcpAddress{}, fmt.Errorf("host is missing; write an address, a name, or * for every address")
	case text == wildcard:
		return tcpAddress{name: wildcard}, nil
	case strings.HasPrefix(text, "["):
		inner, closed := strings.CutSuffix(text[1:], "]")
		addr, err := netip.ParseAddr(inner)
		if !closed || err != nil || !addr.Is6() || addr.Is4In6() && addr.Zone() != "" {
			return tcpAddress{}, fmt.Errorf("host %q is not an IPv6 address in brackets", shorten(text))
		}
		if zone := addr.Zone(); zone != "" && !isInterface(zone) && !isZoneNumber(zone) {
			return tcpAddress{}, fmt.Errorf("zone %q is neither the name nor the number of an interface", shorten(zone))
		}
		return tcpAddress{addr: addr.Unmap()}, nil
	case strings.Contains(text, ":"):
		return tcpAddress{}, fmt.Errorf("host %q holds a colon; an IPv6 address stands in brackets, as in [::1]", shorten(text))
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return tcpAddress{addr: addr}, nil
	}
	if isNumeric(text) {
		return tcpAddress{}, fmt.Errorf("host %q is not four decimal numbers in 0..255 without leading zeros, as in 127.0.0.1", shorten(text))
	}
	if !isHostName(text) && !isInterface(text) {
		return tcpAddress{}, fmt.Errorf("host %q is not an address, a host name, the name of an interface, or *", shorten(text))
	}
	return tcpAddress{name: text}, nil
}

// parseIPCPath cleans the path, and keeps a cleaned relative path from turning into
// an abstract name or a wildcard, as "./@x" and "./*" would.
func parseIPCPath(text string) (string, error) {
	if err := checkName(text, maxIPCPath, func(c byte) bool { return c >= ' ' && c != 0x7f }); err != nil {
		return "", err
	}
	if text == wildcard {
		return text, nil
	}
	if text[0] == '@' {
		switch {
		case runtime.GOOS != "linux":
			return "", fmt.Errorf("abstract names exist on Linux only; write ./%s for a file", text)
		case len(text) == 1:
			return "", fmt.Errorf("abstract name is empty; write @ and a name")
		}
		return text, nil
	}
	path := filepath.Clean(text)
	if base := filepath.Base(path); strings.HasSuffix(text, "/") || base == "." || base == ".." || base == string(filepath.Separator) {
		return "", fmt.Errorf("path %q is a directory; name a file in it", text)
	}
	if path[0] == '@' || path == wildcard {
		path = "./" + path
	}
	return path, nil
}

// checkName checks the length of a part and each of its bytes.
func checkName(text string, most int, ok func(byte) bool) error {
	if text == "" {
		return fmt.Errorf("nothing follows the transport; write 1 to %d bytes", most)
	}
	if len(text) > most {
		return fmt.Errorf("%d bytes follow the transport; at most %d are possible", len(text), most)
	}
	for i := range len(text) {
		if !ok(text[i]) {
			return fmt.Errorf("byte %#02x is not possible in this transport", text[i])
		}
	}
	return nil
}

// isNumeric reports whether a resolver could read the host as an IPv4 address:
// inet_aton takes "127.1", "0177.0.0.1" and "0x7f000001".
func isNumeric(host string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		digits, hex := strings.CutPrefix(strings.ToLower(label), "0x")
		if hex && strings.Trim(digits, "0123456789abcdef") != "" || !hex && (digits == "" || strings.Trim(digits, "0123456789") != "") {
			return false
		}
	}
	return true
}

// isHostName follows RFC 1123, and lets one dot end the name.
func isHostName(text string) bool {
	text = strings.TrimSuffix(text, ".")
	if len(text) > maxHostName {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if len(label) == 0 || len(label) > maxHostLabel || label[0] == '-' || label[len(label)-1] == '-' || !consistsOf(label, "-") {
			return false
		}
	}
	return true
}

// isInterface asks for a letter in front, since libzmq takes a zone that begins
// otherwise for a number, and "1eth" for interface number 1.
func isInterface(text string) bool {
	return text != "" && len(text) <= maxInterface && isLetter(text[0]) && consistsOf(text, "-_.") &&
		consistsOf(text[len(text)-1:], "") && !strings.Contains(text, "..")
}

// isZoneNumber keeps the number in the range of an int: libzmq reads it with atoi.
func isZoneNumber(text string) bool {
	number, err := strconv.ParseInt(text, 10, 32)
	return err == nil && number > 0 && isDecimal(text)
}

func isDecimal(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == "" && (text == "0" || text[0] != '0')
}

func consistsOf(text, others string) bool {
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// shorten keeps a wrong part from flooding the error text.
func shorten(text string) string {
	const enough = 60
	if len(text) > enough {
		return text[:enough] + "..."
	}
	return text
}
