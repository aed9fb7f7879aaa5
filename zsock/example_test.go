package zsock_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/actomq/actomq/zsock"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A server and a client in one program. The server's loop ends when its socket closes.
func ExampleSystem_Open() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	rep, err := sys.Open(zsock.Rep, zsock.WithBind("tcp://127.0.0.1:0"))
	check(err)
	go func() {
		for msg, err := range rep.All(ctx) {
			if err != nil {
				return
			}
			fmt.Println("server received", msg)
			check(rep.Send(ctx, zsock.Text("World")))
		}
	}()

	where, err := rep.Endpoints(ctx, zsock.Bound) // the port that the system chose
	check(err)
	req, err := sys.Open(zsock.Req, zsock.WithConnect(where...))
	check(err)
	check(req.Send(ctx, zsock.Text("Hello")))
	answer, err := req.RecvString(ctx)
	check(err)
	fmt.Println("client received", answer)
	// Output:
	// server received Hello
	// client received World
}

// A publisher waits for its subscribers instead of sleeping.
func ExampleSocket_WaitSubscribers() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	pub, err := sys.Open(zsock.Pub, zsock.WithBind("inproc://weather"))
	check(err)
	sub, err := sys.Open(zsock.Sub, zsock.WithConnect("inproc://weather"), zsock.WithSubscribe("10001"))
	check(err)

	check(pub.WaitSubscribers(ctx, "10001", 1))
	check(pub.Send(ctx, zsock.Text("20002 14 60")))
	check(pub.Send(ctx, zsock.Text("10001 21 45")))
	report, err := sub.RecvString(ctx)
	check(err)
	fmt.Println(report)
	// Output: 10001 21 45
}

// The channel of a socket composes with other events. It closes with the socket.
func ExampleSocket_Messages() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	pull, err := sys.Open(zsock.Pull, zsock.WithBind("inproc://work"))
	check(err)
	push, err := sys.Open(zsock.Push, zsock.WithConnect("inproc://work"))
	check(err)
	check(push.Post(ctx, zsock.Text("a task")))

	select {
	case msg := <-pull.Messages():
		fmt.Println("received", msg)
	case <-ctx.Done():
		fmt.Println("too late")
	}
	check(pull.Close())
	_, open := <-pull.Messages()
	fmt.Println("open:", open)
	// Output:
	// received a task
	// open: false
}

// A send that its context ends was not sent, and the socket goes on.
func ExampleSocket_Send() {
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(context.Background())

	push, err := sys.Open(zsock.Push) // nobody is connected, so libzmq takes nothing
	check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	err = push.Send(ctx, zsock.Text("hello?"))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

// A reader of positions that is slower than they come gets the latest one.
func ExampleWithNewest() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	display, err := sys.Open(zsock.Pull, zsock.WithNewest(1), zsock.WithBind("inproc://positions"))
	check(err)
	sensor, err := sys.Open(zsock.Push, zsock.WithConnect("inproc://positions"))
	check(err)
	for position := range 1000 {
		check(sensor.Send(ctx, zsock.Text(fmt.Sprint("position ", position))))
	}
	for display.Stats().Received < 1000 {
		runtime.Gosched() // a display would be drawing meanwhile
	}
	latest, err := display.RecvString(ctx)
	check(err)
	fmt.Println(latest, "after", display.Stats().Replaced, "others")
	// Output: position 999 after 999 others
}
