package zsock

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestRoutingIDReadsAsTextOrHexadecimal(t *testing.T) {
	for id, want := range map[RoutingID]string{
		"client 7": "client 7", "ü": "ü", "\x00\x80\x00\x00\x41": "0x0080000041", "\xff": "0xff", "a\n": "0x610a", "": "0x",
	} {
		if got := id.String(); got != want {
			t.Errorf("%q reads %q, want %q", string(id), got, want)
		}
	}
}

func TestSplitIDUndoesTo(t *testing.T) {
	for _, body := range []Message{{}, Text("a"), Text("", "a", "")} {
		for _, id := range []RoutingID{"client", "\x00\x01\x02\x03\x04"} {
			gotID, got, err := body.To(id).SplitID()
			if err != nil || gotID != id || !got.Equal(body) {
				t.Errorf("%q to %v comes apart as %v and %q, %v", body.Frames(), id, gotID, got.Frames(), err)
			}
		}
	}
	if _, _, err := Text("alone").SplitID(); !errors.Is(err, ErrEnvelope) || !strings.Contains(err.Error(), "got 1 frame") {
		t.Error(err)
	}
}

func TestEnvelopesNestToAnyDepth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		body := Text(make([]string, 1+random.IntN(3))...).With([]byte{byte(random.IntN(2))})
		message := body
		var pushed []Envelope
		for range random.IntN(5) {
			var hops []RoutingID
			for range random.IntN(4) {
				hops = append(hops, RoutingID(strings.Repeat("\x00", random.IntN(3))+fmt.Sprint(random.Uint32())))
			}
			envelope, err := NewEnvelope(hops...)
			must(t, err)
			pushed = append(pushed, envelope)
			message = message.PushEnvelope(envelope)
		}
		for _, want := range slices.Backward(pushed) {
			envelope, rest, err := message.PopEnvelope()
			if err != nil || !envelope.Equal(want) {
				t.Fatalf("%q: popped %v, want %v, %v", message.Frames(), envelope, want, err)
			}
			message = rest
		}
		if !message.Equal(body) {
			t.Fatalf("%q is left of %q", message.Frames(), body.Frames())
		}
	}
}

func TestPopEnvelopeSaysWhatIsMissing(t *testing.T) {
	for _, m := range []Message{{}, Text("a"), Text("a", "b"), Text("id", "")} {
		e, body, err := m.PopEnvelope()
		if !errors.Is(err, ErrEnvelope) || !strings.Contains(err.Error(), fmt.Sprintf("none of its %d frames", m.Len())) || e.Depth() != 0 || body.Size() != 0 {
			t.Errorf("%q: %v, %q, %v", m.Frames(), e, body.Frames(), err)
		}
	}
	if _, err := NewEnvelope("a", "", "b"); !errors.Is(err, ErrEnvelope) || !strings.Contains(err.Error(), "routing id 2 of 3") {
		t.Error(err)
	}
}

func TestEnvelopeTellsItsHops(t *testing.T) {
	e, err := NewEnvelope("broker", "client 7")
	must(t, err)
	if e.Depth() != 2 || e.String() != "broker > client 7" || !slices.Equal(e.Hops(), []RoutingID{"broker", "client 7"}) {
		t.Errorf("%d hops: %v", e.Depth(), e)
	}
	next, rest, ok := e.Next()
	if next != "broker" || rest.String() != "client 7" || !ok || e.Depth() != 2 || e.Equal(rest) {
		t.Errorf("%v, %v, %v", next, rest, ok)
	}
	_, rest, _ = rest.Next()
	if _, _, ok := rest.Next(); ok || !rest.Equal(Envelope{}) {
		t.Error("an envelope without ids has a next hop")
	}
}
