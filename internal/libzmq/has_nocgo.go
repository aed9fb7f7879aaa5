//go:build !cgo

package libzmq

// Has is false: without cgo there is no library.
func Has(string) bool { return false }
