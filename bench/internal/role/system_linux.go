package role

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// threads is how many threads the process has, those of libzmq included; 0 where the system does not tell.
func threads() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if name, text, ok := bytes.Cut(line, []byte(":")); ok && string(name) == "Threads" {
			n, _ := strconv.Atoi(string(bytes.TrimSpace(text)))
			return n
		}
	}
	return 0
}

// switches is how often a thread of the process has gone to sleep of itself.
func switches() (int64, error) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read context switches: %w", err)
	}
	return int64(usage.Nvcsw), nil
}
