//go:build cgo

package libzmq

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

const (
	schedFifo       = 1
	schedRoundRobin = 2
)

// tryThread does to a thread of its own what libzmq will do to its threads, and lets that thread end.
func tryThread(o ThreadOptions) error {
	if o.Scheduled {
		switch realtime := o.Policy == schedFifo || o.Policy == schedRoundRobin; {
		case o.Policy < 0 || o.Policy > schedRoundRobin:
			return fmt.Errorf("scheduling policy %d is none of 0 (other), 1 (fifo) and 2 (round robin)", o.Policy)
		case realtime && (o.Priority < 1 || o.Priority > 99), !realtime && (o.Priority < 0 || o.Priority > 99):
			return fmt.Errorf("priority %d is not between 1 and 99", o.Priority)
		}
	}
	for _, cpu := range o.CPUs {
		if cpu < 0 || cpu >= len(unix.CPUSet{})*64 {
			return fmt.Errorf("there is no processor %d", cpu)
		}
	}
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		result <- applyThread(o)
	}()
	return <-result
}

func applyThread(o ThreadOptions) error {
	if o.Scheduled {
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: uint32(o.Policy), Priority: uint32(o.Priority)}
		if o.Policy == unix.SCHED_NORMAL {
			attr.Priority = 0
			if o.Priority > 0 {
				attr.Nice = -20
			}
		}
		if err := unix.SchedSetAttr(0, &attr, 0); err != nil {
			return fmt.Errorf("threads can't get scheduling policy %d with priority %d: %w; the process needs CAP_SYS_NICE, or higher limits "+
				"for rtprio and nice", o.Policy, o.Priority, err)
		}
	}
	if len(o.CPUs) == 0 {
		return nil
	}
	var set unix.CPUSet
	for _, cpu := range o.CPUs {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("threads can't run on processors %v: %w; name some that the process may use", o.CPUs, err)
	}
	return nil
}
