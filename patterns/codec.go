package patterns

import (
	"bytes"
	"errors"
	"fmt"
)

var (
	// ErrCodec says that a value could not be turned into bytes, or bytes from a peer into a value.
	ErrCodec = errors.New("patterns: codec")
	// ErrNil says that an argument is nil which must not be. The text says which one, and what to pass.
	ErrNil = errors.New("patterns: nil argument")
)

// Codec turns values into bytes and back. It is called from many goroutines. Unmarshal gets bytes from the network: it must
// answer whatever they are with a value or an error. A codec that panics or ends its goroutine costs the one value: that is
// an error of the call, the request or the task.
type Codec interface {
	Name() string
	// Marshal gives bytes that nobody changes any more: they may be sent later, and again.
	Marshal(value any) ([]byte, error)
	// Unmarshal stores into the value that into points to. It may keep data, and so may the value: nobody else uses these bytes.
	Unmarshal(data []byte, into any) error
}

// The codecs of this package.
var (
	// JSON is encoding/json, one value and nothing behind it. Values that may bring methods of their own, such as a MarshalJSON, or
	// that hold interfaces, cost a goroutine each time, since such a method may end the one that it runs on.
	JSON Codec = jsonCodec{}
	// Raw takes and gives []byte and string as they are. Bytes to be sent are copied, so their owner may use them again at once.
	// Received ones belong to the receiver, for as long as it likes, and hold the memory of the message that they came in.
	Raw Codec = rawCodec{}
)

type rawCodec struct{}

func (rawCodec) Name() string { return "raw" }

func (rawCodec) Marshal(value any) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return bytes.Clone(v), nil
	case string:
		return []byte(v), nil
	}
	return nil, fmt.Errorf("%w: raw takes []byte and string, not %T", ErrCodec, value)
}

func (rawCodec) Unmarshal(data []byte, into any) error {
	switch v := into.(type) {
	case *[]byte:
		*v = data
		return nil
	case *string:
		*v = string(data)
		return nil
	}
	return fmt.Errorf("%w: raw gives []byte and string, not %T", ErrCodec, into)
}
