package zsock_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/actomq/actomq/zsock"
)

// Values are text on the wire, which any language reads.
func ExampleMessage_Scan() {
	m, err := zsock.Values("Zürich", 23.5, 7)
	check(err)
	fmt.Printf("%q\n", m.Frames())

	var city string
	var celsius float64
	check(m.Scan(&city, &celsius, nil))
	fmt.Println(city, celsius)
	fmt.Println(m.Scan(&city, &celsius))
	fmt.Println(m.Scan(&celsius, nil, nil))
	// Output:
	// ["Zürich" "23.5" "7"]
	// Zürich 23.5
	// zsock: wrong number of frames: want 2, got 3
	// zsock: frame does not hold such a value: frame 0 of 3 into *float64: strconv.ParseFloat: parsing "Zürich": invalid syntax
}

// A Router knows its peers by their ids.
func ExampleMessage_SplitID() {
	received := zsock.Text("worker 3", "ready")
	id, body, err := received.SplitID()
	check(err)
	fmt.Printf("%v says %v\n", id, body)
	fmt.Printf("%q\n", zsock.Text("task 42").To(id).Frames())
	// Output:
	// worker 3 says ready
	// ["worker 3" "task 42"]
}

// A request that came through two Routers carries the way back.
func ExampleMessage_PopEnvelope() {
	request := zsock.Text("broker", "client 7", "", "Hello")
	envelope, body, err := request.PopEnvelope()
	check(err)
	fmt.Println(envelope, envelope.Depth(), body)
	fmt.Printf("%q\n", zsock.Text("World").PushEnvelope(envelope).Frames())
	// Output:
	// broker > client 7 2 Hello
	// ["broker" "client 7" "" "World"]
}

// A Stream speaks with anything that speaks TCP; here with another one.
func ExampleStreamTracker() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	server, err := sys.Open(zsock.Stream, zsock.WithBind("tcp://127.0.0.1:0"))
	check(err)
	where, err := server.Endpoints(ctx, zsock.Bound)
	check(err)
	client, err := sys.Open(zsock.Stream, zsock.WithConnect(where...))
	check(err)

	var connections zsock.StreamTracker
	for msg, err := range server.All(ctx) {
		check(err)
		event, err := connections.Event(msg)
		check(err)
		fmt.Printf("%v %q\n", event.Kind, event.Data)
		switch event.Kind {
		case zsock.StreamConnected:
			hello, err := zsock.StreamWrite(event.ID, []byte("welcome"))
			check(err)
			check(server.Send(ctx, hello))
			check(client.Close())
		case zsock.StreamDisconnected:
			check(server.Close())
		}
	}
	// Output:
	// connected ""
	// disconnected ""
}

// Where a policy restricts addresses, a name is resolved in the open, and libzmq gets what the policy saw.
func ExampleResolve() {
	endpoints, err := zsock.Resolve(context.Background(), "tcp://localhost:5555")
	fmt.Println(endpoints, err)
	// Output: [tcp://127.0.0.1:5555] <nil>
}

// Several endpoints in one call: the error tells which failed, and which were done.
func ExampleSocket_Bind() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	pull, err := sys.Open(zsock.Pull, zsock.WithName("intake"))
	check(err)
	fmt.Println(pull.Bind(ctx, "inproc://near", "tcp://127.0.0.1:99999"))
	// Output:
	// zsock: bind tcp://127.0.0.1:99999 on intake: bad endpoint "tcp://127.0.0.1:99999": port 99999 is not in 0..65535; done before it: inproc://near
}

// One port may be reached by everybody, and nobody here may reach into one network.
func ExampleWithPolicy() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem(zsock.WithPolicy(zsock.All(
		zsock.Any(zsock.DefaultPolicy(), zsock.AllowPlaintext("tcp://*:5555")),
		zsock.ForConnect(zsock.Deny(zsock.CIDR(netip.MustParsePrefix("10.66.0.0/16")))),
	)))
	check(err)
	defer sys.Close(ctx)

	s, err := sys.Open(zsock.Dealer, zsock.WithBind("tcp://127.0.0.1:*", "inproc://inside"))
	check(err)
	fmt.Println(s.Bind(ctx, "udp://*:5555"))
	fmt.Println(s.Connect(ctx, "tcp://10.66.0.1:22"))
	// Output:
	// zsock: bind udp://*:5555 on dealer-1: not possible on this socket type: udp carries RADIO and DISH only, which are draft types of libzmq; use tcp, or epgm for multicast
	// zsock: connect tcp://10.66.0.1:22 denied by Deny(CIDR(10.66.0.0/16)): it names this as forbidden; use an endpoint that it does not name, or take it out of the policy
}
