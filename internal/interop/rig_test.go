package interop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/actomq/actomq/zsock"
)

// rig is what the cases with one foreign implementation share: its agent and a system of ours.
type rig struct {
	sys       *zsock.System
	agent     *agent
	directory string // of ipc endpoints; its name is short, since theirs may not be long
	serial    int
}

func assemble(t *testing.T, other implementation, sys *zsock.System) *rig {
	t.Helper()
	directory, err := os.MkdirTemp("", "interop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	return &rig{sys: sys, agent: other.hire(t), directory: directory}
}

// endpoint is one to bind to.
func (r *rig) endpoint(transport string) string {
	if transport == "tcp" {
		return "tcp://127.0.0.1:*"
	}
	r.serial++
	return "ipc://" + filepath.Join(r.directory, fmt.Sprint(r.serial))
}

// link is a socket of ours and one of theirs, named, that are connected.
type link struct {
	ctx    context.Context
	ours   *zsock.Socket
	agent  *agent
	theirs string
}

// how tells what kind of link it shall be.
type how struct {
	transport string
	weBind    bool
	options   []zsock.SocketOption // of ours
	settings  []any                // of theirs: "name=value"
}

func (h how) String() string {
	if h.weBind {
		return h.transport + ", we bind"
	}
	return h.transport + ", they bind"
}

// link opens both sockets; they are closed at the end of t.
func (r *rig) link(ctx context.Context, t *testing.T, ours zsock.Type, theirs string, h how) *link {
	t.Helper()
	s, err := r.sys.Open(ours, h.options...)
	if err != nil {
		t.Fatal(err)
	}
	r.serial++
	l := &link{ctx: ctx, ours: s, agent: r.agent, theirs: fmt.Sprint("s", r.serial)}
	r.agent.do(ctx, t, append([]any{"open", l.theirs, theirs}, h.settings...)...)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		r.close(t, l.theirs)
	})
	if h.weBind {
		l.tell(t, "connect", bind(t, s, r.endpoint(h.transport)))
	} else if err := s.Connect(ctx, l.tell(t, "bind", r.endpoint(h.transport))); err != nil {
		t.Fatal(err)
	}
	return l
}

// client has the peer open a socket and connect it to ours, and gives its name. It is closed at the end of t.
func (r *rig) client(ctx context.Context, t *testing.T, theirs string, ours *zsock.Socket, settings ...any) (name string) {
	t.Helper()
	endpoints, err := ours.Endpoints(ctx, zsock.Bound)
	if err != nil {
		t.Fatal(err)
	}
	r.serial++
	name = fmt.Sprint("s", r.serial)
	r.agent.do(ctx, t, append([]any{"open", name, theirs}, settings...)...)
	t.Cleanup(func() { r.close(t, name) })
	r.agent.do(ctx, t, "connect", name, endpoints[0])
	return name
}

// close has the peer close a socket.
func (r *rig) close(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := last(t)
	defer cancel()
	if _, err := r.agent.try(ctx, "close", name); err != nil && !t.Failed() {
		t.Error(err)
	}
}

// tell has the agent do something with its socket.
func (l *link) tell(t *testing.T, verb string, words ...any) string {
	t.Helper()
	return l.agent.do(l.ctx, t, append([]any{verb, l.theirs}, words...)...)
}

func (l *link) send(t *testing.T, m zsock.Message) {
	t.Helper()
	if err := l.ours.Send(l.ctx, m); err != nil {
		t.Fatal(err)
	}
}

func (l *link) recv(t *testing.T) zsock.Message {
	t.Helper()
	m, err := l.ours.Recv(l.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// until waits for something that is seen by looking only.
func (l *link) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for look := time.NewTicker(5 * time.Millisecond); !holds(); {
		select {
		case <-look.C:
		case <-l.ctx.Done():
			t.Fatalf("%v: never %s", context.Cause(l.ctx), what)
		}
	}
}

// theyRecv waits until the peer has received s, after so many frames of an envelope.
func (l *link) theyRecv(t *testing.T, s shape, before int) {
	t.Helper()
	if got := l.tell(t, "recv", s); got != fmt.Sprint(before) {
		t.Fatalf("%s frames came before the message, want %d", got, before)
	}
}
