package zsock

import (
	"slices"

	"github.com/actomq/actomq/internal/libzmq"
)

// Available tells whether libzmq can be used: nil, or the reason why not and how to install it. NewSystem returns the same
// error. A program that was built without cgo has no libzmq.
func Available() error { return libzmq.Available() }

// Version gives the version of libzmq that the program runs with; ok is false when there is none.
func Version() (major, minor, patch int, ok bool) { return libzmq.Version() }

// outdated reports whether a version of libzmq has holes that strangers can use before they have shown a key (CVE-2019-13132, CVE-2020-15166),
// unless a distribution has mended it.
func outdated(major, minor, patch int) bool {
	return slices.Compare([]int{major, minor, patch}, []int{4, 3, 3}) < 0
}
