package zsock

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
)

func TestSeed_S18_EndpointsAreReadAndRendered(t *testing.T) {
	long := strings.Repeat("p", maxIPCPath-1)
	label := strings.Repeat("a", maxHostLabel)
	for _, e := range []struct{ text, want string }{
		{"tcp://127.0.0.1:5555", ""},
		{"tcp://0.0.0.0:1", ""},
		{"tcp://*:65535", ""},
		{"tcp://*:0", "tcp://*:*"},
		{"tcp://*:*", ""},
		{"tcp://[::1]:5555", ""},
		{"tcp://[0:0:0::1]:5555", "tcp://[::1]:5555"},
		{"tcp://[FE80::1%eth0]:5555", "tcp://[fe80::1%eth0]:5555"},
		{"tcp://[fe80::1%2]:*", ""},
		{"tcp://[::]:0", "tcp://[::]:*"},
		{"tcp://[::ffff:127.0.0.1]:80", "tcp://127.0.0.1:80"},
		{"tcp://localhost:80", ""},
		{"tcp://Example.ORG.:80", ""},
		{"tcp://3com.com:80", ""},
		{"tcp://xn--bcher-kva.example:80", ""},
		{"tcp://" + label + "." + label + ":80", ""},
		{"tcp://eth0:80", ""},
		{"tcp://eth0.100:80", ""},
		{"tcp://br_lan:80", ""},
		{"tcp://192.168.1.17:5555;192.168.1.1:5556", ""},
		{"tcp://eth0:0;[2001:db8::1]:5556", "tcp://eth0:*;[2001:db8::1]:5556"},
		{"ipc:///tmp/feed", ""},
		{"ipc:///tmp//a/../feed", "ipc:///tmp/feed"},
		{"ipc://feed", ""},
		{"ipc://./feed", "ipc://feed"},
		{"ipc://../feed", ""},
		{"ipc://./@feed", ""},
		{"ipc://a/../@feed", "ipc://./@feed"},
		{"ipc://./*", ""},
		{"ipc://*", ""},
		{"ipc://a b:c", ""},
		{"ipc:///" + long, ""},
		{"inproc://a", ""},
		{"inproc://a/b c:*;\n", ""},
		{"inproc://" + strings.Repeat("n", 256), ""},
		{"udp://239.0.0.1:5555", ""},
		{"udp://*:5555", ""},
		{"udp://127.0.0.1;239.0.0.1:5555", ""},
		{"udp://eth0;[FF02::1]:5555", "udp://eth0;[ff02::1]:5555"},
		{"udp://example.org:5555", ""},
		{"pgm://239.0.0.1:5555", ""},
		{"pgm://eth0;239.0.0.1:5555", ""},
		{"epgm://eth0;239.0.0.1:5555", ""},
		{"tipc://{5560,0,0}", ""},
		{"tipc://{5560, 9, 10}", "tipc://{5560,9,10}"},
		{"tipc://{5560,50}", ""},
		{"tipc://{5560,4294967295}@1.1.10", ""},
		{"tipc://<1.1.10:4242>", ""},
		{"tipc://<*>", ""},
		{"vmci://*:*", ""},
		{"vmci://@:5", ""},
		{"vmci://2:5555", ""},
	} {
		endpoint, err := ParseEndpoint(e.text)
		if e.want == "" {
			e.want = e.text
		}
		if err != nil || endpoint.String() != e.want {
			t.Errorf("%q is read as %q, %v; want %q", e.text, endpoint, err, e.want)
		}
		checkFixpoint(t, endpoint)
	}
}

// checkFixpoint is what the guard rests on: the text that libzmq gets says what the
// policy saw.
func checkFixpoint(t *testing.T, endpoint Endpoint) {
	t.Helper()
	again, err := ParseEndpoint(endpoint.String())
	if err != nil || again != endpoint || again.String() != endpoint.String() {
		t.Errorf("%q is read again as %q, %v", endpoint, again, err)
	}
}

func TestSeed_S18_BadEndpointNamesTheWrongPart(t *testing.T) {
	for _, e := range []struct{ text, want string }{
		{"", "transport is missing"},
		{"127.0.0.1:5555", "transport is missing"},
		{"tcp:/127.0.0.1:5555", "transport is missing"},
		{"TCP://127.0.0.1:5555", `transport "TCP" is not tcp, ipc`},
		{" tcp://127.0.0.1:5555", `transport " tcp" is not`},
		{"ws://127.0.0.1:5555", `transport "ws" is not`},
		{"://x", `transport "" is not`},
		{"tcp://", "port is missing"},
		{"tcp://127.0.0.1", "port is missing"},
		{"tcp://[::1]", "port is missing"},
		{"tcp://:5555", "host is missing"},
		{"tcp://127.0.0.1:", `port "" is not a decimal`},
		{"tcp://127.0.0.1:99999", "port 99999 is not in 0..65535"},
		{"tcp://127.0.0.1:65536", "port 65536 is not in 0..65535"},
		{"tcp://127.0.0.1:99999999999999999999", "port 99999999999999999999 is not in 0..65535"},
		{"tcp://127.0.0.1:-1", `port "-1" is not`},
		{"tcp://127.0.0.1:+80", `port "+80" is not`},
		{"tcp://127.0.0.1: 80", `port " 80" is not`},
		{"tcp://127.0.0.1:80 ", `port "80 " is not`},
		{"tcp://127.0.0.1:080", `port "080" is not`},
		{"tcp://127.0.0.1:00", `port "00" is not`},
		{"tcp://127.0.0.1:0x50", `port "0x50" is not`},
		{"tcp://127.0.0.1:http", `port "http" is not`},
		{"tcp://127.0.0.1:80/x", `port "80/x" is not`},
		{"tcp://127.0.0.1:٣", `is not a decimal number`},
		{"tcp://127.0.0.1:**", `port "**" is not`},
		{"tcp://127.1:80", "is not four decimal numbers"},
		{"tcp://127.0.0:80", "is not four decimal numbers"},
		{"tcp://1.2.3.4.5:80", "is not four decimal numbers"},
		{"tcp://256.0.0.1:80", "is not four decimal numbers"},
		{"tcp://0177.0.0.1:80", "is not four decimal numbers"},
		{"tcp://127.000.000.001:80", "is not four decimal numbers"},
		{"tcp://0x7f000001:80", "is not four decimal numbers"},
		{"tcp://0x7F.0.0.0X1:80", "is not four decimal numbers"},
		{"tcp://2130706433:80", "is not four decimal numbers"},
		{"tcp://127.0.0.1.:80", "is not four decimal numbers"},
		{"tcp://1.2.3.0x:80", "is not four decimal numbers"},
		{"tcp://::1:80", "stands in brackets"},
		{"tcp://[127.0.0.1]:80", "is not an IPv6 address in brackets"},
		{"tcp://[::1:80", "is not an IPv6 address in brackets"},
		{"tcp://[*]:80", "is not an IPv6 address in brackets"},
		{"tcp://[::1]x:80", "is not an IPv6 address in brackets"},
		{"tcp://[fe80::1%]:80", "is not an IPv6 address in brackets"},
		{"tcp://[::ffff:1.2.3.4%eth0]:80", "is not an IPv6 address in brackets"},
		{"tcp://[fe80::1%1eth]:80", `zone "1eth" is neither`},
		{"tcp://[fe80::1%0]:80", `zone "0" is neither`},
		{"tcp://[fe80::1%02]:80", `zone "02" is neither`},
		{"tcp://[fe80::1%4294967297]:80", `zone "4294967297" is neither`},
		{"tcp://[fe80::1%a;b]:80", "source address"},
		{"tcp://[fe80::1%a/b]:80", `zone "a/b" is neither`},
		{"tcp://-a.example:80", "is not an address, a host name"},
		{"tcp://a-.example.org.de:80", "is not an address, a host name"},
		{"tcp://a..b:80", "is not an address, a host name"},
		{"tcp://br_:80", "is not an address, a host name"},
		{"tcp://a..example:80", "is not an address, a host name"},
		{"tcp://.:80", "is not an address, a host name"},
		{"tcp://a_b.example.org.de:80", "is not an address, a host name"},
		{"tcp://a b:80", "is not an address, a host name"},
		{"tcp://bücher.example:80", "is not an address, a host name"},
		{"tcp://user@host:80", "is not an address, a host name"},
		{"tcp://*.example:80", "is not an address, a host name"},
		{"tcp://" + strings.Repeat("a", 64) + ".example:80", "is not an address, a host name"},
		{"tcp://" + strings.Repeat("a.", 127) + "a:80", "is not an address, a host name"},
		{"tcp://127.0.0.1:1;127.0.0.1:2;127.0.0.1:3", "holds a colon"},
		{"tcp://;127.0.0.1:80", "source address: port is missing"},
		{"tcp://*:1;127.0.0.1:80", "source address: * is for bind only"},
		{"tcp://127.1:1;127.0.0.1:80", "source address: host"},
		{"ipc://", "nothing follows the transport"},
		{"ipc:///" + strings.Repeat("p", maxIPCPath), fmt.Sprintf("%d bytes follow the transport; at most %d", maxIPCPath+1, maxIPCPath)},
		{"ipc:///tmp/", "is a directory"},
		{"ipc:///", "is a directory"},
		{"ipc://.", "is a directory"},
		{"ipc://a/..", "is a directory"},
		{"ipc:///tmp/a\x00b", "byte 0x00 is not possible"},
		{"ipc:///tmp/a\nb", "byte 0x0a is not possible"},
		{"inproc://", "nothing follows the transport"},
		{"inproc://a\x00", "byte 0x00 is not possible"},
		{"inproc://" + strings.Repeat("n", 257), "257 bytes follow the transport; at most 256"},
		{"udp://", "port is missing"},
		{"udp://a b:5", "is not an address, a host name"},
		{"udp://239.0.0.1:0", "port is not in 1..65535"},
		{"udp://239.0.0.1:*", "port is not in 1..65535"},
		{"udp://*;239.0.0.1:5", `interface: host "*" is neither`},
		{"udp://no.interface.example;239.0.0.1:5", `interface: host "no.interface.example" is neither`},
		{"udp://eth0;", "port is missing"},
		{"udp://eth0:1;239.0.0.1:5", `interface: host "eth0:1" holds a colon`},
		{"pgm://eth0;10.0.0.1:5", "is not an IPv4 multicast address"},
		{"pgm://eth0;[ff02::1]:5", "is not an IPv4 multicast address"},
		{"epgm://eth0;example.org:5", "is not an IPv4 multicast address"},
		{"epgm://eth0;239.0.0.1:65536", "port 65536 is not in"},
		{"tipc://", "is none of {type,lower,upper}"},
		{"tipc://{5560}", "is none of"},
		{"tipc://{5560,0,0}@1.1.1", "is none of"},
		{"tipc://{5560,0", "is none of"},
		{"tipc://{5560,0}@1.1", "is none of"},
		{"tipc://{5560,0}x", "is none of"},
		{"tipc://{4294967296,0}", "is none of"},
		{"tipc://{01,0}", "is none of"},
		{"tipc://{1,  0}", "is none of"},
		{"tipc://<1.1.1>", "is none of"},
		{"tipc://<1.1.1:5", "is none of"},
		{"tipc://{5560,9,10,11}", "is none of"},
		{"tipc://{5560,10,9}", "lower bound 10 is above the upper bound 9"},
		{"vmci://2", "is not cid:port"},
		{"vmci://2:-1", "is not cid:port"},
		{"vmci://a:5", "is not cid:port"},
	} {
		endpoint, err := ParseEndpoint(e.text)
		if !errors.Is(err, ErrEndpoint) || endpoint != (Endpoint{}) {
			t.Errorf("%q is read as %q, %v; want ErrEndpoint", e.text, endpoint, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), `zsock: bad endpoint "`) || !strings.Contains(err.Error(), e.want) {
			t.Errorf("%q: error %q does not tell %q", e.text, err, e.want)
		}
	}
}

func TestErrorTextStaysShortForALongEndpoint(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20) + "://", "tcp://" + strings.Repeat("x", 1<<20) + ":1",
		"tcp://a:" + strings.Repeat("9", 1<<20), "tcp://[::1%" + strings.Repeat("x", 1<<20) + "]:1"} {
		if _, err := ParseEndpoint(text); err == nil || len(err.Error()) > 1000 {
			t.Errorf("%.20q...: no error, or a text of more than 1000 bytes", text)
		}
	}
}

func TestAbstractNamesAreReadOnLinuxOnly(t *testing.T) {
	endpoint, err := ParseEndpoint("ipc://@feed")
	if runtime.GOOS != "linux" {
		if !errors.Is(err, ErrEndpoint) {
			t.Errorf("%q, %v; want ErrEndpoint", endpoint, err)
		}
		return
	}
	if err != nil || !endpoint.IsAbstract() || endpoint.Path() != "@feed" {
		t.Errorf("%q, abstract %v, %v", endpoint, endpoint.IsAbstract(), err)
	}
	checkFixpoint(t, endpoint)
	if _, err := ParseEndpoint("ipc://@"); !errors.Is(err, ErrEndpoint) {
		t.Errorf("an empty abstract name: %v, want ErrEndpoint", err)
	}
}

func TestEndpointTellsItsParts(t *testing.T) {
	for _, e := range []struct {
		text                          string
		transport                     Transport
		host                          string
		port                          uint16
		path                          string
		loopback, wildcard, ephemeral bool
	}{
		{"tcp://127.0.0.1:5555", TransportTCP, "127.0.0.1", 5555, "", true, false, false},
		{"tcp://127.255.255.254:*", TransportTCP, "127.255.255.254", 0, "", true, false, true},
		{"tcp://[::1]:1", TransportTCP, "::1", 1, "", true, false, false},
		{"tcp://[::ffff:127.0.0.1]:1", TransportTCP, "127.0.0.1", 1, "", true, false, false},
		{"tcp://[::127.0.0.1]:1", TransportTCP, "::7f00:1", 1, "", false, false, false},
		{"tcp://LocalHost.:1", TransportTCP, "LocalHost.", 1, "", true, false, false},
		{"tcp://localhost.example:1", TransportTCP, "localhost.example", 1, "", false, false, false},
		{"tcp://10.0.0.1:1", TransportTCP, "10.0.0.1", 1, "", false, false, false},
		{"tcp://[fe80::1%eth0]:1", TransportTCP, "fe80::1%eth0", 1, "", false, false, false},
		{"tcp://*:*", TransportTCP, "*", 0, "", false, true, true},
		{"tcp://0.0.0.0:1", TransportTCP, "0.0.0.0", 1, "", false, true, false},
		{"tcp://[::]:1", TransportTCP, "::", 1, "", false, true, false},
		{"tcp://[::ffff:0.0.0.0]:1", TransportTCP, "0.0.0.0", 1, "", false, true, false},
		{"ipc:///tmp/feed", TransportIPC, "", 0, "/tmp/feed", false, false, false},
		{"ipc://*", TransportIPC, "", 0, "*", false, false, true},
		{"inproc://feed", TransportInproc, "", 0, "feed", false, false, false},
		{"inproc://*", TransportInproc, "", 0, "*", false, false, false},
		{"udp://*:5", TransportUDP, "*", 5, "", false, true, false},
	} {
		p, err := ParseEndpoint(e.text)
		if err != nil {
			t.Errorf("%q: %v", e.text, err)
			continue
		}
		if p.Transport() != e.transport || p.Host() != e.host || p.Port() != e.port || p.Path() != e.path {
			t.Errorf("%q: transport %q, host %q, port %d, path %q", e.text, p.Transport(), p.Host(), p.Port(), p.Path())
		}
		if p.IsLoopback() != e.loopback || p.IsWildcard() != e.wildcard || p.IsEphemeral() != e.ephemeral || p.IsAbstract() {
			t.Errorf("%q: loopback %v, wildcard %v, ephemeral %v, abstract %v", e.text, p.IsLoopback(), p.IsWildcard(), p.IsEphemeral(), p.IsAbstract())
		}
	}
}

func TestEndpointTellsItsSource(t *testing.T) {
	p, err := ParseEndpoint("tcp://10.0.0.1:7;10.0.0.2:8")
	if err != nil {
		t.Fatal(err)
	}
	source, ok := p.Source()
	if !ok || source.String() != "tcp://10.0.0.1:7" {
		t.Errorf("Source = %q, %v", source, ok)
	}
	if addr, ok := p.Addr(); !ok || addr != netip.MustParseAddr("10.0.0.2") {
		t.Errorf("Addr = %v, %v", addr, ok)
	}
	if p.Interface() != "" {
		t.Errorf("Interface = %q of tcp", p.Interface())
	}
	if p, err := ParseEndpoint("epgm://eth0;239.0.0.1:5"); err != nil || p.Interface() != "eth0" || p.Host() != "239.0.0.1" || p.Port() != 5 {
		t.Errorf("%v: interface %q, host %q, port %d, %v", p, p.Interface(), p.Host(), p.Port(), err)
	}
	if source, ok := source.Source(); ok || source != (Endpoint{}) {
		t.Errorf("source of a source = %q, %v", source, ok)
	}
}

func TestZeroEndpointIsHarmless(t *testing.T) {
	var p Endpoint
	_, hasAddr := p.Addr()
	if p.String() != "" || p.Transport() != "" || p.Host() != "" || p.Path() != "" || hasAddr ||
		p.IsLoopback() || p.IsWildcard() || p.IsEphemeral() || p.IsAbstract() {
		t.Errorf("zero value tells something: %q", p)
	}
}

func TestEndpointMustFitTheOperation(t *testing.T) {
	for _, e := range []struct {
		op         Op
		text, want string
	}{
		{OpBind, "tcp://*:*", "tcp://*:*"},
		{OpBind, "tcp://localhost:80", "tcp://127.0.0.1:80"},
		{OpUnbind, "tcp://LOCALHOST.:80", "tcp://127.0.0.1:80"},
		{OpBind, "tcp://10.0.0.1:1;10.0.0.2:1", ""},
		{OpBind, "ipc://*", "ipc://*"},
		{OpConnect, "tcp://localhost:80", "tcp://127.0.0.1:80"},
		{OpConnect, "tcp://localhost:*;localhost:80", "tcp://127.0.0.1:*;127.0.0.1:80"},
		{OpConnect, "tcp://*:80", ""},
		{OpConnect, "tcp://0.0.0.0:80", ""},
		{OpConnect, "tcp://[::]:80", ""},
		{OpConnect, "tcp://10.0.0.1:0", ""},
		{OpDisconnect, "tcp://10.0.0.1:*", ""},
		{OpConnect, "ipc://*", ""},
		{OpConnect, "ipc://./*", "ipc://./*"},
		{OpConnect, "inproc://*", "inproc://*"},
		{OpConnect, "tcp://10.0.0.1:99999", ""},
		{OpConnect, "udp://*:5", ""},
		{OpBind, "udp://eth0;239.0.0.1:5", "udp://eth0;239.0.0.1:5"},
	} {
		got, err := parseFor(e.op, e.text)
		if got.String() != e.want || (err == nil) != (e.want != "") || err != nil && !errors.Is(err, ErrEndpoint) {
			t.Errorf("%v %q gives %q, %v; want %q", e.op, e.text, got, err, e.want)
		}
	}
}
