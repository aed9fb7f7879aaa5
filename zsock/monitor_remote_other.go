//go:build !unix

package zsock

// remoteAddress is not known here.
func remoteAddress(int) string { return "" }
