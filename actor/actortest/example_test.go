package actortest_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/actor/actortest"
	"github.com/actomq/actomq/supervision"
)

// A printer that jams is restarted, and prints what waited. In a test, New gives the system and the probe.
func Example() {
	ctx := context.Background()
	probe := actortest.NewProbe()
	sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)), actor.WithEvents(probe.Event))
	if err != nil {
		panic(err)
	}
	defer sys.Close(ctx)

	faults := actortest.NewInjector()
	paper := actortest.NewSink[string]()
	sup, err := supervision.Start(ctx, sys, "printers", supervision.Spec{},
		supervision.Actor("printer", actortest.Inject(faults, paper.New)))
	if err != nil {
		panic(err)
	}
	printer, err := supervision.Find[string](ctx, sup, "printer")
	if err != nil {
		panic(err)
	}

	faults.Next(actortest.Receive, actortest.Panic("paper jam"))
	for _, page := range []string{"one", "two", "three"} {
		if err := printer.Tell(ctx, page); err != nil {
			panic(err)
		}
	}
	restarting, err := probe.Await(ctx, 1, actortest.Is(actor.Restarting, "/printers/*"))
	if err != nil {
		panic(err)
	}
	fmt.Println(restarting[0].Path, restarting[0].Err)
	pages, err := paper.Await(ctx, 2)
	fmt.Println(pages, err)
	// Output:
	// /printers/printer actor: panic: paper jam
	// [two three] <nil>
}
