package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

// footprint is what a process holds.
type footprint struct {
	goroutines, descriptors int
	heap, resident          uint64 // bytes: in use after a collection, and of the whole process where the system tells
}

func measure() footprint {
	debug.FreeOSMemory() // collects before
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd")
	f := footprint{goroutines: runtime.NumGoroutine(), descriptors: len(open), heap: m.HeapAlloc}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		var total, resident uint64
		if _, err := fmt.Sscan(string(text), &total, &resident); err == nil {
			f.resident = resident * uint64(os.Getpagesize())
		}
	}
	return f
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d MiB of heap, %d MiB resident", f.goroutines, f.descriptors, f.heap>>20, f.resident>>20)
}

// grew leaves room for what comes and goes: a third, and what a burst of load needs.
func (f footprint) grew(before footprint) bool {
	more := func(now, then uint64) bool { return now > then+then/3+8<<20 }
	return f.goroutines > before.goroutines+10 || f.descriptors > before.descriptors+20 || more(f.heap, before.heap) ||
		more(f.resident, before.resident)
}
