package interop

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
)

// pairing is two socket types that may speak with each other (ZeroMQ RFC 23), ours first, and how they do.
type pairing struct {
	ours   zsock.Type
	theirs string
	talk   func(t *testing.T, l *link)
}

var pairings = []pairing{
	{zsock.Pair, "PAIR", both(ask(0), answer)},
	{zsock.Pub, "SUB", publish},
	{zsock.Pub, "XSUB", publish},
	{zsock.XPub, "SUB", publish},
	{zsock.XPub, "XSUB", publish},
	{zsock.Sub, "PUB", listen},
	{zsock.Sub, "XPUB", subscribe},
	{zsock.XSub, "PUB", listen},
	{zsock.XSub, "XPUB", subscribe},
	{zsock.Req, "REP", ask(0)},
	{zsock.Req, "ROUTER", ask(3)}, // its id, the number of the request, the delimiter
	{zsock.Rep, "REQ", answer},
	{zsock.Rep, "DEALER", answerEnveloped},
	{zsock.Dealer, "REP", askEnveloped},
	{zsock.Dealer, "DEALER", both(ask(0), answer)},
	{zsock.Dealer, "ROUTER", ask(1)},
	{zsock.Router, "REQ", answerByID},
	{zsock.Router, "DEALER", answerByID},
	{zsock.Router, "ROUTER", askByID},
	{zsock.Push, "PULL", push},
	{zsock.Pull, "PUSH", pull},
}

func (r *rig) types(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		for _, weBind := range []bool{true, false} {
			for _, p := range pairings {
				h := how{transport: transport, weBind: weBind}
				if p.theirs == "ROUTER" && p.ours == zsock.Router {
					// Two routers can't speak before they know each other's names. A probe tells ours that theirs is there.
					h.options = []zsock.SocketOption{zsock.WithIdentity("ours")}
					h.settings = []any{"routing_id=theirs", "probe_router=1"}
				}
				exchange(t, fmt.Sprintf("our %v, their %s, %v", p.ours, p.theirs, h), func(ctx context.Context, t *testing.T) {
					p.talk(t, r.link(ctx, t, p.ours, p.theirs, h))
				})
			}
		}
	}
}

func both(talks ...func(t *testing.T, l *link)) func(t *testing.T, l *link) {
	return func(t *testing.T, l *link) {
		for _, talk := range talks {
			talk(t, l)
		}
	}
}

func push(t *testing.T, l *link) {
	for _, s := range corpus() {
		l.send(t, s.message())
	}
	for _, s := range corpus() {
		l.theyRecv(t, s, 0)
	}
}

func pull(t *testing.T, l *link) {
	for _, s := range corpus() {
		l.tell(t, "send", s)
	}
	for _, s := range corpus() {
		s.check(t, l.recv(t))
	}
}

// ask has us begin; before is how many frames of an envelope the peer sees.
func ask(before int) func(t *testing.T, l *link) {
	return func(t *testing.T, l *link) {
		for i, s := range corpus() {
			back := sized(100+i, 1+i*i)
			l.send(t, s.message())
			l.theyRecv(t, s, before)
			l.tell(t, "reply", back)
			back.check(t, l.recv(t))
		}
	}
}

// askEnveloped puts the delimiter by hand that a REP expects.
func askEnveloped(t *testing.T, l *link) {
	for i, s := range corpus() {
		back := sized(100+i, 1+i*i)
		l.send(t, s.message().Wrap())
		l.theyRecv(t, s, 0)
		l.tell(t, "send", back)
		back.after("").check(t, l.recv(t))
	}
}

func askByID(t *testing.T, l *link) {
	text("theirs", "").check(t, l.recv(t))
	for i, s := range corpus() {
		back := sized(100+i, 1+i*i)
		l.send(t, s.message().To("theirs"))
		l.theyRecv(t, s, 1)
		l.tell(t, "reply", back)
		back.after("theirs").check(t, l.recv(t))
	}
}

func answer(t *testing.T, l *link) {
	for i, s := range corpus() {
		back := sized(100+i, 1+i*i)
		l.tell(t, "send", s)
		s.check(t, l.recv(t))
		l.send(t, back.message())
		l.theyRecv(t, back, 0)
	}
}

func answerEnveloped(t *testing.T, l *link) {
	for i, s := range corpus() {
		back := sized(100+i, 1+i*i)
		l.tell(t, "send", s.after(""))
		s.check(t, l.recv(t))
		l.send(t, back.message())
		l.theyRecv(t, back.after(""), 0)
	}
}

func answerByID(t *testing.T, l *link) {
	for i, s := range corpus() {
		back := sized(100+i, 1+i*i)
		l.tell(t, "send", s)
		id, body, err := l.recv(t).SplitID()
		if err != nil {
			t.Fatal(err)
		}
		reply := back.message()
		if len(body.Frame(0)) == 0 && body.Len() > len(s) { // from a REQ
			_, body, _ = body.PopFront()
			reply = reply.Wrap()
		}
		s.check(t, body)
		l.send(t, reply.To(id))
		l.theyRecv(t, back, 0)
	}
}

const topic = "tea"

// publish sends what nobody subscribed to as well, which must not come.
func publish(t *testing.T, l *link) {
	in, out := text("\x01"+topic), text("\x00"+topic)
	_, err := l.agent.try(l.ctx, "sub", l.theirs, text(topic))
	raw := err != nil // an XSUB has no call for it: it sends the messages that a call would send
	if raw {
		l.tell(t, "send", in)
	}
	if err := l.ours.WaitSubscribers(l.ctx, topic, 1); err != nil {
		t.Fatal(err)
	}
	if l.ours.Type() == zsock.XPub {
		in.check(t, l.recv(t))
	}
	l.send(t, zsock.Text("coffee"))
	for _, s := range corpus() {
		l.send(t, s.after(topic).message())
	}
	for _, s := range corpus() {
		l.theyRecv(t, s.after(topic), 0)
	}
	if raw {
		l.tell(t, "send", out)
	} else {
		l.tell(t, "unsub", text(topic))
	}
	if l.ours.Type() == zsock.XPub {
		out.check(t, l.recv(t))
	}
}

// listen hears a PUB of theirs, which can't tell when it has subscribers: it publishes until we hear it.
func listen(t *testing.T, l *link) {
	if err := l.ours.Subscribe(l.ctx, topic); err != nil {
		t.Fatal(err)
	}
	probe := text(topic, "probe")
	for heard := false; !heard; {
		l.tell(t, "send", probe)
		heard = l.hears(t)
	}
	hear(t, l, probe.message())
}

// hears tells whether something comes before long. It waits for the message and takes none.
func (l *link) hears(t *testing.T) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(l.ctx, 5*time.Millisecond)
	defer cancel()
	_, err := l.ours.Recv(ctx)
	if err != nil && (!errors.Is(err, context.DeadlineExceeded) || l.ctx.Err() != nil) {
		t.Fatal(err)
	}
	return err == nil
}

// subscribe hears an XPUB of theirs, which sees us come and go.
func subscribe(t *testing.T, l *link) {
	if err := l.ours.Subscribe(l.ctx, topic); err != nil {
		t.Fatal(err)
	}
	l.theyRecv(t, text("\x01"+topic), 0)
	hear(t, l, zsock.Message{})
	if err := l.ours.Unsubscribe(l.ctx, topic); err != nil {
		t.Fatal(err)
	}
	l.theyRecv(t, text("\x00"+topic), 0)
}

func hear(t *testing.T, l *link, probe zsock.Message) {
	t.Helper()
	l.tell(t, "send", text("coffee"))
	for _, s := range corpus() {
		l.tell(t, "send", s.after(topic))
	}
	for i, s := range corpus() {
		m := l.recv(t)
		for i == 0 && m.Equal(probe) {
			m = l.recv(t)
		}
		s.after(topic).check(t, m)
	}
}
