package interop

import (
	"bytes"
	"context"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// streams has our STREAM speak with plain tcp, which is no ZeroMQ at all.
func (r *rig) streams(t *testing.T) {
	for _, h := range []how{{transport: "tcp", weBind: true}, {transport: "tcp"}} {
		exchange(t, "our STREAM, their plain socket, "+h.String(), func(ctx context.Context, t *testing.T) {
			s, err := r.sys.Open(zsock.Stream)
			if err != nil {
				t.Fatal(err)
			}
			l := &link{ctx: ctx, ours: s, agent: r.agent, theirs: "plain"}
			if h.weBind {
				l.tell(t, "dial", bind(t, s, anyPort))
			} else {
				if err := s.Connect(l.ctx, l.tell(t, "listen")); err != nil {
					t.Fatal(err)
				}
				l.tell(t, "accept")
			}
			var tracker zsock.StreamTracker
			next := func(kind zsock.StreamKind) zsock.StreamEvent {
				t.Helper()
				event, err := tracker.Event(l.recv(t))
				if err != nil || event.Kind != kind {
					t.Fatalf("%+v, %v; want %v", event, err, kind)
				}
				return event
			}
			id := next(zsock.StreamConnected).ID
			for i, s := range []shape{text("GET / HTTP/1.0\r\n\r\n"), sized(1, 1), sized(2, 1<<20)} {
				l.tell(t, "write", s)
				var got []byte
				for want := s.bytes(); len(got) < len(want); {
					event := next(zsock.StreamData)
					if got = append(got, event.Data...); event.ID != id || !bytes.HasPrefix(want, got) {
						t.Fatalf("message %d: after %d bytes of %d other ones came, or from elsewhere", i, len(got), len(want))
					}
				}
				m, err := zsock.StreamWrite(id, s.bytes())
				if err != nil {
					t.Fatal(err)
				}
				l.send(t, m)
				l.tell(t, "read", s)
			}
			l.tell(t, "hang")
			if end := next(zsock.StreamDisconnected); end.ID != id {
				t.Errorf("%v hung up, not %v", end.ID, id)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
