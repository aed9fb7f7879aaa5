//go:build cgo

package libzmq

// #include <stdlib.h>
// #include <zmq.h>
import "C"

import "unsafe"

// Has tells whether the library that the program runs with was built with a capability: "ipc", "pgm", "tipc", "norm", "curve", "gssapi", "vmci" or
// "draft" (zmq_has(3)). It is false for what the library does not know.
func Has(capability string) bool {
	name := C.CString(capability)
	defer C.free(unsafe.Pointer(name))
	return C.zmq_has(name) != 0
}
