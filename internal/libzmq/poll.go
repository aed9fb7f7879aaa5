//go:build cgo

package libzmq

/*
#include <zmq.h>

// The wrapper passes errno back as a value, so that the calling goroutine may change threads.
static int amq_poll(zmq_pollitem_t *items, int n, long milliseconds, int *err) {
	int ready = zmq_poll(items, n, milliseconds);
	*err = ready < 0 ? zmq_errno() : 0;
	return ready;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
)

// PollSet is a table of plain descriptors for zmq_poll. It never holds sockets: polling a socket from a goroutine that does
// not own it runs the socket's internals beside its owner. One goroutine uses a PollSet at a time.
type PollSet struct{ items []C.zmq_pollitem_t }

// Reset empties the table and keeps its memory.
func (p *PollSet) Reset() { p.items = p.items[:0] }

// Add puts a descriptor into the table, to be watched for reading.
func (p *PollSet) Add(fd int) {
	p.items = append(p.items, C.zmq_pollitem_t{fd: C.zmq_fd_t(fd), events: C.ZMQ_POLLIN})
}

// Len is the number of descriptors.
func (p *PollSet) Len() int { return len(p.items) }

// Ready tells, after Wait, whether descriptor i is readable or in error, which a closed one is.
func (p *PollSet) Ready(i int) bool { return p.items[i].revents != 0 }

// Wait waits until a descriptor is ready or timeout has passed; a negative one means for ever. It returns how many are
// ready. A signal does not end an endless wait.
func (p *PollSet) Wait(timeout time.Duration) (ready int, err error) {
	if len(p.items) == 0 {
		return 0, errors.New("libzmq: poll of no descriptors")
	}
	if len(p.items) > 1 {
		// poll(2) refuses more than the limit, and zmq_poll ends the process over it.
		if limit := descriptorLimit(); limit > 0 && len(p.items) > limit {
			return 0, fmt.Errorf("libzmq: poll of %d descriptors, more than the limit of %d open files (ulimit -n)", len(p.items), limit)
		}
	}
	milliseconds := C.long(-1)
	if timeout >= 0 {
		milliseconds = C.long((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	for {
		var failure C.int
		n := C.amq_poll(&p.items[0], C.int(len(p.items)), milliseconds, &failure)
		if n >= 0 {
			return int(n), nil
		}
		if err := Errno(failure); err != EINTR {
			return 0, err
		}
		if timeout >= 0 {
			return 0, nil
		}
	}
}
