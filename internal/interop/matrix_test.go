package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// corpus is what each pair of sockets exchanges: empty and large frames, all bytes, several frames with empty ones among them.
func corpus() []zsock.Message {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	large := make([]byte, 1<<20)
	for i := range large {
		large[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return []zsock.Message{
		zsock.Text(""), zsock.Text("Hello"), zsock.Bytes(all), zsock.Text("", "a", "", "", "b", ""), zsock.Text("", ""),
		zsock.Bytes(large), zsock.Bytes([]byte("key"), large, nil, large[:1<<16]), zsock.Text("end"),
	}
}

// exchange is a row of the matrix: our type, what we do, and pyzmq's type; pyzmq does the opposite.
type exchange struct {
	ours   zsock.Type
	does   func(ctx context.Context, s *zsock.Socket, peer *process, messages []zsock.Message) error
	theirs string
	role   string // of pyzmq
}

var exchanges = []exchange{
	{zsock.Push, sendAll, "PULL", "receive"},
	{zsock.Pull, receiveAll, "PUSH", "send"},
	{zsock.Pub, publishAll, "SUB", "receive"},
	{zsock.Sub, subscribeAll, "PUB", "send"},
	{zsock.Req, askAll, "REP", "echo"},
	{zsock.Rep, echoAll, "REQ", "ask"},
	{zsock.Dealer, askAll, "ROUTER", "echo"},
	{zsock.Router, echoAll, "DEALER", "ask"},
	{zsock.Req, askAll, "ROUTER", "echo"},
	{zsock.Router, echoAll, "REQ", "ask"},
	{zsock.Pair, askAll, "PAIR", "echo"},
	{zsock.Pair, echoAll, "PAIR", "ask"},
}

func TestMessagesOfAllShapesPassBetweenAllSocketTypesAndPyzmq(t *testing.T) {
	peer := pyzmq(t)
	messages := corpus()
	bytes := 0
	list := make([][][]byte, len(messages))
	for i, m := range messages {
		list[i] = m.Frames()
		bytes += m.Size()
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "corpus.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"tcp", "ipc"} {
		for _, e := range exchanges {
			for _, weBind := range []bool{true, false} {
				who := "they bind"
				if weBind {
					who = "we bind"
				}
				t.Run(fmt.Sprintf("%v to %s %s over %s, %s", e.ours, e.role, e.theirs, transport, who), func(t *testing.T) {
					endpoint := map[string]string{"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://" + filepath.Join(t.TempDir(), "s")}[transport]
					e.run(t, peer, endpoint, weBind, file, messages)
					t.Logf("ours %v, pyzmq %s (%s), %s, %s: %d messages, %d bytes", e.ours, e.theirs, e.role, transport, who, len(messages), bytes)
				})
			}
		}
	}
}

func (e exchange) run(t *testing.T, command []string, endpoint string, weBind bool, corpus string, messages []zsock.Message) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sys := system(t)
	var opts []zsock.SocketOption
	if e.ours == zsock.Sub {
		opts = append(opts, zsock.WithSubscribe(""))
	}
	s, err := sys.Open(e.ours, opts...)
	if err != nil {
		t.Fatal(err)
	}
	how := "bind"
	if weBind {
		how, endpoint = "connect", bind(t, s, endpoint)
	}
	peer := start(t, command, e.role, e.theirs, how, endpoint, corpus)
	if !weBind {
		if err := s.Connect(ctx, peer.announced()); err != nil {
			t.Fatal(err)
		}
	}
	// When the peer fails, nothing more comes from it.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-peer.exited:
			if peer.status != nil {
				cancel()
			}
		case <-ctx.Done():
		}
	}()
	err = e.does(ctx, s, peer, messages)
	if err != nil {
		peer.fail("our side: %v", err)
	}
	peer.succeed()
	cancel()
	<-ended
}

func sendAll(ctx context.Context, s *zsock.Socket, _ *process, messages []zsock.Message) error {
	_, err := s.SendBatch(ctx, messages)
	return err
}

func receiveAll(ctx context.Context, s *zsock.Socket, _ *process, messages []zsock.Message) error {
	for i, want := range messages {
		got, err := s.Recv(ctx)
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		if !got.Equal(want) {
			return fmt.Errorf("message %d: %d frames of %d bytes, want %d of %d, or other bytes", i, got.Len(), got.Size(), want.Len(), want.Size())
		}
	}
	return nil
}

func publishAll(ctx context.Context, s *zsock.Socket, peer *process, messages []zsock.Message) error {
	if err := s.WaitSubscribers(ctx, "", 1); err != nil {
		return err
	}
	return sendAll(ctx, s, peer, messages)
}

// subscribeAll tells the publisher when its probes come through; those that were under way are dropped.
func subscribeAll(ctx context.Context, s *zsock.Socket, peer *process, messages []zsock.Message) error {
	probe := zsock.Text("probe")
	for i := 0; ; i++ {
		got, err := s.Recv(ctx)
		if err != nil {
			return fmt.Errorf("waiting for the publisher: %w", err)
		}
		if i == 0 {
			if _, err := fmt.Fprintln(peer.stdin, "go"); err != nil {
				return err
			}
		}
		if !got.Equal(probe) {
			if !got.Equal(messages[0]) {
				return fmt.Errorf("the first message is %.40q", strings.ToValidUTF8(got.String(), "?"))
			}
			return receiveAll(ctx, s, peer, messages[1:])
		}
	}
}

func askAll(ctx context.Context, s *zsock.Socket, peer *process, messages []zsock.Message) error {
	for _, m := range messages {
		if err := s.Send(ctx, m); err != nil {
			return err
		}
		if err := receiveAll(ctx, s, peer, []zsock.Message{m}); err != nil {
			return err
		}
	}
	return nil
}

// echoAll sends everything back as it came: on a Router with the way it came by in front.
func echoAll(ctx context.Context, s *zsock.Socket, _ *process, messages []zsock.Message) error {
	for range messages {
		m, err := s.Recv(ctx)
		if err != nil {
			return err
		}
		if err := s.Send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
