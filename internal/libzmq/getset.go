//go:build cgo

package libzmq

// #cgo nocallback amq_get
// #cgo noescape amq_get
// #cgo nocallback amq_set
// #cgo noescape amq_set
// #include "burst.h"
import "C"

import (
	"bytes"
	"math"
	"unsafe"
)

// Events reads ZMQ_EVENTS: in, a message can be received; out, a message can be sent. Reading it consumes the signal of the descriptor. in is also true
// while messages of an interrupted Recv are left here.
func (s *Socket) Events() (in, out bool, err error) {
	events, err := s.GetInt(OptEvents)
	if err != nil {
		return false, false, err
	}
	return events&C.ZMQ_POLLIN != 0 || s.in.pending(), events&C.ZMQ_POLLOUT != 0, nil
}

// FD is the descriptor that becomes readable when something may have changed. It belongs to libzmq: poll it, never read or close it.
func (s *Socket) FD() (int, error) { return s.GetInt(OptFD) }

// SetInt sets an option of type int; EINVAL when v has more than 32 bits.
func (s *Socket) SetInt(opt, v int) error {
	if v < math.MinInt32 || v > math.MaxInt32 {
		return EINVAL
	}
	value := C.int(v)
	return s.set(opt, unsafe.Pointer(&value), unsafe.Sizeof(value))
}

// SetInt64 sets an option of type int64_t.
func (s *Socket) SetInt64(opt int, v int64) error {
	return s.set(opt, unsafe.Pointer(&v), unsafe.Sizeof(v))
}

// SetUint64 sets an option of type uint64_t.
func (s *Socket) SetUint64(opt int, v uint64) error {
	return s.set(opt, unsafe.Pointer(&v), unsafe.Sizeof(v))
}

// SetBytes sets an option of bytes or text. nil and empty differ for the options that nil turns off, such as OptPlainUsername.
func (s *Socket) SetBytes(opt int, v []byte) error {
	return s.set(opt, unsafe.Pointer(unsafe.SliceData(v)), uintptr(len(v)))
}

// GetInt reads an option of type int.
func (s *Socket) GetInt(opt int) (int, error) {
	var value C.int
	err := s.get(opt, unsafe.Pointer(&value), unsafe.Sizeof(value))
	return int(value), err
}

// GetInt64 reads an option of type int64_t.
func (s *Socket) GetInt64(opt int) (int64, error) {
	var value int64
	err := s.get(opt, unsafe.Pointer(&value), unsafe.Sizeof(value))
	return value, err
}

// GetUint64 reads an option of type uint64_t.
func (s *Socket) GetUint64(opt int) (uint64, error) {
	var value uint64
	err := s.get(opt, unsafe.Pointer(&value), unsafe.Sizeof(value))
	return value, err
}

// GetBytes reads an option of bytes or text; text comes without libzmq's closing NUL, CURVE keys as Z85 text.
func (s *Socket) GetBytes(opt int) ([]byte, error) {
	if s.handle == nil {
		return nil, ErrNotSocket
	}
	value := make([]byte, readSize(opt))
	size := C.size_t(len(value))
	if err := wrapNumber(C.amq_get(s.handle, C.int(opt), unsafe.Pointer(&value[0]), &size)); err != nil {
		return nil, err
	}
	value = value[:size]
	if readsText(opt) {
		value, _, _ = bytes.Cut(value, []byte{0})
	}
	return bytes.Clone(value), nil
}

func (s *Socket) set(opt int, value unsafe.Pointer, size uintptr) error {
	if s.handle == nil {
		return ErrNotSocket
	}
	return wrapNumber(C.amq_set(s.handle, C.int(opt), value, C.size_t(size)))
}

// get reads a value of exactly that size.
func (s *Socket) get(opt int, value unsafe.Pointer, size uintptr) error {
	if s.handle == nil {
		return ErrNotSocket
	}
	got := C.size_t(size)
	if err := wrapNumber(C.amq_get(s.handle, C.int(opt), value, &got)); err != nil {
		return err
	}
	if uintptr(got) != size {
		return EINVAL
	}
	return nil
}
