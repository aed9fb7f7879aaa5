package zsock

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/actomq/actomq/internal/libzmq"
)

// parseGroup reads INTERFACE;HOST:PORT of udp, pgm and epgm.
func parseGroup(transport Transport, text string) (card, target tcpAddress, err error) {
	if name, after, named := strings.Cut(text, ";"); named {
		text = after
		card, err = parseHost(name)
		if err == nil && (card.name == wildcard || card.addr.Is6() || card.name != "" && !isInterface(card.name)) {
			err = fmt.Errorf("host %q is neither the name nor the IPv4 address of an interface", shorten(name))
		}
		if err != nil {
			return tcpAddress{}, tcpAddress{}, fmt.Errorf("interface: %w", err)
		}
	}
	if target, err = parseTCPAddress(text); err != nil {
		return tcpAddress{}, tcpAddress{}, err
	}
	switch {
	case target.port == 0:
		err = fmt.Errorf("port is not in 1..65535, and %s has none that the system chooses", transport)
	case transport != TransportUDP && (!target.addr.Is4() || !target.addr.IsMulticast()):
		err = fmt.Errorf("host %q is not an IPv4 multicast address, as in 239.192.1.1", shorten(target.host()))
	}
	return card, target, err
}

// parseTIPC reads the three forms of an address. The blanks that libzmq writes behind commas are dropped.
func parseTIPC(text string) (string, error) {
	wrong := fmt.Errorf("address %q is none of {type,lower,upper}, {type,instance}, {type,instance}@zone.cluster.node, <zone.cluster.node:reference> and <*>", shorten(text))
	numbers := func(list string, separators string) bool {
		for ; separators != ""; separators = separators[1:] {
			number, rest, found := strings.Cut(list, separators[:1])
			if !found || !isNumber32(number) {
				return false
			}
			list = rest
		}
		return isNumber32(list)
	}
	if inner, port := strings.CutPrefix(text, "<"); port {
		if inner == "*>" || strings.HasSuffix(inner, ">") && numbers(inner[:len(inner)-1], "..:") {
			return text, nil
		}
		return "", wrong
	}
	text = strings.ReplaceAll(text, ", ", ",")
	inner, service := strings.CutPrefix(text, "{")
	inner, domain, closed := strings.Cut(inner, "}")
	node, atNode := strings.CutPrefix(domain, "@")
	switch {
	case !service || !closed || domain != "" && !(atNode && numbers(node, "..")):
	case domain == "" && numbers(inner, ",,"):
		bounds := strings.Split(inner, ",")
		if len(bounds[1]) > len(bounds[2]) || len(bounds[1]) == len(bounds[2]) && bounds[1] > bounds[2] {
			return "", fmt.Errorf("lower bound %s is above the upper bound %s", bounds[1], bounds[2])
		}
		return text, nil
	case numbers(inner, ","):
		return text, nil
	}
	return "", wrong
}

// parseVMCI reads CID:PORT.
func parseVMCI(text string) (string, error) {
	cid, port, found := strings.Cut(text, ":")
	if !found || cid != wildcard && cid != "@" && !isNumber32(cid) || port != wildcard && !isNumber32(port) {
		return "", fmt.Errorf("address %q is not cid:port, two numbers of 32 bits or *, or @ as the cid", shorten(text))
	}
	return text, nil
}

func isNumber32(text string) bool {
	_, err := strconv.ParseUint(text, 10, 32)
	return err == nil && isDecimal(text)
}

// possible tells why sockets of a type cannot use an endpoint at all, whatever the policy says.
func (e Endpoint) possible(t Type) (hint string, err error) {
	switch e.transport {
	case TransportUDP:
		return "use tcp, or epgm for multicast", fmt.Errorf("%w: udp carries RADIO and DISH only, which are draft types of libzmq", ErrType)
	case TransportPGM, TransportEPGM:
		if t != Pub && t != XPub && t != Sub && t != XSub {
			return "use tcp", fmt.Errorf("%w: %s carries Pub, XPub, Sub and XSub only, not %v", ErrType, e.transport, t)
		}
	case TransportInproc:
		if t == Stream {
			return "use tcp, or a Pair", fmt.Errorf("%w: a Stream speaks with raw connections, which inproc has not", ErrType)
		}
	}
	capability := string(e.transport)
	switch e.transport {
	case TransportTCP, TransportInproc:
		return "", nil // in every libzmq
	case TransportEPGM:
		capability = string(TransportPGM)
	}
	if libzmq.Has(capability) {
		return "", nil
	}
	return "use tcp, or a libzmq built with it", fmt.Errorf("%w: zmq_has(%q) says no", ErrTransport, capability)
}
