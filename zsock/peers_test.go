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
		if m := receive(t, pull); m.String() != "still here" || pull.ReadyPeers() != 1 {
			t.Fatalf("%q, %d peers", m, pull.ReadyPeers())
		}
	}
}
