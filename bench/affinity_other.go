//go:build !linux

package main

import "errors"

// canPin tells whether onOneCPU works on this system.
const canPin = false

func onOneCPU(func() error) error {
	return errors.New("bench: this system can't bind a process to one CPU")
}
