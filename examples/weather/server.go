package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/actomq/actomq/zsock"
)

// listen opens the server's socket and tells where it is bound.
func listen(ctx context.Context, sys *zsock.System, endpoint string) (pub *zsock.Socket, where string, err error) {
	pub, err = sys.Open(zsock.Pub, zsock.WithName("server"), zsock.WithBind(endpoint))
	if err != nil {
		return nil, "", err
	}
	bound, err := pub.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return nil, "", err
	}
	fmt.Println("listening on", bound[0])
	return pub, bound[0], nil
}

// server publishes n reports, or any number when n is 0. Post doesn't wait for libzmq to take each of them.
func server(ctx context.Context, pub *zsock.Socket, n int) error {
	for i := 0; n == 0 || i < n; i++ {
		// A Pub drops what nobody has subscribed to. While there is nobody at all, the server rests.
		if err := pub.WaitConnected(ctx, 1); err != nil {
			return err
		}
		if err := pub.Post(ctx, zsock.Text(report())); err != nil {
			return err
		}
	}
	return nil
}

// report makes the weather of a random place up: ZIP code, temperature, relative humidity.
func report() string {
	return fmt.Sprintf("%05d %d %d", rand.IntN(100_000), rand.IntN(215)-80, rand.IntN(50)+10)
}
