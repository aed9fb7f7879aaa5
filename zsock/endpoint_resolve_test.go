package zsock

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
)

func TestResolveGivesAddressesThatAPolicyCanJudge(t *testing.T) {
	answers := map[string][]netip.Addr{
		"db.example.org": {netip.MustParseAddr("::ffff:10.20.3.4"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1%eth0")},
		"evil.example":   {netip.MustParseAddr("0.0.0.0")},
	}
	notFound := errors.New("no such host")
	lookup := func(_ context.Context, network, host string) ([]netip.Addr, error) {
		if network != "ip" {
			t.Errorf("asked for %q", network)
		}
		if list, ok := answers[host]; ok {
			return list, nil
		}
		return nil, notFound
	}
	for _, e := range []struct {
		text string
		want []string
		is   error
	}{
		{"tcp://db.example.org:5555", []string{"tcp://10.20.3.4:5555", "tcp://[2001:db8::1]:5555", "tcp://[fe80::1%eth0]:5555"}, nil},
		{"tcp://10.0.0.9:*;db.example.org:5", []string{"tcp://10.0.0.9:*;10.20.3.4:5", "tcp://10.0.0.9:*;[2001:db8::1]:5", "tcp://10.0.0.9:*;[fe80::1%eth0]:5"}, nil},
		{"tcp://10.1.2.3:5", []string{"tcp://10.1.2.3:5"}, nil},
		{"tcp://localhost:5", []string{"tcp://127.0.0.1:5"}, nil},
		{"inproc://db.example.org", []string{"inproc://db.example.org"}, nil},
		{"tcp://missing.example:5", nil, notFound},
		{"tcp://evil.example:5", nil, ErrEndpoint}, // every address of the own machine
		{"tcp://db.example.org:99999", nil, ErrEndpoint},
		{"tcp://*:5", nil, ErrEndpoint},
	} {
		got, err := resolve(t.Context(), e.text, lookup)
		if !slices.Equal(got, e.want) || !errors.Is(err, e.is) {
			t.Errorf("%s resolves to %q, %v", e.text, got, err)
		}
	}
	if got, err := Resolve(testContext(t), "tcp://127.0.0.1:5"); err != nil || !slices.Equal(got, []string{"tcp://127.0.0.1:5"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestARebindingNameReachesNoForbiddenNetwork(t *testing.T) {
	sys := testSystem(t, WithPolicy(ForConnect(CIDR(netip.MustParsePrefix("127.0.0.0/8")))))
	ctx := testContext(t)
	s := open(t, sys, Push)
	if err := s.Connect(ctx, "tcp://db.example.org:5"); !errors.Is(err, ErrDenied) {
		t.Errorf("a name under CIDR: %v", err)
	}
	private := func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	list, err := resolve(ctx, "tcp://db.example.org:5", private)
	must(t, err)
	if err := s.Connect(ctx, list[0]); !errors.Is(err, ErrDenied) {
		t.Errorf("%s: %v", list[0], err)
	}
	must(t, s.Connect(ctx, list[1]))
}
