package zsock

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// verdict is what a rule finds out. The zero value is a refusal.
type verdict int

const (
	verdictNo verdict = iota
	verdictYes
	verdictUnknown
)

// newRule makes a policy of a predicate that gives its reason when it is not yes, and what to write to change that.
func newRule(name string, judge func(Access) (v verdict, reason, hint string)) EndpointPolicy {
	return described{name: name, PolicyFunc: func(a Access) error {
		answer, reason, hint := judge(a)
		if answer == verdictYes {
			return nil
		}
		return &DeniedError{Access: a, Rule: shorten(name), Reason: reason, Hint: hint, undecided: answer == verdictUnknown}
	}}
}

// RequireCurve allows sockets that use CURVE.
func RequireCurve() EndpointPolicy {
	return newRule("RequireCurve", func(a Access) (verdict, string, string) {
		if a.Secure {
			return verdictYes, "", ""
		}
		return verdictNo, "the socket does not use CURVE", "give the socket CURVE keys"
	})
}

// Loopback allows endpoints that no other machine can reach.
func Loopback() EndpointPolicy {
	return newRule("Loopback", func(a Access) (verdict, string, string) {
		if onLoopback(a) {
			return verdictYes, "", ""
		}
		return verdictNo, "it is not on a loopback address", "use 127.0.0.1 or [::1]"
	})
}

// Transports allows the given transports.
func Transports(transports ...Transport) EndpointPolicy {
	transports = slices.Clone(transports)
	names := make([]string, len(transports))
	for i, t := range transports {
		names[i] = string(t)
	}
	return newRule("Transports("+quoted(names)+")", func(a Access) (verdict, string, string) {
		transport := a.Endpoint.Transport()
		if slices.Contains(transports, transport) {
			return verdictYes, "", ""
		}
		return verdictNo, fmt.Sprintf("transport %q is not among %q", transport, transports), fmt.Sprintf("allow it with Transports(%q)", transport)
	})
}

// CIDR allows endpoints all of whose addresses are in the prefixes. The name of an
// interface stands for its addresses, localhost for the two loopback addresses. What
// listens on every address is within 0.0.0.0/0 and ::/0 only. CIDR cannot tell about
// other host names, and so refuses them: libzmq asks for the address of a name at each
// connection anew, and whoever answers could name a machine that no rule has judged.
// Resolve gives the addresses, which CIDR can judge and libzmq then connects to.
func CIDR(prefixes ...netip.Prefix) EndpointPolicy {
	prefixes = slices.Clone(prefixes)
	for i, p := range prefixes {
		prefixes[i] = plainPrefix(p)
	}
	contains := func(addr netip.Addr) bool {
		return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr.WithZone("")) })
	}
	list := strings.Trim(fmt.Sprint(prefixes), "[]")
	return newRule("CIDR("+strings.ReplaceAll(list, " ", ", ")+")", func(a Access) (verdict, string, string) {
		e := a.Endpoint
		if !e.hasHost() {
			return verdictNo, "it has no IP address", ""
		}
		if e.IsWildcard() {
			v4 := slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is4() })
			v6 := slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is6() })
			if addr, ok := e.Addr(); v4 && v6 || v4 && ok && addr.Is4() {
				return verdictYes, "", ""
			}
			return verdictUnknown, fmt.Sprintf("host %s means every address of the machine, not only those in %v", e.Host(), prefixes),
				"bind one address, or allow all with 0.0.0.0/0 and ::/0"
		}
		addrs := addresses(a)
		if len(addrs) == 0 {
			return verdictUnknown, fmt.Sprintf("no address is known for the name %s without asking the network", e.Host()),
				"connect to the addresses that Resolve gives"
		}
		inside, outside := 0, ""
		for _, addr := range addrs {
			if contains(addr) {
				inside++
			} else {
				outside = netip.PrefixFrom(addr.WithZone(""), addr.BitLen()).String()
			}
		}
		return judged(inside, len(addrs), fmt.Sprintf("%s is not in %v", e.Host(), prefixes), fmt.Sprintf("allow it with CIDR %s", outside))
	})
}

// plainPrefix gives prefixes of IPv6 that stand for some of IPv4 as these, which is how addresses are compared.
func plainPrefix(p netip.Prefix) netip.Prefix {
	if addr := p.Addr(); addr.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(addr.Unmap(), p.Bits()-96)
	}
	return p
}

// Hosts allows endpoints whose host matches one of the patterns, in which *
// stands for any characters and ? for one. Names are compared without regard to case
// and without a dot at the end, addresses as text without brackets; localhost is
// 127.0.0.1 by the time a socket asks. Rules about addresses are better written with
// CIDR: a name may resolve to any address, and Deny(Hosts("db.example.org")) does not
// refuse the address of that host.
func Hosts(patterns ...string) EndpointPolicy {
	patterns = slices.Clone(patterns)
	normal := func(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }
	return newRule("Hosts("+quoted(patterns)+")", func(a Access) (verdict, string, string) {
		if !a.Endpoint.hasHost() {
			return verdictNo, "it has no host", ""
		}
		for _, pattern := range patterns {
			if glob(normal(pattern), normal(a.Endpoint.Host())) {
				return verdictYes, "", ""
			}
		}
		return verdictNo, fmt.Sprintf("host %q is not among %q", a.Endpoint.Host(), patterns), fmt.Sprintf("allow it with Hosts(%q)", a.Endpoint.Host())
	})
}

// Ports allows endpoints with a port from lo to hi, both included. A port that the
// system chooses is 0; if lo is greater, Ports cannot tell.
func Ports(lo, hi uint16) EndpointPolicy {
	return newRule(fmt.Sprintf("Ports(%d, %d)", lo, hi), func(a Access) (verdict, string, string) {
		port := a.Endpoint.Port()
		switch {
		case !a.Endpoint.hasHost():
			return verdictNo, "it has no port", ""
		case lo <= port && port <= hi:
			return verdictYes, "", ""
		case port == 0:
			return verdictUnknown, fmt.Sprintf("the system chooses the port, perhaps not in %d..%d", lo, hi), "name a port"
		default:
			return verdictNo, fmt.Sprintf("port %d is not in %d..%d", port, lo, hi), fmt.Sprintf("allow it with Ports(%d, %d)", port, port)
		}
	})
}

// Under allows ipc endpoints whose file is below the directory root, after symbolic
// links are followed. It cannot tell about a path that the system chooses or
// whose directory does not exist. Abstract names are not below any directory.
// Whoever can write to the directory can change links after the check.
func Under(root string) EndpointPolicy {
	return newRule(fmt.Sprintf("Under(%q)", root), func(a Access) (verdict, string, string) {
		e := a.Endpoint
		hint := "use a path below " + root
		switch {
		case e.Transport() != TransportIPC || e.IsAbstract():
			return verdictNo, "it has no path", hint
		case e.IsEphemeral():
			return verdictUnknown, "the system chooses the path", hint
		}
		top, err := realPath(root)
		if err != nil {
			return verdictUnknown, "the root is no directory: " + err.Error(), "make the directory"
		}
		places, err := ipcPlaces(e.Path())
		if err != nil {
			return verdictUnknown, err.Error(), hint
		}
		inside := 0
		for _, place := range places {
			if rel, err := filepath.Rel(top, place); err == nil && rel != "." && filepath.IsLocal(rel) {
				inside++
			}
		}
		return judged(inside, len(places), fmt.Sprintf("path %s is not below %s", e.Path(), root), hint)
	})
}

// Inproc allows inproc endpoints whose name matches one of the patterns, in which *
// stands for any characters and ? for one.
func Inproc(patterns ...string) EndpointPolicy {
	patterns = slices.Clone(patterns)
	return newRule("Inproc("+quoted(patterns)+")", func(a Access) (verdict, string, string) {
		if a.Endpoint.Transport() != TransportInproc {
			return verdictNo, "it is not inproc", ""
		}
		for _, pattern := range patterns {
			if glob(pattern, a.Endpoint.Path()) {
				return verdictYes, "", ""
			}
		}
		return verdictNo, fmt.Sprintf("name %q is not among %q", a.Endpoint.Path(), patterns), fmt.Sprintf("allow it with Inproc(%q)", a.Endpoint.Path())
	})
}

// judged is yes if all are inside, no if none is, and unknown between.
func judged(inside, all int, reason, hint string) (v verdict, why, how string) {
	switch inside {
	case all:
		return verdictYes, "", ""
	case 0:
		return verdictNo, reason, hint
	default:
		return verdictUnknown, reason + " with all that it stands for", hint
	}
}

// addresses gives every address that the host of an endpoint stands for, as far as
// this machine knows without asking the network.
func addresses(a Access) []netip.Addr {
	e := a.Endpoint
	if addr, ok := e.Addr(); ok {
		return []netip.Addr{addr}
	}
	if e.IsLoopback() {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	if a.Op != OpBind && a.Op != OpUnbind {
		return nil
	}
	card, err := net.InterfaceByName(e.Host())
	if err != nil {
		return nil
	}
	nets, err := card.Addrs()
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, n := range nets {
		prefix, err := netip.ParsePrefix(n.String())
		if err != nil {
			return nil
		}
		addrs = append(addrs, prefix.Addr().Unmap())
	}
	return addrs
}

// onLoopback asks that every address is loopback: an interface like lo may have others.
func onLoopback(a Access) bool {
	addrs := addresses(a)
	return len(addrs) > 0 && !slices.ContainsFunc(addrs, func(addr netip.Addr) bool { return !addr.IsLoopback() })
}

// ipcPlaces gives where a path leads: the name itself in its real directory, and the
// end of the link if it is one, since connect follows it and bind replaces it.
func ipcPlaces(path string) ([]string, error) {
	directory, err := realPath(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("the directory is not there: %w", err)
	}
	place := filepath.Join(directory, filepath.Base(path))
	places := []string{place}
	if info, err := os.Lstat(place); err == nil && info.Mode()&os.ModeSymlink != 0 {
		end, err := realPath(place)
		if err != nil {
			return nil, fmt.Errorf("the link leads nowhere: %w", err)
		}
		places = append(places, end)
	}
	return places, nil
}

func realPath(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}

// glob matches a whole text with * for any bytes and ? for one byte.
func glob(pattern, text string) bool {
	star, resume := -1, 0
	p := 0
	for t := 0; t < len(text); {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			resume++
			p, t = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
