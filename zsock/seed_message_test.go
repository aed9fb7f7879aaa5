package zsock

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func TestSeed_S22_FramesComeApartIntoTypedVariables(t *testing.T) {
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		ctx := testContext(t)
		pull, push := pair(t, sys, endpoint, Pull, Push)
		report, err := Values("Zürich", -3.5, 2, true, []byte{0, 0xff})
		must(t, err)
		must(t, push.Send(ctx, report))
		var city string
		var celsius float64
		var station int
		var ok bool
		var raw []byte
		m := receive(t, pull)
		if err := m.Scan(&city, &celsius, &station, &ok, &raw); err != nil || city != "Zürich" || celsius != -3.5 || station != 2 || !ok || string(raw) != "\x00\xff" {
			t.Errorf("%q, %v, %v, %v, %q: %v", city, celsius, station, ok, raw, err)
		}
		if err := m.Scan(&city, &celsius); !errors.Is(err, ErrMultipart) || err.Error() != "zsock: wrong number of frames: want 2, got 5" {
			t.Error(err)
		}
		must(t, push.Send(ctx, Text("\xff")))
		if err := receive(t, pull).Scan(&city); !errors.Is(err, ErrText) || city != "Zürich" {
			t.Errorf("%q, %v", city, err)
		}
	})
}

func TestSeed_S22_ARouterTellsAndReachesItsPeersByID(t *testing.T) {
	eachTransport(t, func(t *testing.T, sys *System, endpoint string) {
		ctx := testContext(t)
		router := open(t, sys, Router, WithBind(endpoint))
		peers := map[RoutingID]*Socket{}
		for _, id := range []RoutingID{"anna", "bert"} {
			peers[id] = open(t, sys, Dealer, WithIdentity(id), WithConnect(bound(t, router)))
			must(t, peers[id].Send(ctx, Text("I am "+string(id))))
		}
		nameless := open(t, sys, Dealer, WithConnect(bound(t, router)))
		must(t, nameless.Send(ctx, Text("I am nobody")))
		for range 3 {
			id, body, err := receive(t, router).SplitID()
			must(t, err)
			if peer := peers[id]; peer == nil {
				peers[id] = nameless
			} else if body.String() != "I am "+id.String() {
				t.Errorf("%v says %v", id, body)
			}
		}
		for id := range peers {
			must(t, router.Send(ctx, Text("you are", string(id)).To(id)))
		}
		for id, peer := range peers {
			if got := receive(t, peer); !got.Equal(Text("you are", string(id))) {
				t.Errorf("%v received %q", id, got.Frames())
			}
		}
		if err := router.Send(ctx, Text("anybody?").To("carl")); !errors.Is(err, ErrNoPeer) {
			t.Error(err)
		}
	})
}

// The envelope that a chain of Routers builds up is the one that PopEnvelope takes off, whatever its depth. The innermost id is
// the number that a Req gives its request (option req_correlate).
func TestSeed_S22_AnEnvelopeLeadsBackThroughAnyNumberOfRouters(t *testing.T) {
	question := Text("question", "", "with an empty frame")
	for depth := 1; depth <= 3; depth++ {
		t.Run(fmt.Sprint(depth), func(t *testing.T) {
			sys := testSystem(t)
			ctx := testContext(t)
			req := open(t, sys, Req, WithIdentity("asker"))
			// Each hop is a Router in front and, but for the last, a Dealer behind that forwards.
			var fronts, backs []*Socket
			connector := req
			for i := range depth {
				endpoint := fmt.Sprintf("inproc://hop%d", i)
				fronts = append(fronts, open(t, sys, Router, WithBind(endpoint)))
				must(t, connector.Connect(ctx, endpoint))
				if i+1 < depth {
					connector = open(t, sys, Dealer, WithIdentity(fmt.Sprint("hop", i)))
					backs = append(backs, connector)
				}
			}
			must(t, req.Send(ctx, question))
			for i, back := range backs {
				must(t, back.Send(ctx, receive(t, fronts[i])))
			}
			envelope, body, err := receive(t, fronts[depth-1]).PopEnvelope()
			if err != nil || envelope.Depth() != depth+1 || !body.Equal(question) {
				t.Fatalf("%v (%d deep), %q, %v", envelope, envelope.Depth(), body.Frames(), err)
			}
			if hops := envelope.Hops(); hops[depth-1] != "asker" || depth > 1 && hops[0] != RoutingID(fmt.Sprint("hop", depth-2)) {
				t.Errorf("hops %v", hops)
			}
			must(t, fronts[depth-1].Send(ctx, Text("answer").PushEnvelope(envelope)))
			for i := depth - 2; i >= 0; i-- {
				must(t, fronts[i].Send(ctx, receive(t, backs[i])))
			}
			if got := receive(t, req); !got.Equal(Text("answer")) {
				t.Errorf("received %q", got.Frames())
			}
		})
	}
}

func TestSeed_S22_AStreamTellsConnectionsFromData(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	server := open(t, sys, Stream, WithBind("tcp://127.0.0.1:*"))
	var servers, clients StreamTracker
	next := func(s *Socket, tracker *StreamTracker, kind StreamKind, id RoutingID) StreamEvent {
		t.Helper()
		event, err := tracker.Event(receive(t, s))
		must(t, err)
		if event.Kind != kind || id != "" && event.ID != id {
			t.Fatalf("%v %v %q; want %v %v", event.Kind, event.ID, event.Data, kind, id)
		}
		return event
	}
	write := func(s *Socket, id RoutingID, text string) {
		t.Helper()
		m, err := StreamWrite(id, []byte(text))
		must(t, err)
		must(t, s.Send(ctx, m))
	}
	for range 2 { // the second connection of a client is told from the end of the first
		client := open(t, sys, Stream, WithConnect(bound(t, server)))
		far := next(client, &clients, StreamConnected, "").ID
		near := next(server, &servers, StreamConnected, "").ID
		write(client, far, "GET")
		if got := next(server, &servers, StreamData, near); string(got.Data) != "GET" {
			t.Errorf("the server received %q", got.Data)
		}
		write(server, near, "200")
		if got := next(client, &clients, StreamData, far); string(got.Data) != "200" {
			t.Errorf("the client received %q", got.Data)
		}
		must(t, client.Close())
		if got := next(server, &servers, StreamDisconnected, near); got.Data != nil || servers.Len() != 0 {
			t.Errorf("%q, %d connections", got.Data, servers.Len())
		}
		for err := error(nil); err == nil; { // libzmq lets go of a connection a moment after it has told
			if err = server.Send(ctx, StreamClose(near)); err != nil && !errors.Is(err, ErrNoPeer) {
				t.Errorf("closing what is gone: %v", err)
			}
		}
		clients.Reset()
	}
}

func TestSeed_S22_AStreamClosesAPeer(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	server := open(t, sys, Stream, WithBind("tcp://127.0.0.1:*"))
	var tracker StreamTracker
	for range 2 {
		client, err := net.DialTimeout("tcp", strings.TrimPrefix(bound(t, server), "tcp://"), patience)
		must(t, err)
		defer client.Close()
		event, err := tracker.Event(receive(t, server))
		if err != nil || event.Kind != StreamConnected { // and not the end of the connection that was closed before
			t.Fatalf("%+v, %v", event, err)
		}
		must(t, server.Send(ctx, StreamClose(event.ID)))
		tracker.Closed(event.ID)
		must(t, client.SetReadDeadline(time.Now().Add(patience)))
		if n, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("the client read %d bytes, %v; want the end", n, err)
		}
		if tracker.Len() != 0 {
			t.Errorf("%d connections", tracker.Len())
		}
		if _, err := StreamWrite(event.ID, nil); !errors.Is(err, ErrFrame) {
			t.Error(err)
		}
	}
}

func TestSeed_S22_AMessageIsASmallValue(t *testing.T) {
	if size := unsafe.Sizeof(Message{}); size > 7*unsafe.Sizeof(uintptr(0)) {
		t.Errorf("a Message has %d bytes", size)
	}
}
