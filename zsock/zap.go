package zsock

import (
	"errors"
	"fmt"
	"strings"
)

// zapEndpoint is where libzmq asks about each new connection of a judged socket (ZAP, ZeroMQ RFC 27). Only the system binds it:
// libzmq ends the process over a socket there that is neither a REP nor a ROUTER.
const zapEndpoint = "inproc://zeromq.zap.01"

// reservedName keeps the program's own sockets off the handler's address.
func (s *Socket) reservedName(op Op, text string, unsafe bool) error {
	text, _, _ = strings.Cut(text, "\x00") // as C sees it
	if endpoint, err := ParseEndpoint(text); err == nil {
		text = endpoint.String()
	}
	if text != zapEndpoint || op == OpConnect && unsafe {
		return nil
	}
	return &Error{Op: op.String(), Socket: s.name, Endpoint: zapEndpoint, Err: fmt.Errorf("%w: the name is the system's own", ErrSecurity),
		Hint: "System.Authenticator says who may connect"}
}

// zapRequest is what libzmq asks.
type zapRequest struct {
	id          []byte // comes back with the reply
	domain      string
	address     string // of the peer: an IP address; "localhost:uid:gid:pid" over ipc on Linux
	identity    []byte // the routing id that the peer wants
	mechanism   string
	credentials [][]byte // the key of CURVE; user name and password of PLAIN
}

// zapVersion is the version of the protocol.
const zapVersion = "1.0"

// What libzmq itself keeps to; whoever sends more is not libzmq.
const (
	zapFrames = 6 // before the credentials
	zapLimit  = 255
)

var errZAP = errors.New("zsock: no ZAP request")

// parseZAP reads a request as a ROUTER receives it, with the peer's routing id and the empty delimiter in front. The result
// refers to the frames. The error shows no content.
func parseZAP(first []byte, rest [][]byte) (peer []byte, r zapRequest, err error) {
	if len(rest) < 1+zapFrames {
		return nil, r, fmt.Errorf("%w: %d frames, want at least %d", errZAP, 1+len(rest), 2+zapFrames)
	}
	if len(rest[0]) != 0 || len(first) == 0 {
		return nil, r, fmt.Errorf("%w: it has no envelope", errZAP)
	}
	body := rest[1:]
	if string(body[0]) != zapVersion {
		return nil, r, fmt.Errorf("%w: it is not of version %s", errZAP, zapVersion)
	}
	for i, frame := range body {
		if len(frame) > zapLimit {
			return nil, r, fmt.Errorf("%w: frame %d has %d bytes, at most %d are allowed", errZAP, i, len(frame), zapLimit)
		}
	}
	r = zapRequest{id: body[1], domain: string(body[2]), address: string(body[3]), identity: body[4], mechanism: string(body[5]),
		credentials: body[zapFrames:]}
	wants, known := map[string]int{"NULL": 0, "PLAIN": 2, "CURVE": 1}[r.mechanism]
	if !known {
		return nil, r, fmt.Errorf("%w: its mechanism is not NULL, PLAIN or CURVE", errZAP)
	}
	if len(r.credentials) != wants {
		return nil, r, fmt.Errorf("%w: %d frames of credentials, %s has %d", errZAP, len(r.credentials), r.mechanism, wants)
	}
	if r.mechanism == "CURVE" && len(r.credentials[0]) != len(PublicKey{}) {
		return nil, r, fmt.Errorf("%w: a key of %d bytes", errZAP, len(r.credentials[0]))
	}
	return first, r, nil
}

// Status codes of replies. libzmq admits on the first only. After a 400, and a 500, a client of libzmq never tries again; after
// a 300 it is disconnected without a word, when the time for the handshake is over, and comes back. That suits a decision
// that could not be made.
const (
	zapAdmit = 200
	zapLater = 300
	zapDeny  = 400
)

// zapReply is the message that answers a request: one status and, when it admits, the user id. What it says to the peer
// is the status only.
func zapReply(peer, id []byte, status int, user string) (first []byte, rest [][]byte) {
	text := map[int]string{zapAdmit: "OK", zapDeny: "denied"}[status]
	if status != zapAdmit {
		user = ""
		if text == "" {
			text = "try again later"
		}
	}
	return peer, [][]byte{{}, []byte(zapVersion), id, fmt.Append(nil, status), []byte(text), []byte(user), {}}
}
