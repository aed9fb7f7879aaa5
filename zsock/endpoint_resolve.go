package zsock

import (
	"context"
	"net"
	"net/netip"
)

// Resolve gives the endpoint once for each address that its host name stands for at the moment, in the resolver's order, and
// waits for the resolver as long as ctx allows. An endpoint without a host name is given as it is, normalised.
//
// To connect to a name, libzmq asks the resolver itself, at each new connection, in a place where no policy sees the answer. That
// is convenient where names may move, and how a name under someone else's control can lead into a network that was
// not meant (DNS rebinding). Where addresses are restricted, for example by CIDR, resolve first and connect to what comes back:
//
//	addresses, err := zsock.Resolve(ctx, "tcp://db.example.org:5555")
//	err = socket.Connect(ctx, addresses[0])
//
// The error is ErrEndpoint for a bad endpoint, and otherwise the resolver's.
func Resolve(ctx context.Context, text string) ([]string, error) {
	return resolve(ctx, text, net.DefaultResolver.LookupNetIP)
}

func resolve(ctx context.Context, text string, lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)) ([]string, error) {
	endpoint, err := parseFor(OpConnect, text)
	if err != nil {
		return nil, err
	}
	if endpoint.transport != TransportTCP || endpoint.target.addr.IsValid() {
		return []string{endpoint.String()}, nil
	}
	addrs, err := lookup(ctx, "ip", endpoint.target.name)
	if err != nil {
		return nil, &Error{Op: "resolve", Endpoint: endpoint.String(), Err: err}
	}
	list := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		numeric := endpoint
		numeric.target = tcpAddress{addr: addr.Unmap(), port: endpoint.target.port}
		if !numeric.IsWildcard() { // which would be this machine
			list = append(list, numeric.String())
		}
	}
	if len(list) == 0 {
		return nil, &Error{Op: "resolve", Endpoint: endpoint.String(), Err: ErrEndpoint, Hint: "the name has no address to connect to"}
	}
	return list, nil
}
