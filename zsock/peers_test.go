package zsock

import (
	"net"
	"strings"
	"testing"
	"time"
)

// libzmq tells of no failed handshake when a stranger's first frame is too large, only of the close.
func TestAStrangerWhoNeverShookHandsTakesNoPeerAlongWhenItGoes(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	pull, push := pair(t, sys, "tcp://127.0.0.1:*", Pull, Push)
	must(t, pull.WaitConnected(ctx, 1))
	greeting := "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x00NULL" + strings.Repeat("\x00", 16+32)
	for range 20 {
		stranger, err := net.Dial("tcp", strings.TrimPrefix(bound(t, pull), "tcp://"))
		must(t, err)
		_, err = stranger.Write([]byte(greeting + "\x02\xff\xff\xff\xff\xff\xff\xff\xff"))
		must(t, err)
		must(t, stranger.SetReadDeadline(time.Now().Add(patience)))
		for err == nil { // until libzmq has hung up
			_, err = stranger.Read(make([]byte, 100))
		}
		must(t, stranger.Close())
		must(t, push.Send(ctx, Text("still here")))
		if m := receive(t, pull); m.String() != "still here" || pull.Peers() != 1 {
			t.Fatalf("%q, %d peers", m, pull.Peers())
		}
	}
}

func TestALinkTellsReadyConnectionsFromOthers(t *testing.T) {
	var l link
	l.opened(1) // says nothing
	l.opened(2)
	l.shook()
	l.opened(3)
	l.bad++
	l.closed(3)
	l.closed(1)
	if l.ready != 1 || l.open != 1 || l.bad != 0 || len(l.waiting) != 0 {
		t.Fatalf("%+v", l)
	}
	// Two handshakes at a time, and the first one is done: it is taken for the second, until that one turns out bad.
	l.opened(4)
	l.opened(5)
	l.shook()
	l.bad++
	l.closed(5)
	if l.ready != 2 || l.open != 2 || l.bad != 0 || len(l.waiting) != 0 {
		t.Fatalf("%+v", l)
	}
	l.closed(4)
	l.closed(2)
	if l.ready != 0 || l.open != 0 {
		t.Fatalf("%+v", l)
	}
}
