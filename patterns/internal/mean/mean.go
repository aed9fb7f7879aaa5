// Package mean has user code that fails in every way that Go allows, for the tests of the patterns.
package mean

import (
	"errors"
	"fmt"
	"runtime"
)

// Errors are errors whose methods fail.
var Errors = map[string]error{
	"error whose Error panics":  text(func() { panic("in Error") }),
	"error whose Error exits":   text(runtime.Goexit),
	"typed nil":                 (*pointer)(nil),
	"error whose Unwrap panics": unwrap(func() error { panic("in Unwrap") }),
	"error without an end":      circle{},
	"error whose As panics":     looks(func() bool { panic("in As") }),
	"error whose Is exits":      looks(func() bool { runtime.Goexit(); return true }),
}

// Failures are functions that fail, each in a way of its own, those that return one of Errors included.
var Failures = failures()

func failures() map[string]func() error {
	all := map[string]func() error{
		"panic":                   func() error { panic("boom") },
		"panic with nil":          func() error { panic(nil) },
		"panic with a mean error": func() error { panic(text(func() { panic("in Error") })) },
		"panic with a mean value": func() error { panic(stringer(runtime.Goexit)) },
		"goexit":                  func() error { runtime.Goexit(); return nil },
		"index":                   func() error { var none []error; return none[len(none)] },
		"error":                   func() error { return errors.New("no luck") },
		"wrapped":                 func() error { return fmt.Errorf("wrapped: %w", text(runtime.Goexit)) },
	}
	for how, err := range Errors {
		all[how] = func() error { return err }
	}
	return all
}

type text func()

func (e text) Error() string { e(); return "text" }

type stringer func()

func (s stringer) String() string { s(); return "text" }

type pointer struct{ text string }

func (e *pointer) Error() string { return e.text }

type unwrap func() error

func (e unwrap) Error() string { return "unwraps" }
func (e unwrap) Unwrap() error { return e() }

type circle struct{}

func (circle) Error() string { return "round and round" }
func (circle) Unwrap() error { return circle{} }

type looks func() bool

func (e looks) Error() string { return "looks" }
func (e looks) Is(error) bool { return e() }
func (e looks) As(any) bool   { return e() }

// Codec is a codec that asks before it does anything, and fails as the answer does.
type Codec struct {
	Codec interface { // patterns.Codec, whose package's own tests are here, too
		Name() string
		Marshal(value any) ([]byte, error)
		Unmarshal(data []byte, into any) error
	}
	Marshals   func(value any) error
	Unmarshals func(data []byte) error
}

// Name implements patterns.Codec.
func (c Codec) Name() string { return "mean " + c.Codec.Name() }

// Marshal implements patterns.Codec.
func (c Codec) Marshal(value any) ([]byte, error) {
	if c.Marshals != nil {
		if err := c.Marshals(value); err != nil {
			return nil, err
		}
	}
	return c.Codec.Marshal(value)
}

// Unmarshal implements patterns.Codec.
func (c Codec) Unmarshal(data []byte, into any) error {
	if c.Unmarshals != nil {
		if err := c.Unmarshals(data); err != nil {
			return err
		}
	}
	return c.Codec.Unmarshal(data, into)
}
