//go:build cgo

package libzmq

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestPropertiesComeWithTheirMessage(t *testing.T) {
	c := newTestContext(t)
	pull, push := open(t, c, Pull), open(t, c, Push)
	for _, names := range [][]string{{"Socket-Type", "Nothing"}, {"Socket-Type", "Peer-Address"}} {
		if err := pull.Want(names...); err != nil {
			t.Fatal(err)
		}
	}
	if err := push.Connect(listen(t, pull, "tcp")); err != nil {
		t.Fatal(err)
	}
	const each = 700 // more than a block of properties holds
	var out Burst
	for i := range each {
		out.Append([]byte(fmt.Sprint(i)), [][]byte{nil, bytes.Repeat([]byte{1}, i%3*directFrame), []byte("end")})
	}
	done := beside(t, func() error { return sendAll(push, &out) })
	defer done()
	got, seen := 0, map[*Properties]bool{}
	if err := receive(pull, each, func(first []byte, rest [][]byte) {
		if string(first) != fmt.Sprint(got) || len(rest) != 3 {
			t.Errorf("message %d is %s with %d more frames", got, first, len(rest))
		}
		got++
		p := pull.Properties()
		seen[p] = true
		if kind, ok := p.Get("Socket-Type"); kind != "PUSH" || !ok {
			t.Error(kind, ok)
		}
		if address, ok := p.Get("Peer-Address"); address != "127.0.0.1" || !ok {
			t.Error(address, ok)
		}
		for _, name := range []string{"Nothing", "User-Id"} {
			if value, ok := p.Get(name); value != "" || ok {
				t.Error(value, ok)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 {
		t.Errorf("%d sets of properties of one peer, want 1", len(seen))
	}
}

func TestARouterHasThePropertiesOfThePeerAndNotOfTheIdInFront(t *testing.T) {
	dealer, router := connected(t, Dealer, Router, "tcp")
	if err := router.Want("Socket-Type"); err != nil {
		t.Fatal(err)
	}
	const each = 1000
	var out Burst
	for range each {
		out.Append(nil, nil)
		out.Append([]byte("a"), [][]byte{make([]byte, 2*directFrame), []byte("b")})
	}
	done := beside(t, func() error { return sendAll(dealer, &out) })
	defer done()
	if err := receive(router, 2*each, func([]byte, [][]byte) {
		if kind, ok := router.Properties().Get("Socket-Type"); kind != "DEALER" || !ok {
			t.Error(kind, ok)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

func TestASocketWithoutWishesHasNoProperties(t *testing.T) {
	c := newTestContext(t)
	s := open(t, c, Pull)
	if err := s.Want(); err != nil || s.in.properties.block != nil {
		t.Fatal(err)
	}
	if value, ok := s.Properties().Get("Socket-Type"); value != "" || ok {
		t.Fatal(value, ok)
	}
	for _, name := range []string{"", "a\x00b"} {
		if err := s.Want(name); err != EINVAL {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := s.Want(strings.Split("abcdefgh", "")...); err != nil {
		t.Fatal(err)
	}
	if err := s.Want("i"); err != EINVAL {
		t.Error(err)
	}
	s.Close()
	if err := s.Want("a"); err != ErrNotSocket {
		t.Error(err)
	}
}

func TestCurveKeysBelongTogether(t *testing.T) {
	if !Has("curve") {
		if _, _, err := CurveKeyPair(); err != ENOTSUP {
			t.Fatal(err)
		}
		return
	}
	public, secret, err := CurveKeyPair()
	if err != nil || len(public) != 40 || len(secret) != 40 || public == secret {
		t.Fatal(len(public), len(secret), err)
	}
	if derived, err := CurvePublic(secret); derived != public || err != nil {
		t.Fatal(derived, err)
	}
	for _, wrong := range []string{"", secret[1:], secret + "0", strings.Repeat("~", 40)} {
		if derived, err := CurvePublic(wrong); err != EINVAL {
			t.Errorf("%d characters: %q, %v", len(wrong), derived, err)
		}
	}
}
