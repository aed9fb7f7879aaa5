package zsock

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func frames(texts ...string) [][]byte {
	list := make([][]byte, len(texts))
	for i, text := range texts {
		list[i] = []byte(text)
	}
	return list
}

func TestMessageAlwaysHasAFrame(t *testing.T) {
	for name, m := range map[string]Message{"zero": {}, "Text()": Text(), "Bytes()": Bytes(), "Bytes(nil)": Bytes(nil)} {
		t.Run(name, func(t *testing.T) {
			if m.Len() != 1 || m.Size() != 0 || m.String() != "" {
				t.Errorf("Len %d, Size %d, String %q; want 1, 0 and nothing", m.Len(), m.Size(), m)
			}
			if frame := m.Frame(0); frame == nil || len(frame) != 0 {
				t.Errorf("Frame(0) = %#v, want an empty frame that is not nil", frame)
			}
			if !m.Equal(Text("")) {
				t.Error("not equal to a message of one empty frame")
			}
		})
	}
}

func TestSeed_S22_MessageComesApartAsItWasPutTogether(t *testing.T) {
	for _, want := range [][]string{{"one"}, {"", ""}, {"key", "", "value"}, {"ü", "\x00\xff", strings.Repeat("x", 70000)}} {
		for name, m := range map[string]Message{"Text": Text(want...), "Bytes": Bytes(frames(want...)...)} {
			if m.Len() != len(want) || m.Size() != len(strings.Join(want, "")) || m.String() != want[0] {
				t.Errorf("%s(%.40q): Len %d, Size %d, String %.40q", name, want, m.Len(), m.Size(), m)
			}
			if !slices.EqualFunc(m.Frames(), frames(want...), bytes.Equal) {
				t.Errorf("%s(%.40q).Frames() differs", name, want)
			}
			for i, frame := range m.All() {
				if string(frame) != want[i] || !bytes.Equal(frame, m.Frame(i)) {
					t.Errorf("%s(%.40q): frame %d differs", name, want, i)
				}
			}
			first, rest := m.parts()
			if !newMessage(first, rest).Equal(m) {
				t.Errorf("%s(%.40q): newMessage(parts) differs", name, want)
			}
		}
	}
}

func TestMessageFrameOutsideIsNil(t *testing.T) {
	m := Text("a", "b")
	for _, i := range []int{-1, 2, 3, 1 << 40} {
		if frame := m.Frame(i); frame != nil {
			t.Errorf("Frame(%d) = %q, want nil", i, frame)
		}
	}
}

func TestMessageAllStopsWhenTheLoopBreaks(t *testing.T) {
	seen := 0
	for range Text("a", "b", "c").All() {
		seen++
		if seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Errorf("saw %d frames, want 2", seen)
	}
}

func TestSeed_S22_MatchChecksTheFrameCount(t *testing.T) {
	m := Text("a", "b")
	got, err := m.Match(2)
	if err != nil || !slices.EqualFunc(got, frames("a", "b"), bytes.Equal) {
		t.Errorf("Match(2) = %q, %v", got, err)
	}
	for _, n := range []int{-1, 0, 1, 3} {
		got, err := m.Match(n)
		if got != nil || !errors.Is(err, ErrMultipart) {
			t.Errorf("Match(%d) = %q, %v; want nil and ErrMultipart", n, got, err)
		}
	}
	if _, err := m.Match(3); err.Error() != "zsock: wrong number of frames: want 3, got 2" {
		t.Errorf("text of the error is %q", err)
	}
}

func TestMessagesMadeFromOneDoNotDisturbEachOther(t *testing.T) {
	base := Text("a", "b", "c")
	_, shorter, _ := base.PopFront()
	type made struct {
		m    Message
		want string
	}
	var all []made
	for _, x := range []string{"1", "2", "3"} {
		all = append(all,
			made{base.With([]byte(x)), "a b c " + x},
			made{base.Prepend([]byte(x), []byte("y")), x + " y a b c"},
			made{shorter.With([]byte(x)), "b c " + x},
			made{shorter.Wrap([]byte(x)), x + "  b c"})
	}
	all = append(all, made{base, "a b c"}, made{base.With(), "a b c"}, made{base.Prepend(), "a b c"})
	for _, e := range all {
		if got := string(bytes.Join(e.m.Frames(), []byte(" "))); got != e.want {
			t.Errorf("got %q, want %q", got, e.want)
		}
	}
}

func TestMessageListOfFramesIsTheCallersOwn(t *testing.T) {
	list := frames("a", "b", "c")
	m := Bytes(list...)
	list[1] = []byte("changed")
	m.Frames()[2] = []byte("changed")
	if !m.Equal(Text("a", "b", "c")) {
		t.Errorf("message changed to %q", m.Frames())
	}
}

func TestAppendToAFrameDoesNotReachTheNext(t *testing.T) {
	body := []byte("onetwo")
	m := newMessage(body[:3], [][]byte{body[3:]})
	_ = append(m.Frame(0), 'X')
	_ = append(m.Frames()[0], 'X')
	if string(m.Frame(1)) != "two" {
		t.Errorf("second frame became %q", m.Frame(1))
	}
}

func TestPopFrontUndoesPrepend(t *testing.T) {
	front, rest, ok := Text("body", "more").Prepend([]byte("id")).PopFront()
	if string(front) != "id" || !rest.Equal(Text("body", "more")) || !ok {
		t.Errorf("PopFront = %q, %q, %v", front, rest.Frames(), ok)
	}
	front, rest, ok = Text("alone").PopFront()
	if string(front) != "alone" || !rest.Equal(Message{}) || ok {
		t.Errorf("PopFront of one frame = %q, %q, %v", front, rest.Frames(), ok)
	}
}

func TestUnwrapUndoesWrap(t *testing.T) {
	for _, body := range []Message{Text(""), Text("a"), Text("a", "", "b"), Text("", "a")} {
		for _, route := range [][][]byte{{}, frames("id"), frames("far", "near")} {
			gotRoute, gotBody := body.Wrap(route...).Unwrap()
			if gotRoute == nil || !slices.EqualFunc(gotRoute, route, bytes.Equal) || !gotBody.Equal(body) {
				t.Errorf("Wrap(%q) of %q unwraps to %q and %q", route, body.Frames(), gotRoute, gotBody.Frames())
			}
		}
	}
}

func TestUnwrapLeavesAMessageWithoutEnvelopeWhole(t *testing.T) {
	for _, m := range []Message{{}, Text("a"), Text("a", "b"), Text("id", "")} {
		if route, body := m.Unwrap(); route != nil || !body.Equal(m) {
			t.Errorf("%q unwraps to %q and %q", m.Frames(), route, body.Frames())
		}
	}
}

func TestEqualSeesEveryDifference(t *testing.T) {
	m := Text("a", "b")
	for _, other := range []Message{{}, Text("a"), Text("a", "c"), Text("c", "b"), Text("a", "b", ""), Text("ab")} {
		if m.Equal(other) || other.Equal(m) {
			t.Errorf("%q equals %q", m.Frames(), other.Frames())
		}
	}
}

func TestMessageOfOneFrameCostsNoListOfFrames(t *testing.T) {
	frame := []byte("payload")
	var kept Message
	if n := testing.AllocsPerRun(100, func() { kept = Bytes(frame) }); n != 0 {
		t.Errorf("Bytes of one frame allocates %v times, want 0", n)
	}
	if kept.rest != nil {
		t.Error("Bytes of one frame has a list of frames")
	}
}

func TestSeed_S03_TypesHaveTheNumbersAndNamesOfLibzmq(t *testing.T) {
	types := []struct {
		t          Type
		name       string
		send, recv bool
	}{
		{Pair, "PAIR", true, true}, {Pub, "PUB", true, false}, {Sub, "SUB", false, true}, {Req, "REQ", true, true},
		{Rep, "REP", true, true}, {Dealer, "DEALER", true, true}, {Router, "ROUTER", true, true}, {Pull, "PULL", false, true},
		{Push, "PUSH", true, false}, {XPub, "XPUB", true, true}, {XSub, "XSUB", true, true}, {Stream, "STREAM", true, true},
	}
	for number, e := range types {
		if int(e.t) != number || e.t.String() != e.name || !e.t.valid() || e.t.canSend() != e.send || e.t.canRecv() != e.recv {
			t.Errorf("%d: number %d, name %s, canSend %v, canRecv %v; want %+v", number, int(e.t), e.t, e.t.canSend(), e.t.canRecv(), e)
		}
	}
	for _, e := range []Type{-1, 12} {
		if e.valid() || e.canSend() || e.canRecv() || !strings.HasPrefix(e.String(), "Type(") {
			t.Errorf("%v counts as a type", e)
		}
	}
}

func TestErrorSaysWhatFailedOnWhatAndWhatToDo(t *testing.T) {
	for _, e := range []struct {
		err  *Error
		want string
	}{
		{&Error{Op: "bind", Socket: "hello", Endpoint: "tcp://127.0.0.1:5555", Err: ErrAddressInUse, Hint: "choose another port"},
			"zsock: bind tcp://127.0.0.1:5555 on hello: address already in use; choose another port"},
		{&Error{Op: "set", Option: "rcvhwm", Socket: "hello", Err: ErrOptionType}, "zsock: set rcvhwm on hello: wrong type of option value"},
		{&Error{Op: "send", Err: errors.New("other: cause")}, "zsock: send: other: cause"},
		{&Error{Err: ErrClosed}, "zsock: closed"},
		{&Error{Op: "send"}, "zsock: send"},
	} {
		if got := e.err.Error(); got != e.want {
			t.Errorf("got  %q\nwant %q", got, e.want)
		}
		if !errors.Is(e.err, e.err.Err) && e.err.Err != nil {
			t.Errorf("%v hides its cause", e.err)
		}
	}
}
