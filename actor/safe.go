package actor

import (
	"context"
	"fmt"
	"reflect"
)

// Guard runs f on a goroutine of its own and waits for it. A panic of f is returned as a *PanicError, a runtime.Goexit as
// ErrGoexit: neither harms the caller, whose own goroutine an Exit would end.
func Guard(f func()) error {
	fault := ErrGoexit
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if value := recover(); value != nil {
				fault = newPanicError(value)
			}
		}()
		f()
		fault = nil
	}()
	<-done
	return fault
}

// SafeError gives err as an error that harms nobody who looks at it, whatever the methods of err do: a typed nil whose Error
// panics, an Is that panics or exits, an Unwrap without an end. Its text and its chain are those of err at the time of the
// call; where a method of err failed, the text says so, the chain ends, and Is and As are no. Otherwise errors.Is and
// errors.As find in it what they find in err. An error that is made of nothing but what errors.New, fmt.Errorf and this package
// make is returned as it is; others have to be looked at with errors.Is and errors.As, and not by == or by their type.
//
// Actors do this to every error of a behaviour before anybody else sees it.
func SafeError(err error) error {
	left := keptChain
	return safe(err, &left)
}

// keptChain is how many errors of a chain, or tree, are kept.
const keptChain = 100

type safeError struct {
	self  error // only its Is and As are called, under a guard
	text  string
	inner []error
}

func safe(err error, left *int) error {
	if look := keptChain; err == nil || isSafe(err, &look) {
		return err
	}
	*left--
	e := &safeError{self: err}
	if Guard(func() { e.text = err.Error() }) != nil {
		e.text = fmt.Sprintf("%T, whose Error failed", err)
		if isNil(err) {
			e.text = fmt.Sprintf("nil %T", err)
		}
	}
	var inner []error
	_ = Guard(func() { inner = unwrap(err) })
	for _, one := range inner {
		if one != nil && *left > 0 {
			e.inner = append(e.inner, safe(one, left))
		}
	}
	return e
}

// isSafe reports whether nothing in err's tree can fail.
func isSafe(err error, left *int) bool {
	if *left--; *left < 0 || isNil(err) {
		return false
	}
	switch e := err.(type) {
	case *safeError, *PanicError:
		return true
	case *OverstayError:
		return e.Err == nil || isSafe(e.Err, left)
	}
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case "errors", "fmt", "context", "runtime", "syscall":
	default:
		return false
	}
	for _, inner := range unwrap(err) {
		if inner != nil && !isSafe(inner, left) {
			return false
		}
	}
	return true
}

func isNil(err error) bool {
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func unwrap(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return nil
}

func (e *safeError) Error() string { return e.text }

func (e *safeError) Unwrap() []error { return e.inner }

func (e *safeError) Is(target error) (is bool) {
	if same(e.self, target) {
		return true
	}
	if self, ok := e.self.(interface{ Is(error) bool }); ok {
		_ = Guard(func() { is = self.Is(target) })
	}
	return is
}

func same(a, b error) bool {
	defer func() { _ = recover() }() // values of comparable types need not be comparable
	return a == b
}

func (e *safeError) As(target any) (as bool) {
	to := reflect.ValueOf(target).Elem()
	if self := reflect.ValueOf(e.self); self.Type().AssignableTo(to.Type()) {
		to.Set(self)
		return true
	}
	if self, ok := e.self.(interface{ As(any) bool }); ok {
		_ = Guard(func() { as = self.As(target) })
	}
	return as
}

// causeOf gives the cause of a caller's own context, which may be anything.
func causeOf(ctx context.Context) error { return SafeError(context.Cause(ctx)) }
