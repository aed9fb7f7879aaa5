//go:build !unix

package zsock

import "github.com/actomq/actomq/internal/libzmq"

// listening is not used here: libzmq binds.
type listening struct{}

func listens(Endpoint) bool { return false }

func listen(Endpoint, listenOptions) (*listening, error) { return nil, libzmq.ENOTSUP }

func (l *listening) duplicate() (fd int, err error) { return -1, libzmq.ENOTSUP }

func (l *listening) hasAddress() bool { return false }

func (l *listening) close() {}

func closeDescriptor(int) {}
