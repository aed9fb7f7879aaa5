package zsock

import (
	"fmt"
	"sync"
	"testing"
)

// The numbers of the descriptors that a lost socket leaves go to whoever starts first.
func TestSocketsThatAreLostTogetherComeBackTogether(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	var pulls, pushes []*Socket
	for i := range 5 {
		pull, push := pair(t, sys, fmt.Sprintf("inproc://together-%d", i), Pull, Push)
		pulls, pushes = append(pulls, pull), append(pushes, push)
	}
	for round := range 10 {
		var group sync.WaitGroup
		for _, s := range append(append([]*Socket(nil), pulls...), pushes...) {
			group.Go(func() { lose(t, s) })
		}
		group.Wait()
		for i, push := range pushes {
			must(t, push.WaitConnected(ctx, 1))
			want := fmt.Sprint(round, i)
			must(t, push.Send(ctx, Text(want)))
			if m := receive(t, pulls[i]); m.String() != want {
				t.Fatalf("got %s, want %s", m, want)
			}
		}
	}
}
