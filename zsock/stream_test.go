package zsock

import (
	"errors"
	"testing"
)

func TestStreamTrackerCountsEachConnectionByItself(t *testing.T) {
	var tracker StreamTracker
	for i, step := range []struct {
		m    Message
		kind StreamKind
		open int
	}{
		{Text("a", ""), StreamConnected, 1},
		{Text("b", ""), StreamConnected, 2},
		{Text("a", "x"), StreamData, 2},
		{Text("a", ""), StreamDisconnected, 1},
		{Text("a", "rest"), StreamData, 1},
		{Text("a", ""), StreamConnected, 2},
		{Text("b", ""), StreamDisconnected, 1},
		{Text("c", "without notice"), StreamData, 1},
	} {
		event, err := tracker.Event(step.m)
		if err != nil || event.Kind != step.kind || event.ID != RoutingID(step.m.String()) || string(event.Data) != string(step.m.Frame(1)) || tracker.Len() != step.open {
			t.Errorf("step %d: %+v, %v, %d open", i, event, err, tracker.Len())
		}
	}
	if ended := tracker.Reset(); len(ended) != 1 || ended[0].ID != "a" || ended[0].Kind != StreamDisconnected || tracker.Len() != 0 {
		t.Errorf("%+v", ended)
	}
	for _, m := range []Message{{}, Text("a"), Text("a", "b", "c")} {
		if _, err := tracker.Event(m); !errors.Is(err, ErrMultipart) {
			t.Errorf("%q: %v", m.Frames(), err)
		}
	}
	for kind, want := range map[StreamKind]string{StreamConnected: "connected", StreamData: "data", StreamDisconnected: "disconnected", 9: "StreamKind(9)"} {
		if kind.String() != want {
			t.Errorf("%d reads %q", int(kind), kind)
		}
	}
}
