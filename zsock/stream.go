package zsock

import (
	"fmt"
	"sync"
)

// StreamKind says what happened on a connection of a Stream socket.
type StreamKind int

// What a Stream reports.
const (
	StreamConnected    StreamKind = iota // a connection is there, made by either side
	StreamData                           // bytes came
	StreamDisconnected                   // the connection is gone
)

// String gives the kind as a word.
func (k StreamKind) String() string {
	switch k {
	case StreamConnected:
		return "connected"
	case StreamData:
		return "data"
	case StreamDisconnected:
		return "disconnected"
	default:
		return fmt.Sprintf("StreamKind(%d)", int(k))
	}
}

// StreamEvent is one message of a Stream socket, understood.
type StreamEvent struct {
	// ID names the connection.
	ID RoutingID
	// Kind says what happened.
	Kind StreamKind
	// Data are the bytes that came, for StreamData, and nil otherwise. TCP has no messages: what one side wrote at once may come in
	// pieces, and what it wrote in pieces may come at once.
	Data []byte
}

// StreamTracker understands the messages of one Stream socket. libzmq reports the begin and the end of a connection by the same
// message, the id and an empty frame (zmq_socket, ZMQ_STREAM), so one has to remember which connections there are.
// The zero value is ready. Give it every message that the socket receives, in their order; its methods may be called by any
// number of goroutines.
//
// A connection that the own side made keeps its id when libzmq makes it again: it ends, and is there again.
//
// A socket whose actor fails loses its connections, and its next incarnation does not report their end: see Reset.
type StreamTracker struct {
	mu   sync.Mutex
	open map[RoutingID]struct{}
}

// Event tells what a received message means. The error is ErrMultipart if it is not an id and one frame, which no message of
// a Stream is.
//
// With the option stream_notify off there are data only.
func (t *StreamTracker) Event(m Message) (StreamEvent, error) {
	frames, err := m.Match(2)
	if err != nil {
		return StreamEvent{}, fmt.Errorf("stream event: %w", err)
	}
	event := StreamEvent{ID: RoutingID(frames[0]), Kind: StreamData, Data: frames[1]}
	if len(event.Data) > 0 {
		return event, nil
	}
	event.Data = nil
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.open[event.ID]; known {
		delete(t.open, event.ID)
		event.Kind = StreamDisconnected
		return event, nil
	}
	if t.open == nil {
		t.open = make(map[RoutingID]struct{})
	}
	t.open[event.ID] = struct{}{}
	event.Kind = StreamConnected
	return event, nil
}

// Closed forgets a connection that the own program has closed with StreamClose: libzmq does not report the end of those.
func (t *StreamTracker) Closed(id RoutingID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, id)
}

// Len is the number of open connections.
func (t *StreamTracker) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.open)
}

// Reset forgets all connections and gives their end as events, in no order. Call it when the socket has restarted.
func (t *StreamTracker) Reset() []StreamEvent {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ended []StreamEvent
	for id := range t.open {
		ended = append(ended, StreamEvent{ID: id, Kind: StreamDisconnected})
	}
	t.open = nil
	return ended
}

// StreamWrite is the message that writes data to a connection of a Stream socket. data is not copied and must stay unchanged until
// the send was answered. The send fails with ErrNoPeer when the connection is gone. No data is ErrFrame, since libzmq would close
// the connection.
func StreamWrite(id RoutingID, data []byte) (Message, error) {
	if len(data) == 0 {
		return Message{}, fmt.Errorf("%w: no data to write; StreamClose ends a connection", ErrFrame)
	}
	return Bytes([]byte(id), data), nil
}

// StreamClose is the message that closes a connection of a Stream socket. What libzmq had not written yet is dropped.
func StreamClose(id RoutingID) Message {
	return Bytes([]byte(id), []byte{})
}
