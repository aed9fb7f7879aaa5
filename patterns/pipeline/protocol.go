package pipeline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// The protocol between a ventilator (ROUTER) and its workers (DEALER). A message is one frame:
//
//	byte    version, 1
//	byte    kind
//	uint64  session: chosen by the worker in its hello, repeated in everything that belongs to it
//	uint64  sequence: counts the messages of a session in this direction from 1, so that a loss shows at the next one
//	uint64  run: which ventilator the task numbers belong to; 0 in what a worker says before it knows
//	payload
//
// Numbers of fixed size are big endian, counts and lengths are unsigned varints (encoding/binary).
const (
	protocolVersion = 1
	headerSize      = 2 + 3*8
)

// kind says what a message is.
type kind byte

const (
	kindHello   kind = 1 + iota // worker: a new session begins; payload: greeting
	kindResults                 // worker: outcomes of tasks
	kindPing                    // worker: alive; asks for a pong
	kindBye                     // worker: takes no more tasks in this session; what it holds shall go to others
	kindTasks                   // ventilator: tasks to do
	kindPong                    // ventilator: answers hello and ping; payload: milliseconds between pings
	kindReset                   // ventilator: does not know the session, or has missed something of it: begin a new one
	kindEnd
)

// status says how a task went.
type status byte

const (
	statusDone     status = iota // body is the encoded result
	statusFailed                 // Work returned an error; body is its text
	statusPanicked               // Work panicked; body is the text
	statusEnd
)

const (
	// maxBody bounds an encoded task or result, so that its message fits into the default maxmsgsize of a socket.
	maxBody = 64<<20 - 4096
	// packSize is where a message is full, unless a single entry is larger.
	packSize = 48 << 10
	maxName  = 255
)

var errMalformed = errors.New("pipeline: malformed message")

type header struct {
	kind     kind
	session  uint64
	sequence uint64
	run      uint64
}

func (h header) append(b []byte) []byte {
	b = append(b, protocolVersion, byte(h.kind))
	b = binary.BigEndian.AppendUint64(b, h.session)
	b = binary.BigEndian.AppendUint64(b, h.sequence)
	return binary.BigEndian.AppendUint64(b, h.run)
}

func parseHeader(frame []byte) (h header, payload []byte, err error) {
	if len(frame) < headerSize {
		return header{}, nil, fmt.Errorf("%w: %d bytes", errMalformed, len(frame))
	}
	if frame[0] != protocolVersion {
		return header{}, nil, fmt.Errorf("%w: version %d", errMalformed, frame[0])
	}
	h.kind = kind(frame[1])
	if h.kind == 0 || h.kind >= kindEnd {
		return header{}, nil, fmt.Errorf("%w: kind %d", errMalformed, frame[1])
	}
	h.session = binary.BigEndian.Uint64(frame[2:])
	h.sequence = binary.BigEndian.Uint64(frame[10:])
	h.run = binary.BigEndian.Uint64(frame[18:])
	return h, frame[headerSize:], nil
}

// greeting is what a worker tells of itself.
type greeting struct {
	worker uint64 // the same for all sessions of one worker
	credit int    // how many tasks it wants to hold; 0 leaves that to the ventilator
	name   string
}

func (g greeting) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, g.worker)
	b = binary.AppendUvarint(b, uint64(max(0, g.credit)))
	return append(b, g.name...)
}

func parseGreeting(payload []byte) (g greeting, err error) {
	if len(payload) < 8 {
		return greeting{}, fmt.Errorf("%w: greeting of %d bytes", errMalformed, len(payload))
	}
	g.worker = binary.BigEndian.Uint64(payload)
	credit, rest, err := cutNumber(payload[8:])
	if err != nil {
		return greeting{}, err
	}
	if len(rest) > maxName {
		return greeting{}, fmt.Errorf("%w: name of %d bytes", errMalformed, len(rest))
	}
	g.credit = int(min(credit, maxCredit))
	g.name = strings.ToValidUTF8(string(rest), "?")
	return g, nil
}

// handed is a task as a worker sees it.
type handed struct {
	run  uint64
	id   uint64
	body []byte
}

func appendTask(b []byte, id uint64, body []byte) []byte {
	b = binary.AppendUvarint(b, id)
	return appendBody(b, body)
}

// parseTasks appends the tasks of a payload to into; their bodies are parts of the payload. A payload is good as a whole or
// not at all.
func parseTasks(into []handed, run uint64, payload []byte) ([]handed, error) {
	tasks := into
	for len(payload) > 0 {
		t := handed{run: run}
		var err error
		if t.id, payload, err = cutNumber(payload); err != nil {
			return into, err
		}
		if t.body, payload, err = cutBody(payload); err != nil {
			return into, err
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// outcome is how a task went.
type outcome struct {
	run    uint64
	id     uint64
	status status
	body   []byte
}

func appendOutcome(b []byte, o outcome) []byte {
	b = binary.AppendUvarint(b, o.id)
	b = append(b, byte(o.status))
	return appendBody(b, o.body)
}

// parseOutcomes is parseTasks for what comes back.
func parseOutcomes(into []outcome, run uint64, payload []byte) ([]outcome, error) {
	outcomes := into
	for len(payload) > 0 {
		o := outcome{run: run}
		var err error
		if o.id, payload, err = cutNumber(payload); err != nil {
			return into, err
		}
		if len(payload) == 0 || status(payload[0]) >= statusEnd {
			return into, fmt.Errorf("%w: bad status", errMalformed)
		}
		o.status = status(payload[0])
		if o.body, payload, err = cutBody(payload[1:]); err != nil {
			return into, err
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

func appendBody(b, body []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(body)))
	return append(b, body...)
}

func cutNumber(b []byte) (number uint64, rest []byte, err error) {
	number, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, fmt.Errorf("%w: bad number", errMalformed)
	}
	return number, b[n:], nil
}

func cutBody(b []byte) (body, rest []byte, err error) {
	size, b, err := cutNumber(b)
	if err != nil {
		return nil, nil, err
	}
	if size > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%w: %d bytes announced, %d there", errMalformed, size, len(b))
	}
	return b[:size:size], b[size:], nil
}
