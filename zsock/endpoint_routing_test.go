package zsock

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// libzmq aborts the process on each of these.
func TestAConnectNamesNoPeerThatMayBeThereAlready(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	for _, typ := range []Type{Router, Stream} {
		t.Run(typ.String(), func(t *testing.T) {
			server := open(t, sys, typ, WithBind("tcp://127.0.0.1:*"))
			address := bound(t, server)
			s := open(t, sys, typ, WithOption("connect_routing_id", "first"), WithConnect(address))
			connect := func(want string, id any, endpoint string) {
				t.Helper()
				err := s.SetOption(ctx, "connect_routing_id", id)
				if err == nil {
					err = s.Connect(ctx, endpoint)
				}
				if want == "" {
					must(t, err)
				} else if !errors.Is(err, ErrState) && !errors.Is(err, ErrOptionValue) || !strings.Contains(err.Error(), want) {
					t.Errorf("%v: %v, want %q", id, err, want)
				}
			}
			connect("id first is or was", "first", address)
			connect("", "second", address)
			connect("id second is or was", "second", address)
			if typ == Router {
				connect("can't be given", "third", "inproc://named")
			}
			connect("1 to 255 bytes", "\x00abcd", address)
			connect("1 to 255 bytes", "", address)
			connect("1 to 255 bytes", strings.Repeat("x", 256), address)
			must(t, s.Disconnect(ctx, address))
			connect("id first is or was", "first", address) // it is still ending
			must(t, s.Connect(ctx, address))                // a refused id is forgotten
			if typ == Router {
				connect("a peer may have chosen", "fourth", address)
			} else {
				connect("", "fourth", address)
			}
			fresh := open(t, sys, typ, WithOption("immediate", true))
			must(t, fresh.SetOption(ctx, "connect_routing_id", "fifth"))
			if err := fresh.Connect(ctx, address); !errors.Is(err, ErrState) {
				t.Error(err)
			}
		})
	}
	if err := open(t, sys, Dealer).SetOption(ctx, "connect_routing_id", "x"); err == nil {
		t.Error("a Dealer names its peers")
	}
}

func TestNamedPeersKeepTheirNamesThroughARestart(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	dealers := map[RoutingID]*Socket{}
	router := open(t, sys, Router, WithOption("reconnect_ivl", 5*time.Millisecond))
	for _, id := range []RoutingID{"anna", "bert"} {
		dealers[id] = open(t, sys, Dealer, WithBind("tcp://127.0.0.1:*"), WithIdentity("not "+id))
		must(t, router.SetOption(ctx, "connect_routing_id", string(id)))
		must(t, router.Connect(ctx, bound(t, dealers[id])))
	}
	must(t, router.Bind(ctx, "tcp://127.0.0.1:*"))
	for range 2 {
		for id, dealer := range dealers {
			must(t, router.Send(ctx, Text("hello "+string(id)).To(id)))
			if got := receive(t, dealer); got.String() != "hello "+string(id) {
				t.Errorf("%v received %q", id, got)
			}
		}
		lose(t, router)
	}
}
