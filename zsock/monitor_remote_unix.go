//go:build unix

package zsock

import (
	"net/netip"
	"syscall"
)

// remoteAddress is the address of the peer of a tcp connection, empty for everything else. It only asks the kernel; the descriptor
// is libzmq's.
func remoteAddress(fd int) string {
	peer, err := syscall.Getpeername(fd)
	if err != nil {
		return ""
	}
	switch peer := peer.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(peer.Addr), uint16(peer.Port)).String()
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(peer.Addr).Unmap(), uint16(peer.Port)).String()
	}
	return ""
}
