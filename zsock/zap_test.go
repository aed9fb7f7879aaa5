package zsock

import (
	"bytes"
	"strings"
	"testing"
)

// request gives the frames that a ROUTER gets of libzmq.
func zapFrameList(body ...string) [][]byte {
	frames := [][]byte{[]byte("\x00abcd"), {}}
	for _, frame := range body {
		frames = append(frames, []byte(frame))
	}
	return frames
}

var key32 = strings.Repeat("k", 32)

var notZAP = map[string][][]byte{
	"one frame":         {[]byte("x")},
	"no body":           zapFrameList(),
	"too short":         zapFrameList("1.0", "1", "d", "127.0.0.1", ""),
	"no delimiter":      append([][]byte{[]byte("id"), []byte("x")}, zapFrameList("1.0", "1", "d", "127.0.0.1", "", "NULL")[2:]...),
	"wrong version":     zapFrameList("1.1", "1", "d", "127.0.0.1", "", "NULL"),
	"no version":        zapFrameList("", "1", "d", "127.0.0.1", "", "NULL"),
	"long id":           zapFrameList("1.0", strings.Repeat("1", 256), "d", "127.0.0.1", "", "NULL"),
	"long domain":       zapFrameList("1.0", "1", strings.Repeat("d", 1<<20), "127.0.0.1", "", "NULL"),
	"unknown mechanism": zapFrameList("1.0", "1", "d", "127.0.0.1", "", "GSSAPI", "x"),
	"NULL with a key":   zapFrameList("1.0", "1", "d", "127.0.0.1", "", "NULL", key32),
	"CURVE without key": zapFrameList("1.0", "1", "d", "127.0.0.1", "", "CURVE"),
	"CURVE, short key":  zapFrameList("1.0", "1", "d", "127.0.0.1", "", "CURVE", key32[1:]),
	"CURVE, two keys":   zapFrameList("1.0", "1", "d", "127.0.0.1", "", "CURVE", key32, key32),
	"PLAIN, half":       zapFrameList("1.0", "1", "d", "127.0.0.1", "", "PLAIN", "ann"),
	"PLAIN, long":       zapFrameList("1.0", "1", "d", "127.0.0.1", "", "PLAIN", "ann", strings.Repeat("p", 256)),
}

func TestARequestThatIsNotLibzmqsIsNotRead(t *testing.T) {
	for name, frames := range notZAP {
		if _, r, err := parseZAP(frames[0], frames[1:]); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for mechanism, credentials := range map[string][]string{"NULL": nil, "PLAIN": {"ann", "pw"}, "CURVE": {key32}} {
		frames := zapFrameList(append([]string{"1.0", "7", "d", "127.0.0.1", "me", mechanism}, credentials...)...)
		peer, r, err := parseZAP(frames[0], frames[1:])
		if err != nil || !bytes.Equal(peer, frames[0]) || string(r.id) != "7" || r.domain != "d" || string(r.identity) != "me" {
			t.Errorf("%s: %+v %v", mechanism, r, err)
		}
		if who := r.who(); who.Mechanism.String() != mechanism || who.Address.String() != "127.0.0.1" {
			t.Errorf("%+v", who)
		}
	}
}

func TestHostileRequestsAreDroppedAndCounted(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	server, client := certificate(t), certificate(t)
	must(t, sys.Authenticator().Set(DefaultDomain, Rules{AnyClient: true}))
	pull, where := listener(t, sys, server)
	hostile := open(t, sys, Dealer)
	must(t, hostile.UnsafeConnect(ctx, zapEndpoint))
	for _, frames := range notZAP {
		must(t, hostile.Send(ctx, Bytes(frames[1:]...))) // the ROUTER puts the routing id in front
	}
	// "one frame" leaves nothing but an empty message, which counts as well.
	eventually(t, "all of them are counted", func() bool { return sys.Authenticator().Stats().Malformed == uint64(len(notZAP)) })
	calls(t, sys, where, "good", WithCurveClient(client, server.Public()))
	if m := receive(t, pull); m.String() != "good" {
		t.Error(m)
	}
	if stats := sys.Authenticator().Stats(); stats.Admitted != 1 || stats.Denied+stats.Failed != 0 {
		t.Error(stats)
	}
	if seen, ok := sys.Snapshot().Find((*sys.auth.handler.Load()).Path()); !ok || seen.Restarts != 0 {
		t.Errorf("%+v", seen)
	}
}

// FuzzZAP feeds the parser what a hostile socket in the process could send. The input is cut into frames at byte 0xff.
func FuzzZAP(f *testing.F) {
	for _, frames := range notZAP {
		f.Add(bytes.Join(frames, []byte{0xff}))
	}
	f.Add(bytes.Join(zapFrameList("1.0", "1", "d", "127.0.0.1", "", "CURVE", key32), []byte{0xff}))
	f.Add(bytes.Join(zapFrameList("1.0", "1", "d", ":1000:1000:1", "", "PLAIN", "ann", "pw"), []byte{0xff}))
	f.Add(bytes.Join(zapFrameList("1.0", "1", "d", "fe80::1%eth0", "", "NULL"), []byte{0xff}))
	set, err := newRuleSet(Rules{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		frames := bytes.Split(input, []byte{0xff})
		peer, r, err := parseZAP(frames[0], frames[1:])
		if err != nil {
			return
		}
		who := r.who()
		if reason := set.judge(who); reason == "" {
			t.Fatalf("no rules admit %+v", who)
		}
		if !who.Address.IsValid() && who.Address.Zone() != "" {
			t.Fatal(who.Address)
		}
		first, rest := zapReply(peer, r.id, zapDeny, "somebody")
		if !bytes.Equal(first, frames[0]) || len(rest) != 7 || len(rest[0]) != 0 || !bytes.Equal(rest[2], frames[3]) ||
			string(rest[3]) != "400" || len(rest[5]) != 0 {
			t.Fatalf("%q %q", first, rest)
		}
	})
}
