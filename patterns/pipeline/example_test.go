package pipeline_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/actomq/actomq/patterns/pipeline"
	"github.com/actomq/actomq/zsock"
)

func Example() {
	ctx := context.Background()
	sys, err := zsock.NewSystem()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sys.Close(ctx)

	job := pipeline.Topology[int, int]{Workers: 3, Work: func(_ context.Context, n int) (int, error) { return n * n, nil }}
	run, err := job.Run(sys)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close(ctx)

	sum := 0
	for r, err := range run.Process(ctx, slices.Values([]int{1, 2, 3, 4})) {
		if err != nil {
			fmt.Println(err)
			return
		}
		sum += r.Value
	}
	fmt.Println("sum of squares:", sum)
	// Output: sum of squares: 30
}

// A worker joins from elsewhere: here from the same process, over tcp.
func ExampleWork() {
	ctx := context.Background()
	sys, err := zsock.NewSystem()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sys.Close(ctx)

	run, err := pipeline.Topology[string, int]{Endpoint: "tcp://127.0.0.1:*"}.Run(sys)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close(ctx)

	worker, err := pipeline.Work(sys, run.Endpoint(), func(_ context.Context, s string) (int, error) { return len(s), nil },
		pipeline.WithName("counter"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer worker.Close(ctx)

	for r, err := range run.Process(ctx, slices.Values([]string{"message"})) {
		fmt.Println(r.Number, r.Value, r.Worker, err)
	}
	// Output: 0 7 counter <nil>
}
