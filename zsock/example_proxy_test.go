package zsock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/actomq/actomq/zsock"
)

// A broker between any number of clients and any number of servers: requests are shared out, answers find their way back.
func ExampleSystem_StartProxy() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sys.Close(ctx)

	broker, err := sys.StartProxy(ctx, zsock.ProxySpec{
		Name:  "broker",
		Front: zsock.Side{Type: zsock.Router, Options: []zsock.SocketOption{zsock.WithBind("tcp://127.0.0.1:*")}},
		Back:  zsock.Side{Type: zsock.Dealer, Options: []zsock.SocketOption{zsock.WithBind("inproc://workers")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		worker, err := sys.Open(zsock.Rep, zsock.WithConnect("inproc://workers"))
		if err != nil {
			fmt.Println(err)
			return
		}
		go func() {
			for m, err := range worker.All(ctx) {
				if err == nil {
					_ = worker.Send(ctx, zsock.Text("hello "+m.String()))
				}
			}
		}()
	}
	where, _ := broker.Front().Endpoints(ctx, zsock.Bound)
	client, err := sys.Open(zsock.Req, zsock.WithConnect(where...))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"Ann", "Bob"} {
		_ = client.Send(ctx, zsock.Text(name))
		answer, err := client.RecvString(ctx)
		fmt.Println(answer, err)
	}

	// An event of any kind may end it.
	enough := make(chan string, 1)
	enough <- "enough"
	reason, err := zsock.RunUntil(ctx, broker, enough)
	fmt.Println(reason, err)
	// Output:
	// hello Ann <nil>
	// hello Bob <nil>
	// enough <nil>
}
