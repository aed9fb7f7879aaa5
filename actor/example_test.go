package actor_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/actomq/actomq/actor"
)

// get asks a counter for its sum after adding n.
type get struct {
	actor.Reply[int]
	n int
}

type counter struct{ sum int }

func (c *counter) Receive(_ *actor.Context[get], m get) error {
	if m.n < 0 {
		return errors.New("negative")
	}
	c.sum += m.n
	m.Answer(c.sum)
	return nil
}

func add(n int) func(actor.Reply[int]) get {
	return func(r actor.Reply[int]) get { return get{r, n} }
}

var quiet = actor.WithLogger(slog.New(slog.DiscardHandler))

func Example() {
	ctx := context.Background()
	sys, err := actor.NewSystem()
	if err != nil {
		panic(err)
	}
	defer sys.Close(ctx)
	ref, err := actor.Spawn(ctx, sys, "counter", func() actor.Behavior[get] { return &counter{} })
	if err != nil {
		panic(err)
	}
	for n := range 4 {
		sum, err := actor.Ask(ctx, ref, add(n))
		fmt.Println(sum, err)
	}
	fmt.Print(sys.Snapshot())
	// Output:
	// 0 <nil>
	// 1 <nil>
	// 3 <nil>
	// 6 <nil>
	// system running received=1
	// └─ counter running received=4
}

// A failure that nobody handles ends the system, with its cause.
func ExampleSystem_Err() {
	ctx := context.Background()
	sys, err := actor.NewSystem(quiet)
	if err != nil {
		panic(err)
	}
	ref, err := actor.Spawn(ctx, sys, "counter", func() actor.Behavior[get] { return &counter{} })
	if err != nil {
		panic(err)
	}
	_, err = actor.Ask(ctx, ref, add(-1))
	fmt.Println(errors.Is(err, actor.ErrRestarted))
	<-sys.Done()
	fmt.Println(sys.Err())
	// Output:
	// true
	// /counter: negative
}

// A handler does not wait for slow work: it has the result delivered as a message.
func ExampleContext_Go() {
	type message struct {
		start  bool
		result string
	}
	ctx := context.Background()
	sys, err := actor.NewSystem(quiet)
	if err != nil {
		panic(err)
	}
	defer sys.Close(ctx)
	ref, err := actor.Spawn(ctx, sys, "worker", func() actor.Behavior[message] {
		return actor.Func[message](func(c *actor.Context[message], m message) error {
			if m.start {
				c.Go(func(context.Context) message { return message{result: "slow work is done"} }, nil)
				return nil
			}
			fmt.Println(m.result)
			return actor.ErrStop
		})
	})
	if err != nil {
		panic(err)
	}
	if err := ref.Tell(ctx, message{start: true}); err != nil {
		panic(err)
	}
	<-ref.Done()
	// Output: slow work is done
}

// Close names the actors that do not return.
func ExampleSystem_Close() {
	ctx := context.Background()
	sys, err := actor.NewSystem(quiet)
	if err != nil {
		panic(err)
	}
	busy, proceed := make(chan struct{}), make(chan struct{})
	ref, err := actor.Spawn(ctx, sys, "stubborn", func() actor.Behavior[int] {
		return actor.Func[int](func(*actor.Context[int], int) error { close(busy); <-proceed; return nil })
	})
	if err != nil {
		panic(err)
	}
	if err := ref.Tell(ctx, 1); err != nil {
		panic(err)
	}
	<-busy
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	fmt.Println(sys.Close(short))
	close(proceed)
	fmt.Println(sys.Close(ctx))
	// Output:
	// actor: 1 actor(s) did not stop in time: [/stubborn]: context deadline exceeded
	// <nil>
}
