//go:build cgo && unix

package libzmq

import (
	"fmt"
	"math"
	"syscall"
)

// descriptorLimit is how many descriptors the process may have.
func descriptorLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}

// spare tells whether so many descriptors can be had now: where libzmq lacks one for a thread of its own, it ends the process.
func spare(n int) error {
	var held []int
	defer func() {
		for _, fd := range held {
			_ = syscall.Close(fd)
		}
	}()
	for range n {
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("%d descriptors are needed, %d are left: %w", n, len(held), err)
		}
		held = append(held, fd)
	}
	return nil
}
