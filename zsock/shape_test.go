package zsock

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

func TestARouterAndAStreamRefuseWhatLibzmqWouldDropInSilence(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	router := open(t, sys, Router, WithBind("inproc://shape"))
	if err := router.Send(ctx, Text("only an id")); !errors.Is(err, ErrMultipart) {
		t.Error(err)
	}
	stream := open(t, sys, Stream, WithBind("tcp://127.0.0.1:*"))
	peer, err := net.Dial("tcp", strings.TrimPrefix(bound(t, stream), "tcp://"))
	must(t, err)
	defer peer.Close()
	hello := receive(t, stream)
	id := hello.Frame(0)
	for i := range 10 {
		for _, wrong := range []Message{Bytes(id), Bytes(id, id, id)} {
			if err := stream.Send(ctx, wrong); !errors.Is(err, ErrMultipart) {
				t.Errorf("%d frames: %v", wrong.Len(), err)
			}
		}
		want := fmt.Sprint("good", i)
		must(t, stream.Send(ctx, Bytes(id, []byte(want))))
		got := make([]byte, len(want))
		if _, err := io.ReadFull(peer, got); err != nil || string(got) != want {
			t.Fatalf("the peer read %q, %v", got, err)
		}
	}
}
