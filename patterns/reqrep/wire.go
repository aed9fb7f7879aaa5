package reqrep

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/actomq/actomq/zsock"
)

const (
	idSize  = 8
	maxCode = 64      // bytes
	maxText = 4 << 10 // bytes
)

// wrapRequest makes what a client sends: the id, an empty frame, the payload. Every REP and ROUTER echoes what stands before
// the empty frame (ZeroMQ RFC 28).
func wrapRequest(id uint64, payload []byte) zsock.Message {
	return zsock.Bytes(binary.BigEndian.AppendUint64(nil, id), nil, payload)
}

// splitReply finds the request that a reply belongs to.
func splitReply(m zsock.Message) (id uint64, body zsock.Message, ok bool) {
	route, body := m.Unwrap()
	if len(route) != 1 || len(route[0]) != idSize {
		return 0, body, false
	}
	return binary.BigEndian.Uint64(route[0]), body, true
}

// errorReply is the body of a refusal.
func errorReply(e *RemoteError) zsock.Message {
	return zsock.Text("", cut(e.Code, maxCode), cut(e.Text, maxText))
}

// readReply tells an answer from a refusal.
func readReply(body zsock.Message) (payload []byte, err error) {
	switch {
	case body.Len() == 1:
		return body.Frame(0), nil
	case body.Len() == 3 && len(body.Frame(0)) == 0:
		return nil, &RemoteError{Code: cut(string(body.Frame(1)), maxCode), Text: cut(string(body.Frame(2)), maxText)}
	}
	return nil, fmt.Errorf("%w: %d frames, want 1, or 3 with the first one empty", ErrReply, body.Len())
}

// cut shortens to whole characters and makes the rest valid.
func cut(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}
