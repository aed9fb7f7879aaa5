package supervision_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

func Example() {
	ctx := context.Background()
	sys, err := actor.NewSystem(actor.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	defer sys.Close(ctx)
	sup, err := supervision.Start(ctx, sys, "printers", supervision.Spec{
		Backoff: supervision.Backoff{Min: time.Millisecond},
	})
	if err != nil {
		panic(err)
	}
	ref, err := supervision.Spawn(ctx, sup, "printer", supervision.Transient, func() actor.Behavior[string] {
		return actor.Func[string](func(c *actor.Context[string], m string) error {
			switch m {
			case "jam":
				return errors.New("paper jam")
			case "off":
				return actor.ErrStop
			}
			fmt.Println(m, "by incarnation", c.Incarnation())
			return nil
		})
	})
	if err != nil {
		panic(err)
	}
	for _, m := range []string{"one", "jam", "two", "off"} {
		if err := ref.Tell(ctx, m); err != nil {
			panic(err)
		}
	}
	<-ref.Done()
	// Output:
	// one by incarnation 1
	// two by incarnation 2
}
