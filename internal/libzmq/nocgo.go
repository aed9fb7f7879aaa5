//go:build !cgo

package libzmq

import (
	"errors"
	"unsafe"
)

// Available tells why libzmq can't be used, and what to install.
func Available() error {
	return errors.New("libzmq: this program was built without cgo: build it with CGO_ENABLED=1, a C compiler and pkg-config, and " + InstallHint())
}

// Version has no answer without cgo.
func Version() (major, minor, patch int, ok bool) { return 0, 0, 0, false }

// CurveKeyPair fails with the reason of [Available].
func CurveKeyPair() (public, secret string, err error) { return "", "", Available() }

// CurvePublic fails with the reason of [Available].
func CurvePublic(string) (public string, err error) { return "", Available() }

// Context can't be made without cgo.
type Context struct{}

// NewContext fails with the reason of [Available].
func NewContext(ContextOptions) (*Context, error) { return nil, Available() }

// NewSocket fails with the reason of [Available].
func (*Context) NewSocket(SocketType) (*Socket, error) { return nil, Available() }

// Shutdown has nothing to do.
func (*Context) Shutdown() error { return nil }

// Term has nothing to do.
func (*Context) Term() error { return nil }

// Pointer is nil.
func (*Context) Pointer() unsafe.Pointer { return nil }

// Socket can't be made without cgo; each method answers as on a closed socket.
type Socket struct{}

// Recv answers ErrNotSocket.
func (*Socket) Recv(int, func(first []byte, rest [][]byte)) (int, error) { return 0, ErrNotSocket }

// Limit does nothing.
func (*Socket) Limit(frames, bytes int) {}

// Want answers ErrNotSocket.
func (*Socket) Want(...string) error { return ErrNotSocket }

// Properties is nil.
func (*Socket) Properties() *Properties { return nil }

// Send answers ErrNotSocket.
func (*Socket) Send(*Burst) (int, error) { return 0, ErrNotSocket }

// Events answers ErrNotSocket.
func (*Socket) Events() (in, out bool, err error) { return false, false, ErrNotSocket }

// FD answers ErrNotSocket.
func (*Socket) FD() (int, error) { return 0, ErrNotSocket }

// Bind answers ErrNotSocket.
func (*Socket) Bind(string) error { return ErrNotSocket }

// Unbind answers ErrNotSocket.
func (*Socket) Unbind(string) error { return ErrNotSocket }

// Connect answers ErrNotSocket.
func (*Socket) Connect(string) error { return ErrNotSocket }

// Disconnect answers ErrNotSocket.
func (*Socket) Disconnect(string) error { return ErrNotSocket }

// SetInt answers ErrNotSocket.
func (*Socket) SetInt(int, int) error { return ErrNotSocket }

// SetInt64 answers ErrNotSocket.
func (*Socket) SetInt64(int, int64) error { return ErrNotSocket }

// SetUint64 answers ErrNotSocket.
func (*Socket) SetUint64(int, uint64) error { return ErrNotSocket }

// SetBytes answers ErrNotSocket.
func (*Socket) SetBytes(int, []byte) error { return ErrNotSocket }

// GetInt answers ErrNotSocket.
func (*Socket) GetInt(int) (int, error) { return 0, ErrNotSocket }

// GetInt64 answers ErrNotSocket.
func (*Socket) GetInt64(int) (int64, error) { return 0, ErrNotSocket }

// GetUint64 answers ErrNotSocket.
func (*Socket) GetUint64(int) (uint64, error) { return 0, ErrNotSocket }

// GetBytes answers ErrNotSocket.
func (*Socket) GetBytes(int) ([]byte, error) { return nil, ErrNotSocket }

// Monitor answers ErrNotSocket.
func (*Socket) Monitor(string, int) error { return ErrNotSocket }

// Close has nothing to do.
func (*Socket) Close() error { return nil }
