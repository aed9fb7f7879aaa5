//go:build cgo

package libzmq

// #include <stdlib.h>
// #include <zmq.h>
//
// static int amq_curve_keypair (char *pub, char *secret) { return zmq_curve_keypair (pub, secret) == 0 ? 0 : zmq_errno (); }
// static int amq_curve_public (char *pub, const char *secret) { return zmq_curve_public (pub, secret) == 0 ? 0 : zmq_errno (); }
import "C"

import "unsafe"

const z85Key = 40 // characters of a key; C wants a NUL behind them

// CurveKeyPair makes a pair of CURVE keys, as Z85 text of 40 characters each (zmq_curve_keypair(3)). ENOTSUP: the library was built without CURVE.
func CurveKeyPair() (public, secret string, err error) {
	var p, s [z85Key + 1]C.char
	if err := wrapNumber(C.amq_curve_keypair(&p[0], &s[0])); err != nil {
		return "", "", err
	}
	public, secret = C.GoString(&p[0]), C.GoString(&s[0])
	clear(s[:])
	return public, secret, nil
}

// CurvePublic derives the public key that belongs to a secret one, both as Z85 text (zmq_curve_public(3)). EINVAL: the secret is not 40
// characters of Z85.
func CurvePublic(secret string) (public string, err error) {
	if len(secret) != z85Key {
		return "", EINVAL
	}
	text := C.CString(secret)
	defer C.free(unsafe.Pointer(text))
	var p [z85Key + 1]C.char
	if err := wrapNumber(C.amq_curve_public(&p[0], text)); err != nil {
		return "", err
	}
	return C.GoString(&p[0]), nil
}
