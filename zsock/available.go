package zsock

import "github.com/actomq/actomq/internal/libzmq"

// Available tells whether libzmq can be used: nil, or the reason why not and how to install it. NewSystem returns the same
// error. A program that was built without cgo has no libzmq.
func Available() error { return libzmq.Available() }

// Version gives the version of libzmq that the program runs with; ok is false when there is none.
func Version() (major, minor, patch int, ok bool) { return libzmq.Version() }
