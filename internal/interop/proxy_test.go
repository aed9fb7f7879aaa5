package interop

import (
	"context"
	"fmt"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// proxies has our PUB and SUB meet at a proxy of theirs, and an XPUB and SUB of theirs at one of ours. The subscription passes it the other way.
func (r *rig) proxies(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		exchange(t, fmt.Sprintf("their XPUB and SUB through our proxy, %s", transport), func(ctx context.Context, t *testing.T) {
			p, err := r.sys.StartProxy(ctx, zsock.ProxySpec{
				Front: zsock.Side{Type: zsock.XSub, Options: []zsock.SocketOption{zsock.WithBind(r.endpoint(transport))}},
				Back:  zsock.Side{Type: zsock.XPub, Options: []zsock.SocketOption{zsock.WithBind(r.endpoint(transport))}},
			})
			if err != nil {
				t.Fatal(err)
			}
			// Of their publishers it is the XPUB that can tell when the subscription has come through.
			pub, sub := r.client(ctx, t, "XPUB", p.Front()), r.client(ctx, t, "SUB", p.Back())
			r.agent.do(ctx, t, "sub", sub, text(topic))
			r.agent.do(ctx, t, "recv", pub, text("\x01"+topic))
			r.agent.do(ctx, t, "send", pub, text("coffee"))
			for _, s := range corpus() {
				r.agent.do(ctx, t, "send", pub, s.after(topic))
			}
			for _, s := range corpus() {
				r.agent.do(ctx, t, "recv", sub, s.after(topic))
			}
			r.agent.do(ctx, t, "unsub", sub, text(topic))
			r.agent.do(ctx, t, "recv", pub, text("\x00"+topic))
			if err := p.Stop(ctx, nil); err != nil {
				t.Error(err)
			}
		})
		exchange(t, fmt.Sprintf("our PUB and SUB through their proxy, %s", transport), func(ctx context.Context, t *testing.T) {
			front, back := r.proxy(ctx, t, transport)
			pub, err := r.sys.Open(zsock.Pub, zsock.WithConnect(front))
			if err != nil {
				t.Fatal(err)
			}
			sub, err := r.sys.Open(zsock.Sub, zsock.WithSubscribe(topic), zsock.WithConnect(back))
			if err != nil {
				t.Fatal(err)
			}
			l := &link{ctx: ctx, ours: pub}
			if err := pub.WaitSubscribers(l.ctx, topic, 1); err != nil {
				t.Fatal(err)
			}
			l.send(t, zsock.Text("coffee"))
			for _, s := range corpus() {
				l.send(t, s.after(topic).message())
			}
			l.ours = sub
			for _, s := range corpus() {
				s.after(topic).check(t, l.recv(t))
			}
			for _, s := range []*zsock.Socket{pub, sub} {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// proxy starts one of theirs for the time of t, and gives the endpoint for publishers and the one for subscribers.
func (r *rig) proxy(ctx context.Context, t *testing.T, transport string) (front, back string) {
	t.Helper()
	r.serial++
	name := fmt.Sprint("proxy", r.serial)
	r.agent.do(ctx, t, "open", name+"f", "XSUB")
	r.agent.do(ctx, t, "open", name+"b", "XPUB")
	front = r.agent.do(ctx, t, "bind", name+"f", r.endpoint(transport))
	back = r.agent.do(ctx, t, "bind", name+"b", r.endpoint(transport))
	r.agent.do(ctx, t, "proxy", name, name+"f", name+"b")
	t.Cleanup(func() {
		ctx, cancel := last(t)
		defer cancel()
		if _, err := r.agent.try(ctx, "stop", name); err != nil && !t.Failed() {
			t.Error(err)
		}
	})
	return front, back
}
