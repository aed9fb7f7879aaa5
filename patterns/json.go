package patterns

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"sync"

	"github.com/actomq/actomq/actor"
)

type jsonCodec struct{}

func (jsonCodec) Name() string { return "json" }

func (jsonCodec) Marshal(value any) (data []byte, err error) {
	if err := shielded(value, func() (err error) { data, err = json.Marshal(value); return err }); err != nil {
		return nil, fmt.Errorf("%w: json of %T: %w", ErrCodec, value, err)
	}
	return data, nil
}

func (jsonCodec) Unmarshal(data []byte, into any) error {
	if err := shielded(into, func() error { return json.Unmarshal(data, into) }); err != nil { // what follows the value is an error, too
		return fmt.Errorf("%w: json into %T: %w", ErrCodec, into, err)
	}
	return nil
}

// shielded runs f, which encodes or decodes value. A method of the user's, such as a MarshalJSON, may panic, end its goroutine, or
// return an error that does: where there may be one, f has a goroutine of its own.
func shielded(value any, f func() error) (err error) {
	if foreign(reflect.TypeOf(value)) {
		if fault := actor.Guard(func() { err = f() }); fault != nil {
			return fault
		}
		return actor.SafeError(err)
	}
	defer func() {
		if p := recover(); p != nil { // as when somebody changes the value meanwhile
			err = &actor.PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return f()
}

// known keeps what foreign has found out.
var known sync.Map // reflect.Type to bool

// foreign reports whether encoding/json may call methods of the user's for a value of type t.
func foreign(t reflect.Type) bool {
	if t == nil {
		return false
	}
	if is, ok := known.Load(t); ok {
		return is.(bool)
	}
	is := callsMethods(t, make(map[reflect.Type]bool))
	known.Store(t, is)
	return is
}

var methods = []reflect.Type{
	reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](),
	reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
}

func callsMethods(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.PkgPath() {
	case "time", "encoding/json":
		return false
	}
	for _, m := range methods {
		if t.Implements(m) || reflect.PointerTo(t).Implements(m) {
			return true
		}
	}
	switch t.Kind() {
	case reflect.Interface:
		return true // whatever is in it
	case reflect.Map:
		return callsMethods(t.Key(), seen) || callsMethods(t.Elem(), seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return callsMethods(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if callsMethods(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
