package interop

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
)

// heartbeats leaves connections idle until each side has asked the other several times whether it is there; a peer that is
// stopped meanwhile tells when, by being noticed. A connection that was made again would have another id at our ROUTER.
func heartbeats(t *testing.T, r *rig, other implementation) {
	const often, late, later = 100 * time.Millisecond, 1200 * time.Millisecond, 2 * time.Second
	ours := func(timeout time.Duration) []zsock.SocketOption {
		return []zsock.SocketOption{zsock.WithOption("heartbeat_ivl", often), zsock.WithOption("heartbeat_timeout", timeout)}
	}
	off := []zsock.SocketOption{zsock.WithOption("heartbeat_ivl", time.Duration(0))}
	theirs := []any{fmt.Sprint("heartbeat_ivl=", often.Milliseconds()), fmt.Sprint("heartbeat_timeout=", late.Milliseconds())}

	for _, transport := range []string{"tcp", "ipc"} {
		exchange(t, "idle connections stay and a stopped peer is noticed, "+transport, func(ctx context.Context, t *testing.T) {
			sleeper := assemble(t, other, r.sys)
			idle := []struct {
				who string
				how
				*link
				id string
			}{
				{who: "we ask", how: how{options: ours(late)}},
				{who: "they ask", how: how{options: off, settings: theirs}},
				{who: "both ask", how: how{options: ours(late), settings: theirs}},
			}
			for i := range idle {
				c := &idle[i]
				c.transport, c.weBind = transport, i%2 == 0
				c.link = r.link(ctx, t, zsock.Router, "DEALER", c.how)
				c.id = c.hello(t)
			}
			stopped := sleeper.link(ctx, t, zsock.Router, "DEALER", how{transport: transport, weBind: true, options: ours(later)})
			before := stopped.hello(t)
			if err := stopped.ours.WaitConnected(ctx, 1); err != nil { // a message may come before the news of who sends it
				t.Fatal(err)
			}
			sleeper.agent.signal(t, syscall.SIGSTOP)
			stopped.until(t, "noticed that the peer stopped", func() bool { return stopped.ours.ReadyPeers() == 0 })
			sleeper.agent.signal(t, syscall.SIGCONT)
			if err := stopped.ours.WaitConnected(stopped.ctx, 1); err != nil {
				t.Fatal(err)
			}
			for _, c := range idle {
				if id := c.hello(t); id != c.id {
					t.Errorf("%s: the connection was made again", c.who)
				}
			}
			if after := stopped.hello(t); after == before {
				t.Error("the stopped peer speaks by the connection that was lost")
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
