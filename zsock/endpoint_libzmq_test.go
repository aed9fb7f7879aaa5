//go:build cgo

package zsock_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/actomq/actomq/zsock"
	zmq "github.com/pebbe/zmq4"
)

// bindWithLibzmq binds the text with libzmq alone and gives what it says it bound.
func bindWithLibzmq(t *testing.T, context *zmq.Context, text string, ipv6 bool) (bound string, err error) {
	t.Helper()
	socket, err := context.NewSocket(zmq.REP)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := socket.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := errors.Join(socket.SetLinger(0), socket.SetIpv6(ipv6)); err != nil {
		t.Fatal(err)
	}
	if err := socket.Bind(text); err != nil {
		return "", err
	}
	return socket.GetLastEndpoint()
}

func newContext(t *testing.T) *zmq.Context {
	t.Helper()
	context, err := zmq.NewContext()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := context.Term(); err != nil {
			t.Error(err)
		}
	})
	return context
}

func hasIPv6() bool {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

// freePort gives a port that nothing listened on a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

// checkBind binds the rendered endpoint and compares what libzmq bound with what the
// parser saw. The error is libzmq's, if it did not bind at all.
func checkBind(t *testing.T, context *zmq.Context, endpoint zsock.Endpoint, ipv6 bool) error {
	t.Helper()
	text, err := bindWithLibzmq(t, context, endpoint.String(), ipv6)
	if err != nil {
		return err
	}
	bound, err := zsock.ParseEndpoint(text)
	if err != nil {
		t.Fatalf("%s: libzmq bound %q: %v", endpoint, text, err)
	}
	saw, ok := endpoint.Addr()
	got, _ := bound.Addr()
	// libzmq leaves out the zone of a loopback address.
	if ok && got.WithZone("") != saw.WithZone("") || !got.IsLoopback() {
		t.Errorf("%s: the parser saw %v, libzmq bound %q", endpoint, saw, text)
	}
	if bound.Port() == 0 || !endpoint.IsEphemeral() && bound.Port() != endpoint.Port() {
		t.Errorf("%s: the parser saw port %d, libzmq bound %q", endpoint, endpoint.Port(), text)
	}
	return nil
}

func TestLibzmqBindsExactlyWhatTheParserSaw(t *testing.T) {
	context, v6 := newContext(t), hasIPv6()
	for _, host := range []string{"127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1]", "[0:0::1]", "[0:0:0:0:0:0:0:1]"} {
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil {
			t.Fatal(err)
		}
		for _, ipv6 := range []bool{false, true} {
			if addr.Unmap().Is6() && !ipv6 {
				continue // libzmq binds IPv6 addresses only with ZMQ_IPV6
			}
			for _, ephemeral := range []string{"*", "0", ""} {
				t.Run(fmt.Sprintf("%s:%s ipv6=%v", host, ephemeral, ipv6), func(t *testing.T) {
					if ipv6 && !v6 {
						t.Skip("this machine has no IPv6 loopback")
					}
					for attempt := 1; ; attempt++ {
						port := ephemeral
						if port == "" {
							port = fmt.Sprint(freePort(t))
						}
						endpoint, err := zsock.ParseEndpoint("tcp://" + host + ":" + port)
						if err != nil {
							t.Fatal(err)
						}
						err = checkBind(t, context, endpoint, ipv6)
						if err == nil {
							return
						}
						// Somebody else may have taken the free port.
						if attempt == 10 || zmq.AsErrno(err) != zmq.Errno(syscall.EADDRINUSE) {
							t.Fatalf("%s: %v", endpoint, err)
						}
					}
				})
			}
		}
	}
}

func TestLibzmqBindsTheInterfaceThatTheParserSaw(t *testing.T) {
	card := ""
	cards, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cards {
		if c.Flags&net.FlagLoopback != 0 && c.Flags&net.FlagUp != 0 {
			card = c.Name
		}
	}
	if card == "" {
		t.Skip("this machine has no loopback interface")
	}
	endpoint, err := zsock.ParseEndpoint("tcp://" + card + ":*")
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBind(t, newContext(t), endpoint, false); err != nil {
		t.Errorf("%s: %v", endpoint, err)
	}
}

func TestLibzmqBindsTheLocalNameThatTheParserSaw(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("deep", 0o700); err != nil {
		t.Fatal(err)
	}
	texts := []string{"ipc://feed", "ipc://./feed", "ipc://deep/../deep/feed", "ipc://a b:c;d", "ipc://./*", "ipc://./@feed", "ipc://ü",
		"inproc://a/b c:*;\n", "inproc://" + strings.Repeat("n", 256)}
	if runtime.GOOS == "linux" {
		texts = append(texts, "ipc://deep/"+strings.Repeat("p", 107-len("deep/")), fmt.Sprintf("ipc://@actomq/test %d", os.Getpid()), "ipc://@"+strings.Repeat("a", 90)+fmt.Sprint(os.Getpid()))
	}
	context := newContext(t)
	for _, text := range texts {
		endpoint, err := zsock.ParseEndpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := bindWithLibzmq(t, context, endpoint.String(), false)
		if err != nil {
			t.Errorf("%q: %v", endpoint, err)
			continue
		}
		if again, err := zsock.ParseEndpoint(bound); err != nil || again != endpoint {
			t.Errorf("the parser saw %q, libzmq bound %q", endpoint, bound)
		}
		if endpoint.Transport() != zsock.TransportIPC || endpoint.IsAbstract() {
			continue
		}
		if info, err := os.Lstat(endpoint.Path()); err != nil || info.Mode().Type() != os.ModeSocket {
			t.Errorf("%q: the file is %v, %v", endpoint, info, err)
		}
	}
}

func TestParserRefusesWhatLibzmqReadsDifferently(t *testing.T) {
	context := newContext(t)
	for _, e := range []struct{ name, pattern string }{
		{"port beyond 65535", "tcp://127.0.0.1:CUT"},
		{"text behind the port", "tcp://127.0.0.1:PORTx"},
		{"sign before the port", "tcp://127.0.0.1:+PORT"},
		{"blank before the port", "tcp://127.0.0.1: PORT"},
		{"zero before the port", "tcp://127.0.0.1:0PORT"},
		{"short address", "tcp://127.1:PORT"},
		{"octal address", "tcp://0177.0.0.1:PORT"},
		{"hexadecimal address", "tcp://0x7f000001:PORT"},
		{"number as address", "tcp://2130706433:PORT"},
		{"IPv4 in brackets", "tcp://[127.0.0.1]:PORT"},
		{"source in a bind", "tcp://127.1:1;127.0.0.1:PORT"},
	} {
		t.Run(e.name, func(t *testing.T) {
			for attempt := 1; ; attempt++ {
				port := freePort(t)
				// libzmq cuts a port to 16 bits.
				text := strings.NewReplacer("PORT", fmt.Sprint(port), "CUT", fmt.Sprint(port+1<<16)).Replace(e.pattern)
				if endpoint, err := zsock.ParseEndpoint(text); !errors.Is(err, zsock.ErrEndpoint) {
					t.Fatalf("%q is read as %q, %v; want ErrEndpoint", text, endpoint, err)
				}
				bound, err := bindWithLibzmq(t, context, text, false)
				if err == nil {
					if want := fmt.Sprintf("tcp://127.0.0.1:%d", port); bound != want {
						t.Errorf("libzmq binds %q as %q, not as %q as known: look at the parser again", text, bound, want)
					}
					return
				}
				if zmq.AsErrno(err) != zmq.Errno(syscall.EADDRINUSE) {
					t.Logf("this libzmq refuses %q too: %v", text, err)
					return
				}
				if attempt == 10 {
					t.Fatalf("no free port: %v", err)
				}
			}
		})
	}
}

// FuzzLibzmqBindsWhatTheParserSaw gives libzmq only loopback addresses.
func FuzzLibzmqBindsWhatTheParserSaw(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:*", "[::1]:0", "[::ffff:127.0.0.1]:*", "[::1%1]:*", "[::1%lo]:*", "127.1:*", "localhost:*", "[::1%1eth]:*", "127.0.0.1:99999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		endpoint, err := zsock.ParseEndpoint("tcp://" + address)
		_, sourced := endpoint.Source()
		if _, numeric := endpoint.Addr(); err != nil || !numeric || !endpoint.IsLoopback() || sourced {
			return
		}
		context := newContext(t)
		for _, ipv6 := range []bool{false, true} {
			if err := checkBind(t, context, endpoint, ipv6); err != nil {
				t.Logf("libzmq refuses %s (ipv6 %v): %v", endpoint, ipv6, err)
			}
		}
	})
}
