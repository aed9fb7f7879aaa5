package zsock

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

// optionKind is the Go type of an option's value and how it crosses into C.
type optionKind int

const (
	kindBool     optionKind = iota // bool; a C int
	kindInt                        // int; a C int
	kindInt64                      // int64
	kindUint64                     // uint64
	kindDuration                   // time.Duration; a C int of milliseconds, -1 for none
	kindString                     // string
	kindBytes                      // []byte
	kindKey                        // a CURVE key: string of 40 characters of Z85; 32 bytes may be written, too
)

func (k optionKind) String() string {
	return [...]string{"bool", "int", "int64", "uint64", "time.Duration", "string", "[]byte", "Z85 string"}[k]
}

// convert accepts the option's own type, for numbers an int, and for bytes a string. It refuses what would not fit into the type that
// libzmq has for it.
func (o *optionSpec) convert(value any) (any, error) {
	converted, fits := any(nil), true
	switch o.kind {
	case kindBool:
		if v, ok := value.(bool); ok {
			converted = v
		}
	case kindInt:
		if v, ok := value.(int); ok {
			converted, fits = v, v >= math.MinInt32 && v <= math.MaxInt32
		}
	case kindInt64:
		switch v := value.(type) {
		case int:
			converted = int64(v)
		case int64:
			converted = v
		}
	case kindUint64:
		switch v := value.(type) {
		case int:
			converted, fits = uint64(v), v >= 0
		case uint64:
			converted = v
		}
	case kindDuration:
		if v, ok := value.(time.Duration); ok {
			converted, fits = v, v <= math.MaxInt32*time.Millisecond
		}
	case kindString:
		if v, ok := value.(string); ok {
			converted, fits = v, !strings.Contains(v, "\x00")
		}
	case kindBytes:
		switch v := value.(type) {
		case string:
			converted = []byte(v)
		case []byte:
			converted = bytes.Clone(v)
		}
	case kindKey:
		switch v := value.(type) {
		case string:
			key, err := z85Decode(v)
			converted, fits = v, err == nil && len(key) == 32
		case []byte:
			if fits = len(v) == 32; fits {
				converted = z85Encode(v)
			} else {
				converted = ""
			}
		}
	}
	switch {
	case converted == nil:
		return nil, fmt.Errorf("%w: want %v, got %T", ErrOptionType, o.kind, value)
	case !fits, o.valid != nil && !o.valid(converted):
		return nil, o.unacceptable()
	}
	return converted, nil
}

// refused explains an EINVAL of libzmq.
func (o *optionSpec) refused(err error) error {
	switch {
	case !errors.Is(err, libzmq.EINVAL):
		return err
	case o.needs != "" && !libzmq.Has(o.needs):
		return fmt.Errorf("%w: this libzmq was built without %s", ErrOptionValue, o.needs)
	}
	return o.unacceptable()
}

func (o *optionSpec) unacceptable() error {
	accepts := o.accepts
	if accepts == "" {
		accepts = "any " + o.kind.String() + " that C has room for"
	}
	return fmt.Errorf("%w: libzmq accepts %s", ErrOptionValue, accepts)
}

func (o *optionSpec) write(zmq *libzmq.Socket, value any) error {
	switch v := value.(type) {
	case bool:
		n := 0
		if v {
			n = 1
		}
		return zmq.SetInt(o.number, n)
	case int:
		return zmq.SetInt(o.number, v)
	case int64:
		return zmq.SetInt64(o.number, v)
	case uint64:
		return zmq.SetUint64(o.number, v)
	case time.Duration:
		return zmq.SetInt(o.number, milliseconds(v))
	case string:
		return zmq.SetBytes(o.number, []byte(v))
	case []byte:
		return zmq.SetBytes(o.number, v)
	}
	return ErrOptionType
}

// milliseconds rounds up, so that a short positive time does not become none; negative means infinite or the default.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int((d + time.Millisecond - 1) / time.Millisecond)
}

func (o *optionSpec) read(zmq *libzmq.Socket) (any, error) {
	switch o.kind {
	case kindBool:
		v, err := zmq.GetInt(o.number)
		return v != 0, err
	case kindInt:
		return zmq.GetInt(o.number)
	case kindInt64:
		return zmq.GetInt64(o.number)
	case kindUint64:
		return zmq.GetUint64(o.number)
	case kindDuration:
		v, err := zmq.GetInt(o.number)
		if v < 0 {
			return time.Duration(-1), err
		}
		return time.Duration(v) * time.Millisecond, err
	case kindString, kindKey:
		v, err := zmq.GetBytes(o.number)
		return string(bytes.TrimRight(v, "\x00")), err
	default:
		return zmq.GetBytes(o.number)
	}
}
