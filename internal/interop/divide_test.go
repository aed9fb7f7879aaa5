package interop

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func number(t *testing.T, text, form string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + form + `$`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no line %q in\n%s", form, text)
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func cost(t *testing.T, text string) float64 {
	t.Helper()
	return number(t, text, `Total expected cost: (\d+) ms`)
}

func elapsed(t *testing.T, text string) float64 {
	t.Helper()
	return number(t, text, `Total elapsed time: (\d+) ms`)
}

func TestDivide(t *testing.T) {
	divide := example(t, "divide")
	const tasks = "40"

	scenario(t, "is faster with workers, by itself", func(t *testing.T) {
		text := start(t, divide, "-ventilator", anyPort, "-sink", anyPort).succeed()
		up := number(t, text, `Speed-up: (\d+\.\d) with 10 workers`)
		if want := cost(t, text) / elapsed(t, text); up <= 1 || math.Abs(up-want) > 0.1+want/100 {
			t.Errorf("the speed-up is %v, but the cost by the time is %v", up, want)
		}
	})
	scenario(t, "works as processes, and an interrupt ends the workers well", func(t *testing.T) {
		sink := start(t, divide, "-role", "sink", "-n", tasks, "-sink", anyPort)
		ventilator := start(t, divide, "-role", "ventilator", "-n", tasks, "-workers", "6", "-ventilator", anyPort, "-sink", sink.announced())
		work := []string{"-role", "worker", "-workers", "3", "-ventilator", ventilator.announced(), "-sink", sink.announced()}
		one, two := start(t, divide, work...), start(t, divide, work...)
		cost(t, ventilator.succeed())
		elapsed(t, sink.succeed())
		for _, workers := range []*process{one, two} {
			workers.interrupt()
			workers.succeed()
		}
	})
	scenario(t, "a task that is no number ends the workers with an error", func(t *testing.T) {
		sink := start(t, divide, "-role", "sink", "-sink", anyPort)
		workers := start(t, divide, "-role", "worker", "-ventilator", sillyVentilator(t), "-sink", sink.announced())
		<-workers.exited
		if workers.status == nil || !strings.Contains(workers.err.String(), `"many" is not a number`) {
			workers.fail("want an error about the task")
		}
	})
	for _, other := range exampleImplementations() {
		scenario(t, "hands tasks to workers of "+other.name, func(t *testing.T) {
			peer := other.command(t)
			sink := start(t, divide, "-role", "sink", "-n", tasks, "-sink", anyPort)
			ventilator := start(t, divide, "-role", "ventilator", "-n", tasks, "-workers", "2", "-ventilator", anyPort, "-sink", sink.announced())
			one := start(t, peer, "worker", ventilator.announced(), sink.announced())
			two := start(t, peer, "worker", ventilator.announced(), sink.announced())
			elapsed(t, sink.succeed())
			done, sum := 0, 0
			for _, worker := range []*process{one, two} {
				own := strings.Fields(worker.end())
				if len(own) != 20 {
					t.Errorf("a worker did %d tasks, want 20", len(own))
				}
				for _, task := range own {
					milliseconds, err := strconv.Atoi(task)
					if err != nil || milliseconds < 1 || milliseconds > 100 {
						t.Errorf("task %q", task)
					}
					done, sum = done+1, sum+milliseconds
				}
			}
			equal(t, "work done", fmt.Sprintf("%d tasks, %d ms", done, sum),
				fmt.Sprintf("%s tasks, %.0f ms", tasks, cost(t, ventilator.succeed())))
		})
		scenario(t, "works between a ventilator and a sink of "+other.name, func(t *testing.T) {
			peer := other.command(t)
			sink := start(t, peer, "sink", tasks)
			ventilator := start(t, peer, "ventilator", sink.announced(), tasks)
			workers := start(t, divide, "-role", "worker", "-workers", "2", "-ventilator", ventilator.announced(), "-sink", sink.announced())
			equal(t, "sink", sink.succeed(), "begin=1 results="+tasks+"\n")
			ventilator.succeed()
			workers.interrupt()
			workers.succeed()
		})
	}
}
