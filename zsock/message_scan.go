package zsock

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// Scan reads the frames into variables, one for each frame, given as pointers; nil skips a frame. Values are text, as in most
// ZeroMQ protocols, whose frames people read off the wire:
//
//	*[]byte and its kin        the frame as it is, not copied
//	*string and its kin        UTF-8, checked
//	*RoutingID                 any bytes, copied
//	integers, floats           decimal, within the range of the type
//	*bool                      true, false, 1, 0 and what else strconv.ParseBool takes
//	encoding.TextUnmarshaler   what it makes of it, such as *time.Time and *netip.Addr
//
// The errors are ErrMultipart for another number of frames, which it tells, ErrText for text that is not UTF-8, and ErrFrame for
// the rest; they name the frame, counted from 0. After an error of one frame, the variables of the frames before it are set.
//
//	var city string
//	var celsius float64
//	err := m.Scan(&city, &celsius)
func (m Message) Scan(into ...any) error {
	if m.Len() != len(into) {
		return fmt.Errorf("%w: want %d, got %d", ErrMultipart, len(into), m.Len())
	}
	for i, frame := range m.All() {
		if err := scanFrame(frame, into[i]); err != nil {
			if errors.Is(err, ErrText) {
				return fmt.Errorf("%w: frame %d of %d", ErrText, i, m.Len())
			}
			return fmt.Errorf("%w: frame %d of %d into %T: %w", ErrFrame, i, m.Len(), into[i], err)
		}
	}
	return nil
}

func scanFrame(frame []byte, into any) error {
	switch v := into.(type) {
	case nil:
		return nil
	case *[]byte:
		if v != nil {
			*v = frame
			return nil
		}
	case *RoutingID:
		if v != nil {
			*v = RoutingID(frame)
			return nil
		}
	case *string:
		if v != nil {
			if !utf8.Valid(frame) {
				return ErrText
			}
			*v = string(frame)
			return nil
		}
	}
	pointer := reflect.ValueOf(into)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return errors.New("it is no pointer to a variable")
	}
	if v, ok := into.(encoding.TextUnmarshaler); ok {
		return v.UnmarshalText(frame)
	}
	return scanText(frame, pointer.Elem())
}

func scanText(frame []byte, v reflect.Value) error {
	switch {
	case v.Kind() == reflect.String:
		if !utf8.Valid(frame) {
			return ErrText
		}
		v.SetString(string(frame))
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		v.SetBytes(frame)
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(string(frame))
		if err != nil {
			return err
		}
		v.SetBool(b)
	case v.CanInt():
		n, err := strconv.ParseInt(string(frame), 10, v.Type().Bits())
		if err != nil {
			return err
		}
		v.SetInt(n)
	case v.CanUint():
		n, err := strconv.ParseUint(string(frame), 10, v.Type().Bits())
		if err != nil {
			return err
		}
		v.SetUint(n)
	case v.CanFloat():
		f, err := strconv.ParseFloat(string(frame), v.Type().Bits())
		if err != nil {
			return err
		}
		v.SetFloat(f)
	default:
		return errors.New("frames are not read into this type")
	}
	return nil
}

// Values makes a message of one frame for each value, in the form that Scan reads: bytes as they are and not copied, text that must
// be UTF-8, numbers in decimal, true or false, and what an encoding.TextMarshaler makes of itself. The errors are ErrText, and
// ErrFrame for other types. Values() is a message of one empty frame.
func Values(values ...any) (Message, error) {
	frames := make([][]byte, len(values))
	for i, value := range values {
		frame, err := frameOf(value)
		if err != nil {
			if errors.Is(err, ErrText) {
				return Message{}, fmt.Errorf("%w: value %d of %d", ErrText, i, len(values))
			}
			return Message{}, fmt.Errorf("%w: value %d of %d, a %T: %w", ErrFrame, i, len(values), value, err)
		}
		frames[i] = frame
	}
	if len(frames) == 0 {
		return Message{}, nil
	}
	return newMessage(frames[0], frames[1:]), nil
}

func frameOf(value any) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return v, nil
	case RoutingID:
		return []byte(v), nil
	}
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, errors.New("it is nil")
	}
	if text, ok := value.(encoding.TextMarshaler); ok {
		return text.MarshalText()
	}
	switch {
	case v.Kind() == reflect.String:
		if !utf8.ValidString(v.String()) {
			return nil, ErrText
		}
		return []byte(v.String()), nil
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return v.Bytes(), nil
	case v.Kind() == reflect.Bool:
		return strconv.AppendBool(nil, v.Bool()), nil
	case v.CanInt():
		return strconv.AppendInt(nil, v.Int(), 10), nil
	case v.CanUint():
		return strconv.AppendUint(nil, v.Uint(), 10), nil
	case v.CanFloat():
		return strconv.AppendFloat(nil, v.Float(), 'g', -1, v.Type().Bits()), nil
	default:
		return nil, errors.New("frames are not made of this type")
	}
}
