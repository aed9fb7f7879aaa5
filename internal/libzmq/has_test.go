//go:build cgo

package libzmq

import "testing"

func TestHasKnowsWhatTheLibraryWasBuiltWith(t *testing.T) {
	if !Has("ipc") {
		t.Error("no ipc, which every build for Unix has")
	}
	if Has("no such capability") || Has("") {
		t.Error("a capability that nobody knows is there")
	}
}
