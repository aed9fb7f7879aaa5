package zsock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

// probePatience bounds the look at who listens on an ipc path. The kernel answers at once; only a full backlog could wait.
const probePatience = 100 * time.Millisecond

// vacant reports whether a bind may take the path of an ipc endpoint. libzmq deletes whatever is there, be it the socket of a
// running program or a file that never was a socket, and binds. Only a socket that nobody listens on is taken over. Between
// this look and libzmq's bind another program may come; nothing but a lock file of all of them could exclude that.
func (o *owner) vacant(ctx context.Context, p *place) error {
	endpoint, err := ParseEndpoint(p.request)
	if p.unsafe || err != nil || endpoint.Transport() != TransportIPC || endpoint.IsAbstract() || endpoint.IsEphemeral() {
		return nil
	}
	return probePath(ctx, endpoint.Path())
}

func probePath(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil // nothing is there, or libzmq will say why it can't look
	}
	if info.Mode().Type() != fs.ModeSocket {
		return &Error{
			Op: "bind", Endpoint: "ipc://" + path, Err: fmt.Errorf("%w: the path is a file that is no socket", ErrAddressInUse),
			Hint: "name another path; libzmq would delete the file",
		}
	}
	dialer := net.Dialer{Timeout: probePatience}
	listener, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = listener.Close() // it only had to be there
		return libzmq.EADDRINUSE
	case ctx.Err() != nil:
		return causeOf(ctx)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil // left behind by a program that is gone
	default:
		return libzmq.EADDRINUSE // too busy to answer, or not for us: somebody has it
	}
}

// choosePath makes the path for ipc://*. libzmq would, but takes its directory away again with the listener, and a restart needs
// the same path.
func (p *place) choosePath() error {
	if p.unsafe || p.folder != "" || p.endpoint.Transport() != TransportIPC || !p.endpoint.IsEphemeral() {
		return nil
	}
	folder, err := os.MkdirTemp("", "actomq-")
	if err != nil {
		return err
	}
	p.folder = folder
	path, err := parseIPCPath(filepath.Join(folder, "socket"))
	if err != nil {
		return fmt.Errorf("%w: the directory for temporary files is no place for it: %w", ErrEndpoint, err)
	}
	p.request = "ipc://" + path
	return nil
}

// removeFolder removes what choosePath made.
func (p *place) removeFolder() {
	if p.folder != "" {
		_ = os.RemoveAll(p.folder)
		p.folder = ""
	}
}

// tidy gives up what binds made outside libzmq.
func (d *desired) tidy() {
	for i := range d.binds {
		d.binds[i].tidy()
	}
}
