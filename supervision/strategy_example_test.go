package supervision_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
	"github.com/actomq/actomq/supervision"
)

// part is an actor that says when it starts and stops, and fails when it is told anything.
type part struct{ name string }

func (p part) Start(*actor.Context[string]) error           { fmt.Println("start", p.name); return nil }
func (p part) Stop(*actor.Context[string], error)           { fmt.Println("stop", p.name) }
func (p part) Receive(*actor.Context[string], string) error { return errors.New("out of order") }

func named(name string) supervision.Child {
	return supervision.Actor(name, func() actor.Behavior[string] { return part{name} })
}

// show starts the children a, b and c under a supervisor with that strategy, has b fail, and waits until all run again.
func show(strategy supervision.Strategy, restarted ...string) {
	ctx := context.Background()
	probe := actortest.NewProbe()
	sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)), actor.WithEvents(probe.Event))
	if err != nil {
		panic(err)
	}
	defer sys.Close(ctx)
	sup, err := supervision.Start(ctx, sys, "sup", supervision.Spec{
		Strategy: strategy,
		Backoff:  supervision.Backoff{Min: time.Millisecond},
	}, named("a"), named("b"), named("c"))
	if err != nil {
		panic(err)
	}
	b, err := supervision.Find[string](ctx, sup, "b")
	if err != nil {
		panic(err)
	}
	fmt.Println("b fails")
	if err := b.Tell(ctx, "anything"); err != nil {
		panic(err)
	}
	for _, name := range restarted {
		if _, err := probe.Await(ctx, 2, actortest.Is(actor.Started, "/sup/"+name)); err != nil {
			panic(err)
		}
	}
	fmt.Println("the system ends")
}

func ExampleStrategy_oneForOne() {
	show(supervision.OneForOne, "b")
	// Output:
	// start a
	// start b
	// start c
	// b fails
	// stop b
	// start b
	// the system ends
	// stop c
	// stop b
	// stop a
}

func ExampleStrategy_allForOne() {
	show(supervision.AllForOne, "a", "b", "c")
	// Output:
	// start a
	// start b
	// start c
	// b fails
	// stop c
	// stop b
	// stop a
	// start a
	// start b
	// start c
	// the system ends
	// stop c
	// stop b
	// stop a
}

func ExampleStrategy_restForOne() {
	show(supervision.RestForOne, "b", "c")
	// Output:
	// start a
	// start b
	// start c
	// b fails
	// stop c
	// stop b
	// start b
	// start c
	// the system ends
	// stop c
	// stop b
	// stop a
}

// A dynamic supervisor has children of one kind that come and go, and no more than it may have.
func ExampleKind() {
	ctx := context.Background()
	sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	defer sys.Close(ctx)
	sup, err := supervision.Start(ctx, sys, "sessions", supervision.Spec{Strategy: supervision.Dynamic, MaxChildren: 2})
	if err != nil {
		panic(err)
	}
	sessions := supervision.Kind[string, string]{
		New: func(user string) actor.Behavior[string] {
			return actor.Func[string](func(_ *actor.Context[string], m string) error {
				fmt.Println(user, "says", m)
				return actor.ErrStop
			})
		},
		Restart: supervision.Transient, // it ends by itself
	}
	for _, user := range []string{"ann", "bob", "eve"} {
		session, err := sessions.Start(ctx, sup, "", user)
		if errors.Is(err, supervision.ErrTooMany) {
			fmt.Println("no room for", user)
			continue
		}
		if err != nil {
			panic(err)
		}
		if user == "ann" {
			continue
		}
		if err := session.Tell(ctx, "hello"); err != nil {
			panic(err)
		}
		<-session.Done()
	}
	// Output:
	// bob says hello
	// eve says hello
}

// The tree is data: children and nested supervisors are values, and what is restarted comes back whole.
func ExampleNested() {
	ctx := context.Background()
	sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	top, err := supervision.Start(ctx, sys, "shop", supervision.Spec{},
		named("ledger"),
		supervision.Nested("counter", supervision.Spec{Strategy: supervision.RestForOne}, named("till"), named("printer").As(supervision.Transient)),
	)
	if err != nil {
		panic(err)
	}
	fmt.Print(sys.Snapshot())
	if err := top.Stop(ctx); err != nil {
		panic(err)
	}
	if err := sys.Close(ctx); err != nil {
		panic(err)
	}
	// Output:
	// start ledger
	// start till
	// start printer
	// system running received=1
	// └─ shop (one-for-one) running received=0
	//    ├─ ledger running received=0
	//    └─ counter (rest-for-one) running received=0
	//       ├─ till running received=0
	//       └─ printer running received=0
	// stop printer
	// stop till
	// stop ledger
}
