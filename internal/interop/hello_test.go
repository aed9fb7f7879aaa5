package interop

import (
	"fmt"
	"strings"
	"testing"
)

const anyPort = "tcp://127.0.0.1:0"

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
	}
}

// heard is what the client prints when it was answered n times.
func heard(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "Client received \"World\" (#%d)\n", i)
	}
	return text.String()
}

func TestHello(t *testing.T) {
	hello := example(t, "hello")

	scenario(t, "asks and answers three times by itself", func(t *testing.T) {
		var want strings.Builder
		for i := range 3 {
			fmt.Fprintf(&want, "Server received: \"Hello\"\nClient received \"World\" (#%d)\n", i)
		}
		equal(t, "output", start(t, hello, "-endpoint", anyPort).succeed(), want.String())
	})
	scenario(t, "works as two processes, and an interrupt ends the server well", func(t *testing.T) {
		server := start(t, hello, "-role", "server", "-endpoint", anyPort)
		client := start(t, hello, "-role", "client", "-n", "5", "-endpoint", server.announced())
		equal(t, "client", client.succeed(), heard(5))
		server.interrupt()
		equal(t, "server", server.succeed(), strings.Repeat("Server received: \"Hello\"\n", 5))
	})
	scenario(t, "works over ipc", func(t *testing.T) {
		server := start(t, hello, "-role", "server", "-n", "3", "-endpoint", "ipc://"+t.TempDir()+"/hello")
		equal(t, "client", start(t, hello, "-role", "client", "-endpoint", server.announced()).succeed(), heard(3))
		server.succeed()
	})
	scenario(t, "says what is wrong", func(t *testing.T) {
		taken := start(t, hello, "-role", "server", "-endpoint", anyPort).announced()
		for _, wrong := range []struct {
			arguments []string
			want      string
		}{
			{[]string{"-endpoint", taken}, "address already in use"},
			{[]string{"-endpoint", "tcp://127.0.0.1"}, "port is missing"},
			{[]string{"-role", "bystander"}, "bystander"},
			{[]string{"server"}, "unexpected argument"},
		} {
			p := start(t, hello, wrong.arguments...)
			<-p.exited
			if p.status == nil || !strings.Contains(p.err.String(), wrong.want) {
				p.fail("want an error with %q", wrong.want)
			}
		}
	})
	scenario(t, "a client without a server can be interrupted", func(t *testing.T) {
		server := start(t, hello, "-role", "server", "-n", "1", "-endpoint", anyPort)
		client := start(t, hello, "-role", "client", "-n", "2", "-endpoint", server.announced())
		client.line("Client received")
		server.succeed() // nobody answers the second request
		client.interrupt()
		<-client.exited
		if client.status == nil || !strings.Contains(client.err.String(), "interrupt") {
			client.fail("want the interrupt as the error")
		}
	})
	for _, other := range exampleImplementations() {
		scenario(t, "answers "+other.name, func(t *testing.T) {
			peer := other.command(t)
			server := start(t, hello, "-role", "server", "-n", "10", "-endpoint", anyPort)
			client := start(t, peer, "hello-client", server.announced(), "10")
			equal(t, "client", client.succeed(), strings.Repeat("World\n", 10))
			equal(t, "server", server.succeed(), strings.Repeat("Server received: \"Hello\"\n", 10))
		})
		scenario(t, "asks "+other.name, func(t *testing.T) {
			peer := other.command(t)
			server := start(t, peer, "hello-server", "10")
			client := start(t, hello, "-role", "client", "-n", "10", "-endpoint", server.announced())
			equal(t, "client", client.succeed(), heard(10))
			equal(t, "server", server.succeed(), strings.Repeat("Hello\n", 10))
		})
	}
}
