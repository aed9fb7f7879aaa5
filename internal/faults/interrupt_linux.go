package main

import (
	"os"
	"strconv"
	"syscall"
)

// interrupt sends a signal to each thread of this process, and tells to how many. A thread may be gone by then.
func interrupt(sig syscall.Signal) (sent int) {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil && syscall.Tgkill(os.Getpid(), id, sig) == nil {
			sent++
		}
	}
	return sent
}
