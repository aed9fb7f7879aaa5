//go:build !linux

package main

import (
	"os"
	"syscall"
)

func interrupt(sig syscall.Signal) (sent int) {
	if syscall.Kill(os.Getpid(), sig) == nil {
		sent = 1
	}
	return sent
}
