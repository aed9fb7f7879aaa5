//go:build unix

package zsock

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/actomq/actomq/internal/libzmq"
)

// listening is a bound descriptor, of which each libzmq socket that accepts there gets a duplicate. So an address stays the
// socket's own through restarts, nobody can take it in between, and who connects meanwhile waits in the kernel's queue. libzmq
// could bind by itself, but ends the process when it lacks the descriptor with which it asks for the network interfaces, and
// deletes an ipc path a moment after its successor was made.
type listening struct {
	fd   int
	path string      // of ipc, if it has one
	file os.FileInfo // what was there after the bind
}

// listens tells whether e is bound here; if not, libzmq binds.
func listens(e Endpoint) bool {
	_, numeric := e.Addr()
	return e.Transport() == TransportTCP && (numeric || e.IsWildcard()) || e.Transport() == TransportIPC && !e.IsEphemeral()
}

// listen binds as libzmq would with these options. Errors are libzmq.Errno.
func listen(e Endpoint, o listenOptions) (_ *listening, err error) {
	l := &listening{fd: -1}
	defer func() {
		if err != nil {
			l.close()
			if number, ok := errors.AsType[syscall.Errno](err); ok {
				err = libzmq.Errno(number)
			}
		}
	}()
	domain, address, err := socketAddress(e, o.ipv6)
	if err != nil {
		return nil, err
	}
	l.fd, err = openSocket(domain)
	if errors.Is(err, unix.EAFNOSUPPORT) && e.target.name == wildcard { // a kernel without IPv6
		domain, address = unix.AF_INET, &unix.SockaddrInet4{Port: int(e.Port())}
		l.fd, err = openSocket(domain)
	}
	if err != nil {
		return nil, err
	}
	if domain != unix.AF_UNIX {
		if err := l.tune(domain, o); err != nil {
			return nil, err
		}
	} else if !e.IsAbstract() {
		_ = os.Remove(e.Path()) // what a program left behind that is gone
	}
	if err := unix.Bind(l.fd, address); err != nil {
		return nil, err
	}
	if domain == unix.AF_UNIX && !e.IsAbstract() {
		l.path = e.Path()
		l.file, _ = os.Lstat(l.path)
	}
	return l, unix.Listen(l.fd, o.backlog)
}

func openSocket(domain int) (fd int, err error) {
	syscall.ForkLock.RLock()
	fd, err = unix.Socket(domain, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	return fd, unix.SetNonblock(fd, true)
}

func socketAddress(e Endpoint, ipv6 bool) (domain int, address unix.Sockaddr, err error) {
	if e.Transport() == TransportIPC {
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: e.Path()}, nil
	}
	addr, numeric := e.Addr()
	switch {
	case numeric && addr.Is4():
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(e.Port()), Addr: addr.As4()}, nil
	case numeric:
		to := &unix.SockaddrInet6{Port: int(e.Port()), Addr: addr.As16()}
		if zone := addr.Zone(); zone != "" {
			card, err := net.InterfaceByName(zone)
			if err != nil {
				return 0, nil, unix.ENODEV
			}
			to.ZoneId = uint32(card.Index)
		}
		return unix.AF_INET6, to, nil
	case ipv6:
		return unix.AF_INET6, &unix.SockaddrInet6{Port: int(e.Port())}, nil
	}
	return unix.AF_INET, &unix.SockaddrInet4{Port: int(e.Port())}, nil
}

func (l *listening) tune(domain int, o listenOptions) error {
	type option struct{ level, name, value int }
	options := []option{{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1}}
	if domain == unix.AF_INET6 {
		options = append(options, option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0})
	}
	if o.sendBuffer >= 0 {
		options = append(options, option{unix.SOL_SOCKET, unix.SO_SNDBUF, o.sendBuffer})
	}
	if o.recvBuffer >= 0 {
		options = append(options, option{unix.SOL_SOCKET, unix.SO_RCVBUF, o.recvBuffer})
	}
	for _, s := range options {
		if err := unix.SetsockoptInt(l.fd, s.level, s.name, s.value); err != nil {
			return err
		}
	}
	return nil
}

// duplicate gives a descriptor that libzmq may have.
func (l *listening) duplicate() (fd int, err error) {
	fd, err = unix.FcntlInt(uintptr(l.fd), unix.F_DUPFD_CLOEXEC, 0)
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return -1, libzmq.Errno(number)
	}
	return fd, err
}

// hasAddress is false when somebody has taken the path away.
func (l *listening) hasAddress() bool {
	if l.path == "" {
		return true
	}
	now, err := os.Lstat(l.path)
	return err == nil && l.file != nil && os.SameFile(l.file, now)
}

// close gives the address up. The path goes with it, unless somebody else has it by now.
func (l *listening) close() {
	if l.path != "" && l.hasAddress() {
		_ = os.Remove(l.path)
	}
	if l.fd >= 0 {
		_ = unix.Close(l.fd)
	}
}

func closeDescriptor(fd int) { _ = unix.Close(fd) }
