package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/actomq/actomq/patterns/pubsub"
	"github.com/actomq/actomq/zsock"
)

type Report struct{ Temperature, Humidity int }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func start() (context.Context, *zsock.System, func()) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	sys, err := zsock.NewSystem()
	check(err)
	return ctx, sys, func() {
		check(sys.Close(ctx))
		cancel()
	}
}

func Example() {
	ctx, sys, end := start()
	defer end()

	pub, err := pubsub.NewPublisher[Report](sys, pubsub.WithSocket(zsock.WithBind("inproc://reports")))
	check(err)
	sub, err := pubsub.NewSubscriber[Report](sys, []string{"10001"}, pubsub.WithSocket(zsock.WithConnect("inproc://reports")))
	check(err)
	check(pub.WaitSubscribers(ctx, "10001", 1))
	check(pub.Publish(ctx, "99999", Report{-3, 80})) // nobody wants to know
	check(pub.Publish(ctx, "10001", Report{21, 45}))
	event, err := sub.Recv(ctx)
	fmt.Println(event.Topic, event.Value.Temperature, err)
	// Output: 10001 21 <nil>
}

// A message that can't be read is an error of its own, and the loop goes on.
func ExampleSubscriber_All() {
	ctx, sys, end := start()
	defer end()

	pub, err := pubsub.NewPublisher[Report](sys, pubsub.WithSocket(zsock.WithBind("inproc://mixed")))
	check(err)
	sub, err := pubsub.NewSubscriber[Report](sys, []string{""}, pubsub.WithSocket(zsock.WithConnect("inproc://mixed")))
	check(err)
	check(pub.WaitSubscribers(ctx, "", 1))
	check(pub.Socket().Send(ctx, zsock.Text("10001", "nonsense")))
	check(pub.Publish(ctx, "10001", Report{21, 45}))
	for event, err := range sub.All(ctx) {
		if unread, ok := errors.AsType[*pubsub.DecodeError](err); ok {
			fmt.Println("can't be read:", unread.Topic)
			continue
		}
		check(err)
		fmt.Println(event.Topic, event.Value)
		break
	}
	fmt.Printf("%+v\n", sub.Stats())
	// Output:
	// can't be read: 10001
	// 10001 {21 45}
	// {Received:2 Delivered:1 Undecodable:1 Waiting:0 Replaced:0 Unread:0}
}

// After Close every call says so.
func ExamplePublisher_Close() {
	ctx, sys, end := start()
	defer end()

	pub, err := pubsub.NewPublisher[Report](sys, pubsub.WithSocket(zsock.WithName("reports"), zsock.WithBind("inproc://closed")))
	check(err)
	check(pub.Close())
	err = pub.Publish(ctx, "10001", Report{})
	fmt.Println(errors.Is(err, pubsub.ErrClosed))
	failed, _ := errors.AsType[*pubsub.Error](err)
	fmt.Println(failed.Op, failed.Topic, failed.Endpoint)
	// Output:
	// true
	// publish 10001 inproc://closed
}
