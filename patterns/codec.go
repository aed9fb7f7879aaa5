package patterns

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrCodec says that a value could not be turned into bytes, or bytes from a peer into a value.
var ErrCodec = errors.New("patterns: codec")

// Codec turns values into bytes and back. It is called from many goroutines. Unmarshal gets bytes from the network: it must
// answer whatever they are with a value or an error.
type Codec interface {
	Name() string
	Marshal(value any) ([]byte, error)
	// Unmarshal stores into the value that into points to, and may keep data.
	Unmarshal(data []byte, into any) error
}

// The codecs of this package.
var (
	JSON Codec = jsonCodec{} // encoding/json, one value and nothing behind it
	Raw  Codec = rawCodec{}  // []byte and string as they are
)

type jsonCodec struct{}

func (jsonCodec) Name() string { return "json" }

func (jsonCodec) Marshal(value any) (data []byte, err error) {
	defer shield("marshal", value, &err)
	if data, err = json.Marshal(value); err != nil {
		return nil, fmt.Errorf("%w: json of %T: %w", ErrCodec, value, err)
	}
	return data, nil
}

func (jsonCodec) Unmarshal(data []byte, into any) (err error) {
	defer shield("unmarshal", into, &err)
	if err := json.Unmarshal(data, into); err != nil { // what follows the value is an error, too
		return fmt.Errorf("%w: json into %T: %w", ErrCodec, into, err)
	}
	return nil
}

// shield makes an error of a panic in a MarshalJSON or UnmarshalJSON of the user's.
func shield(what string, value any, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %s of %T panicked: %v", ErrCodec, what, value, p)
	}
}

type rawCodec struct{}

func (rawCodec) Name() string { return "raw" }

func (rawCodec) Marshal(value any) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return v, nil
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
