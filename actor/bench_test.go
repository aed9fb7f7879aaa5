package actor

import (
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"
)

// compare runs ours and the raw twin in turns and reports the median of their ratios: one run, one machine, one load.
func compare(b *testing.B, ours, raw func(n int)) {
	const rounds = 9
	n := max(1, b.N/rounds)
	ours(n)
	raw(n)
	b.ReportAllocs()
	b.ResetTimer()
	var ratios, each []float64
	for range rounds {
		start := time.Now()
		raw(n)
		middle := time.Now()
		ours(n)
		end := time.Now()
		ratios = append(ratios, float64(end.Sub(middle))/float64(middle.Sub(start)))
		each = append(each, float64(end.Sub(middle))/float64(n))
	}
	slices.Sort(ratios)
	slices.Sort(each)
	b.ReportMetric(ratios[rounds/2], "ours/raw")
	b.ReportMetric(each[rounds/2], "ours-ns")
	b.ReportMetric(0, "ns/op") // of both together, which says nothing
}

func benchSystem(b *testing.B) *System {
	sys, err := NewSystem(WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := sys.Close(background); err != nil {
			b.Error(err)
		}
	})
	return sys
}

type tallied struct {
	left int
	done chan struct{}
}

func BenchmarkTell(b *testing.B) {
	for name, opts := range map[string][]Option{
		"64 messages":   nil,
		"1024 messages": {WithMailbox(1024)},
	} {
		b.Run(name, func(b *testing.B) {
			ref, err := Spawn(background, benchSystem(b), "a", func() Behavior[*tallied] {
				return Func[*tallied](func(_ *Context[*tallied], m *tallied) error {
					if m.left--; m.left == 0 {
						m.done <- struct{}{}
					}
					return nil
				})
			}, opts...)
			if err != nil {
				b.Fatal(err)
			}
			done := make(chan struct{})
			raw := make(chan *tallied, cap(ref.cell.user))
			defer close(raw)
			go func() {
				for m := range raw {
					if m.left--; m.left == 0 {
						m.done <- struct{}{}
					}
				}
			}()
			compare(b, func(n int) {
				m := &tallied{n, done}
				for range n {
					_ = ref.Tell(background, m)
				}
				<-done
			}, func(n int) {
				m := &tallied{n, done}
				for range n {
					raw <- m
				}
				<-done
			})
		})
	}
}

func BenchmarkAsk(b *testing.B) {
	ref, err := Spawn(background, benchSystem(b), "a", func() Behavior[question] {
		return Func[question](func(_ *Context[question], m question) error { m.Answer(m.n); return nil })
	})
	if err != nil {
		b.Fatal(err)
	}
	type request struct {
		n     int
		reply chan int
	}
	raw := make(chan request, defaultMailbox)
	defer close(raw)
	go func() {
		for m := range raw {
			m.reply <- m.n
		}
	}()
	compare(b, func(n int) {
		for i := range n {
			_, _ = Ask(background, ref, func(r Reply[int]) question { return question{r, i} })
		}
	}, func(n int) {
		for i := range n {
			m := request{i, make(chan int, 1)}
			raw <- m
			<-m.reply
		}
	})
}

func BenchmarkSpawnAndStop(b *testing.B) {
	sys := benchSystem(b)
	compare(b, func(n int) {
		for range n {
			ref, err := Spawn(background, sys, "a", life{}.produce)
			if err != nil {
				b.Fatal(err)
			}
			ref.Stop(nil)
			<-ref.Done()
		}
	}, func(n int) {
		for range n {
			mailbox, started, done := make(chan act, defaultMailbox), make(chan struct{}), make(chan struct{})
			go func() {
				close(started)
				for range mailbox {
				}
				close(done)
			}()
			<-started
			close(mailbox)
			<-done
		}
	})
}
