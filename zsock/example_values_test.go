package zsock_test

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/actomq/actomq/zsock"
)

func ExampleText() {
	m := zsock.Text("temperature", "23.5", "°C")
	fmt.Println(m, m.Len(), m.Size())
	for i, frame := range m.All() {
		fmt.Println(i, string(frame))
	}
	// Output:
	// temperature 3 18
	// 0 temperature
	// 1 23.5
	// 2 °C
}

func ExampleMessage_Match() {
	_, err := zsock.Text("key", "value").Match(3)
	fmt.Println(err, errors.Is(err, zsock.ErrMultipart))
	// Output:
	// zsock: wrong number of frames: want 3, got 2 true
}

// A broker takes a request off a ROUTER and sends the reply back the same way.
func ExampleMessage_Unwrap() {
	request := zsock.Text("client 7", "", "Hello")
	route, body := request.Unwrap()
	reply := zsock.Text(body.String() + " World").Wrap(route...)
	fmt.Printf("%q\n", reply.Frames())
	// Output:
	// ["client 7" "" "Hello World"]
}

// Without a delimiter, as between DEALER and ROUTER, the identity stands alone.
func ExampleMessage_PopFront() {
	id, body, _ := zsock.Text("worker 3", "ready").PopFront()
	fmt.Printf("%s says %s\n", id, body)
	fmt.Printf("%q\n", zsock.Text("go").Prepend(id).Frames())
	// Output:
	// worker 3 says ready
	// ["worker 3" "go"]
}

func ExampleParseEndpoint() {
	for _, text := range []string{"tcp://[0:0::1]:0", "ipc:///run/app/../app/feed", "tcp://127.1:5555", "tcp://127.0.0.1:99999"} {
		endpoint, err := zsock.ParseEndpoint(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(endpoint, endpoint.IsLoopback())
	}
	// Output:
	// tcp://[::1]:* true
	// ipc:///run/app/feed false
	// zsock: bad endpoint "tcp://127.1:5555": host "127.1" is not four decimal numbers in 0..255 without leading zeros, as in 127.0.0.1
	// zsock: bad endpoint "tcp://127.0.0.1:99999": port 99999 is not in 0..65535
}

func ExampleAllowPlaintext() {
	endpoint, err := zsock.ParseEndpoint("tcp://*:5555")
	if err != nil {
		fmt.Println(err)
		return
	}
	bind := zsock.Access{Op: zsock.OpBind, Endpoint: endpoint, Type: zsock.Rep}
	fmt.Println(errors.Is(zsock.DefaultPolicy().Check(bind), zsock.ErrDenied))
	fmt.Println(zsock.Any(zsock.DefaultPolicy(), zsock.AllowPlaintext("tcp://*:5555")).Check(bind))
	// Output:
	// true
	// <nil>
}

// A service may reach its own network, but no privileged port there.
func ExampleAll() {
	policy := zsock.All(
		zsock.DefaultPolicy(),
		zsock.ForConnect(
			zsock.CIDR(netip.MustParsePrefix("10.20.0.0/16")),
			zsock.Deny(zsock.Ports(1, 1023)),
		),
	)
	for _, text := range []string{"tcp://10.20.3.4:5555", "tcp://10.20.3.4:22", "tcp://10.30.0.1:5555", "tcp://db.example.org:5555"} {
		endpoint, err := zsock.ParseEndpoint(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(policy.Check(zsock.Access{Op: zsock.OpConnect, Endpoint: endpoint, Type: zsock.Req}))
	}
	// Output:
	// <nil>
	// zsock: connect tcp://10.20.3.4:22 denied by Deny(Ports(1, 1023)): it names this as forbidden; use an endpoint that it does not name, or take it out of the policy
	// zsock: connect tcp://10.30.0.1:5555 denied by CIDR(10.20.0.0/16): 10.30.0.1 is not in [10.20.0.0/16]; allow it with CIDR 10.30.0.1/32
	// zsock: connect tcp://db.example.org:5555 denied by CIDR(10.20.0.0/16): no address is known for the name db.example.org without asking the network; connect to the addresses that Resolve gives
}
