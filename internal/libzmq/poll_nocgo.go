//go:build !cgo

package libzmq

import "time"

// PollSet is a table of plain descriptors for zmq_poll; without cgo it can't wait.
type PollSet struct{ fds []int }

// Reset empties the table.
func (p *PollSet) Reset() { p.fds = p.fds[:0] }

// Add puts a descriptor into the table.
func (p *PollSet) Add(fd int) { p.fds = append(p.fds, fd) }

// Len is the number of descriptors.
func (p *PollSet) Len() int { return len(p.fds) }

// Ready is always false.
func (p *PollSet) Ready(int) bool { return false }

// Wait fails.
func (p *PollSet) Wait(time.Duration) (int, error) { return 0, Available() }
