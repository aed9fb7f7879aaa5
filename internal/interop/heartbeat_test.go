package interop

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
	"github.com/actomq/actomq/zsock/zsocktest"
)

// heartbeats leaves connections idle while the peer asks us many times whether we are there. A peer behind a relay that holds
// everything back tells when: it gives up a connection of the same age. One that was made again would have another id at our ROUTER.
func heartbeats(t *testing.T, r *rig, other implementation) {
	const often, late, later = 100 * time.Millisecond, 1200 * time.Millisecond, 2 * time.Second
	asks := func(timeout time.Duration) []any {
		return []any{fmt.Sprint("heartbeat_ivl=", often.Milliseconds()), fmt.Sprint("heartbeat_timeout=", timeout.Milliseconds())}
	}
	for _, transport := range []string{"tcp", "ipc"} {
		exchange(t, "idle connections stay and a dead one is noticed, "+transport, func(ctx context.Context, t *testing.T) {
			type connection struct {
				*link
				id string
			}
			var idle []connection
			for _, weBind := range []bool{true, false} {
				c := connection{link: r.link(ctx, t, zsock.Router, "DEALER", how{transport: transport, weBind: weBind, settings: asks(late)})}
				c.id = c.hello(t)
				idle = append(idle, c)
			}
			ours, err := r.sys.Open(zsock.Router)
			if err != nil {
				t.Fatal(err)
			}
			defer ours.Close()
			relay := zsocktest.NewRelay(t, bind(t, ours, r.endpoint("tcp")))
			far := &link{ctx: ctx, ours: ours, agent: r.agent, theirs: "far-" + transport}
			far.tell(t, "open", append([]any{"DEALER"}, asks(later)...)...)
			defer r.close(t, far.theirs)
			far.tell(t, "connect", relay.Endpoint())
			before := far.hello(t)
			news, err := ours.Monitor(ctx, zsock.WithEventKinds(zsock.EventAccepted))
			if err != nil {
				t.Fatal(err)
			}
			relay.Hold()
			select {
			case <-news.Events():
			case <-ctx.Done():
				t.Fatal("the peer has not connected anew")
			}
			relay.Pass()
			for _, c := range idle {
				if id := c.hello(t); id != c.id {
					t.Error("a connection was made again")
				}
			}
			if after := far.hello(t); after == before {
				t.Error("a peer speaks by the connection that it gave up")
			}
		})
	}
}

// hello has the peer send something, and gives the id of the connection that it comes by.
func (l *link) hello(t *testing.T) string {
	t.Helper()
	l.tell(t, "send", text("hello"))
	id, body, err := l.recv(t).SplitID()
	if err != nil {
		t.Fatal(err)
	}
	text("hello").check(t, body)
	return string(id)
}
