package zsock

import (
	"fmt"
	"sync"
	"testing"
)

// Several proxies start of one spec at the same time, whose options lie side by side in one array; the caller uses it again at once.
func TestAProxyLeavesItsSpecToTheCaller(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	array := make([]SocketOption, 8)
	array[0], array[4] = WithRecvHWM(10), WithSendHWM(10)
	spec := ProxySpec{Front: Side{Pull, array[:1]}, Back: Side{Push, array[4:5]}, CaptureTo: &Side{Pub, array[6:6]}}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			p, err := sys.StartProxy(ctx, spec)
			if err != nil {
				t.Error(err)
				return
			}
			if v, err := p.Back().Option(ctx, "sndhwm"); v != 10 || err != nil {
				t.Error(v, err)
			}
			if err := p.Stop(ctx, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i, option := range array {
		if (option != nil) != (i == 0 || i == 4) {
			t.Errorf("option %d was changed", i)
		}
	}
	p := startProxy(t, sys, ProxySpec{Front: Side{Pull, append(array[:0], WithBind("inproc://mine"))}, Back: side(Push, WithBind("inproc://other"))})
	array[0] = WithBind("inproc://theirs")
	lose(t, p.Front())
	if where := fmt.Sprint(bound(t, p.Front())); where != "inproc://mine" {
		t.Error(where)
	}
}
