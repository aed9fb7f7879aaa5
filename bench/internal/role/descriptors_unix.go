//go:build unix

package role

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// descriptorsBeside is room for what a process has open besides its idle sockets.
const descriptorsBeside = 256

// allowDescriptors raises the soft limit of open files, so that n more fit in. Go does that for its own programs; here it
// is about the hard limit, which only root may raise.
func allowDescriptors(n int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	need := uint64(n + descriptorsBeside)
	if uint64(limit.Cur) >= need {
		return nil
	}
	if uint64(limit.Max) < need {
		return fmt.Errorf("the hard limit of open files is %d, and this needs %d: raise it (ulimit -Hn) or use fewer sockets (-idle)", limit.Max, need)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files to %d: %w", need, err)
	}
	return nil
}
