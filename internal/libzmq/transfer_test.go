//go:build cgo

package libzmq

import (
	"bytes"
	"encoding/binary"
	"hash/crc64"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pebbe/zmq4"
)

func sameMessages(t *testing.T, got, want [][][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d messages, want %d", len(got), len(want))
	}
	for i := range want {
		if !slices.EqualFunc(got[i], want[i], bytes.Equal) {
			t.Fatalf("message %d: got %d frames of %v bytes, want %d of %v, or their content differs",
				i, len(got[i]), lengths(got[i]), len(want[i]), lengths(want[i]))
		}
	}
}

func lengths(m [][]byte) (n []int) {
	for _, frame := range m[:min(len(m), 8)] {
		n = append(n, len(frame))
	}
	return n
}

func TestEveryShapeOfMessageArrivesWholeAndInOrder(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	filled := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	many := make([][]byte, 10_000)
	for i := range many {
		many[i] = binary.BigEndian.AppendUint32(nil, uint32(i))
	}
	mixed := make([][]byte, 3000)
	for i := range mixed {
		mixed[i] = filled(i % 97 * (i % 101))
	}
	want := [][][]byte{
		frames("one"),
		frames(""),
		frames("", ""),
		frames("", "body", ""),
		frames("a", "b", "c", "d"),
		{filled(largeFrame - 1)},
		{filled(largeFrame)},
		{filled(directFrame), filled(directFrame + 1), filled(directFrame - 1)},
		{filled(scratchBytes), filled(scratchBytes + 1), []byte("x"), filled(scratchBytes - 1)},
		frames("between"),
		{[]byte("head"), filled(1 << 20), nil, filled(1 << 20), []byte("tail")},
		many,
		mixed,
		frames("last"),
	}
	for range 40 { // fills the scratch with frames that just don't fit its end
		want = append(want, [][]byte{filled(8000), filled(1)})
	}
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			a, b := connected(t, Pair, Pair, transport)
			wait := beside(t, func() error { return sendAll(a, burst(want...)) })
			got := messages(t, b, len(want))
			wait()
			sameMessages(t, got, want)
			for i, m := range got {
				for j, frame := range m {
					if frame == nil {
						t.Errorf("message %d, frame %d is nil: an empty frame must be empty, not nil", i, j)
					}
					if cap(frame) != len(frame) {
						t.Errorf("message %d, frame %d: capacity %d, length %d: appending would reach the next frame", i, j, cap(frame), len(frame))
					}
				}
			}
		})
	}
}

func TestAFrameOf64MiBArrivesAloneAndBetweenSmallOnes(t *testing.T) {
	huge := bytes.Repeat([]byte("0123456789abcdef"), 4<<20)
	want := [][][]byte{frames("before"), {huge}, {[]byte("head"), huge, []byte("tail")}, frames("after")}
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			a, b := connected(t, Push, Pull, transport)
			wait := beside(t, func() error { return sendAll(a, burst(want...)) })
			got := messages(t, b, len(want))
			wait()
			sameMessages(t, got, want)
		})
	}
}

// transfer moves n numbered messages of one to three frames and compares checksum and order.
func transfer(t *testing.T, n int, transport string) {
	a, b := connected(t, Push, Pull, transport)
	table := crc64.MakeTable(crc64.ECMA)
	var sent, received uint64
	wait := beside(t, func() error {
		var out Burst
		payload := bytes.Repeat([]byte("x"), 300)
		for i := range n {
			first := binary.BigEndian.AppendUint64(nil, uint64(i))
			rest := [][]byte{payload[:i%300], first}[:i%3]
			sent = crc64.Update(sent, table, first)
			for _, frame := range rest {
				sent = crc64.Update(sent, table, frame)
			}
			out.Append(first, rest)
			if out.Len() == 200 || i == n-1 {
				if err := sendAll(a, &out); err != nil {
					return err
				}
			}
		}
		return nil
	})
	next := 0
	if err := receive(b, n, func(first []byte, rest [][]byte) {
		if i := binary.BigEndian.Uint64(first); i != uint64(next) || len(rest) != next%3 {
			t.Fatalf("got message %d of %d frames, want %d of %d", i, len(rest)+1, next, next%3+1)
		}
		next++
		received = crc64.Update(received, table, first)
		for _, frame := range rest {
			received = crc64.Update(received, table, frame)
		}
	}); err != nil {
		t.Error(err)
	}
	wait()
	if sent != received {
		t.Errorf("checksum of what came %x, of what was sent %x", received, sent)
	}
}

func TestOrderAndContentOf100000Messages(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) { transfer(t, 100_000, transport) })
	}
}

func TestSignalsNeverSurface(t *testing.T) {
	stop := make(chan struct{})
	wait := beside(t, func() error {
		for {
			select {
			case <-stop:
				return nil
			default:
			}
			// SIGURG is what Go preempts goroutines with; it ends system calls with EINTR.
			if err := syscall.Kill(os.Getpid(), syscall.SIGURG); err != nil {
				return err
			}
		}
	})
	defer wait()
	defer close(stop)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) { transfer(t, 20_000, transport) })
	}
}

func TestFullHighWaterMarkTakesWhatItTellsAndKeepsTheRest(t *testing.T) {
	c := newTestContext(t)
	a, b := open(t, c, Push), open(t, c, Pull)
	for _, s := range []*Socket{a, b} {
		for _, opt := range []int{OptSndHWM, OptRcvHWM} {
			if err := s.SetInt(opt, 10); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.Connect(listen(t, b, "inproc")); err != nil {
		t.Fatal(err)
	}
	var out Burst
	const n = 1000
	for i := range n {
		out.Append(binary.BigEndian.AppendUint32(nil, uint32(i)), frames("body"))
	}
	taken, received, refused := 0, 0, 0
	for received < n {
		got, err := a.Send(&out)
		taken += got
		if taken+out.Len() != n || out.Bytes() != 8*out.Len() {
			t.Fatalf("taken %d and %d left with %d bytes, want %d messages in all", taken, out.Len(), out.Bytes(), n)
		}
		if err == ErrAgain {
			refused++
		} else if err != nil || out.Len() != 0 {
			t.Fatalf("Send: %v, %d left", err, out.Len())
		}
		if _, err := b.Recv(n, func(first []byte, rest [][]byte) {
			if i := binary.BigEndian.Uint32(first); int(i) != received || len(rest) != 1 {
				t.Fatalf("got message %d, want %d", i, received)
			}
			received++
		}); err != nil {
			t.Fatal(err)
		}
		if received != taken {
			t.Fatalf("received %d, taken %d", received, taken)
		}
	}
	if refused == 0 {
		t.Error("the mark never filled: the test tests nothing")
	}
}

func TestRouterWithoutThePeerRefusesThatMessageAndTakesTheRest(t *testing.T) {
	c := newTestContext(t)
	router, dealer := open(t, c, Router), open(t, c, Dealer)
	if err := router.SetInt(OptRouterMandatory, 1); err != nil {
		t.Fatal(err)
	}
	if err := dealer.SetBytes(OptRoutingID, []byte("peer")); err != nil {
		t.Fatal(err)
	}
	if err := dealer.Connect(listen(t, router, "inproc")); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("b"), 2*largeFrame)
	out := burst(frames("peer", "1"), [][]byte{[]byte("nobody"), big, []byte("lost")}, frames("peer", "2"), [][]byte{[]byte("peer"), big})
	taken, err := router.Send(out)
	if taken != 1 || err != EHOSTUNREACH {
		t.Fatalf("Send = %d, %v; want 1, EHOSTUNREACH", taken, err)
	}
	out.Drop()
	if taken, err = router.Send(out); taken != 2 || err != nil {
		t.Fatalf("Send after Drop = %d, %v; want 2, nil", taken, err)
	}
	if out.Len() != 0 || out.Bytes() != 0 {
		t.Errorf("the burst still counts %d messages, %d bytes", out.Len(), out.Bytes())
	}
	sameMessages(t, messages(t, dealer, 3), [][][]byte{frames("1"), frames("2"), {big}})
}

func TestOutOfTurnIsAnErrorOfSendAndNothingToReceive(t *testing.T) {
	req, rep := connected(t, Req, Rep, "inproc")
	for _, s := range []*Socket{req, rep} {
		if n, err := s.Recv(1, func([]byte, [][]byte) {}); n != 0 || err != nil {
			t.Errorf("%v out of turn: Recv = %d, %v; want 0, nil", s.kind, n, err)
		}
	}
	out := burst(frames("early"))
	if _, err := rep.Send(out); err != EFSM {
		t.Errorf("REP without a request: Send = %v, want EFSM", err)
	}
	out.Drop()
	if _, err := req.Send(burst(frames("1"))); err != nil {
		t.Fatal(err)
	}
	out = burst(frames("2"))
	if _, err := req.Send(out); err != EFSM || out.Len() != 1 {
		t.Errorf("REQ twice: Send = %v with %d left, want EFSM with 1", err, out.Len())
	}
	sameMessages(t, messages(t, rep, 1), [][][]byte{frames("1")})
	if _, err := rep.Send(burst(frames("answer"))); err != nil {
		t.Fatal(err)
	}
	sameMessages(t, messages(t, req, 1), [][][]byte{frames("answer")})
}

func TestEachSocketTypeAnswersUnderItsNumberAndHandle(t *testing.T) {
	c := newTestContext(t)
	for kind := Pair; kind <= Stream; kind++ {
		s := open(t, c, kind)
		if got, err := s.GetInt(OptType); err != nil || SocketType(got) != kind {
			t.Errorf("ZMQ_TYPE of %v = %d, %v", kind, got, err)
		}
		if want, _ := s.raw.GetType(); strings.TrimPrefix(want.String(), "ZMQ_") != kind.String() {
			t.Errorf("name of type %d: %v, the binding says %v", int(kind), kind, want)
		}
		if linger, err := s.GetInt(OptLinger); err != nil || linger != 0 {
			t.Errorf("linger of a new %v = %d, %v; want 0", kind, linger, err)
		}
	}
	if _, err := c.NewSocket(Stream + 100); err != EINVAL {
		t.Errorf("unknown type: %v, want EINVAL", err)
	}
}

func TestTheFieldsThatHoldTheHandlesAreWhereTheyAreRead(t *testing.T) {
	for _, of := range []struct {
		value any
		field string
	}{{zmq4.Socket{}, "soc"}, {zmq4.Context{}, "ctx"}} {
		field, ok := reflect.TypeOf(of.value).FieldByName(of.field)
		if !ok || field.Type.Kind() != reflect.UnsafePointer {
			t.Errorf("%T has no unsafe.Pointer %s any more", of.value, of.field)
		}
	}
	if _, ok := handle(&zmq4.Socket{}, "soc"); ok {
		t.Error("a nil handle passed as one")
	}
	if _, ok := handle(&zmq4.Socket{}, "renamed"); ok {
		t.Error("a missing field passed as a handle")
	}
}
