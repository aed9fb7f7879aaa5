package main

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// canPin tells whether onOneCPU works on this system.
const canPin = true

// onOneCPU calls start on a thread that may use one CPU only; a process started there inherits that.
func onOneCPU(start func() error) error {
	runtime.LockOSThread()
	var allowed, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("bench: read CPU affinity: %w", err)
	}
	for cpu := 0; one.Count() == 0; cpu++ {
		if allowed.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("bench: set CPU affinity: %w", err)
	}
	err := start()
	if back := unix.SchedSetaffinity(0, &allowed); back != nil {
		// The thread stays locked: no other goroutine may come to run on one CPU.
		return errors.Join(err, fmt.Errorf("bench: reset CPU affinity: %w", back))
	}
	runtime.UnlockOSThread()
	return err
}
