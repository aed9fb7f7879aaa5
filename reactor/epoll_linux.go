package reactor

import (
	"cmp"
	"errors"
	"os"
	"sync"
	"syscall"

	"github.com/actomq/actomq/internal/libzmq"
)

func newBackend(b Backend) (backend, error) {
	switch b {
	case PollTable:
		return newTable()
	case EpollPoll:
		return newEpoll(false)
	case Best, EpollPark:
		return newEpoll(true)
	}
	return nil, errors.New("there is no such backend")
}

// epoll holds all descriptors in one epoll descriptor, so zmq_poll looks at one item however many there are, and arming is
// one epoll_ctl that wakes nobody. ONESHOT keeps a descriptor whose owner has not drained it yet from firing again.
type epoll struct {
	fd     int
	set    libzmq.PollSet
	events [128]syscall.EpollEvent
	wake   [2]int // a pipe: closing the write end makes the read end readable for good

	file *os.File        // of the descriptor, when it is parked in the netpoller
	raw  syscall.RawConn // likewise

	mu      sync.RWMutex // keeps the epoll descriptor from being closed under an epoll_ctl
	closed  bool
	watched map[uint64]struct{} // an epoll_ctl on a number that was reused must not touch its new owner
}

// wakeID is the pipe's; watches count from 1.
const wakeID = 0

func newEpoll(park bool) (_ backend, err error) {
	e := &epoll{watched: make(map[uint64]struct{}), wake: [2]int{-1, -1}}
	if e.fd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = e.close()
		}
	}()
	if err := syscall.Pipe2(e.wake[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return nil, err
	}
	if err := e.control(syscall.EPOLL_CTL_ADD, e.wake[0], syscall.EPOLLIN, wakeID); err != nil {
		return nil, err
	}
	e.set.Add(e.fd)
	if !park {
		return e, nil
	}
	// A File of a descriptor that does not block is handed to the netpoller.
	if err := syscall.SetNonblock(e.fd, true); err != nil {
		return nil, err
	}
	e.file = os.NewFile(uintptr(e.fd), "epoll")
	if e.raw, err = e.file.SyscallConn(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *epoll) control(op, fd int, events uint32, id uint64) error {
	event := syscall.EpollEvent{Events: events, Fd: int32(uint32(id)), Pad: int32(uint32(id >> 32))}
	return syscall.EpollCtl(e.fd, op, fd, &event)
}

func (e *epoll) add(fd int, id uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if err := e.control(syscall.EPOLL_CTL_ADD, fd, 0, id); err != nil {
		return err
	}
	e.watched[id] = struct{}{}
	return nil
}

func (e *epoll) arm(fd int, id uint64) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if _, known := e.watched[id]; e.closed || !known {
		return ErrClosed
	}
	return e.control(syscall.EPOLL_CTL_MOD, fd, syscall.EPOLLIN|syscall.EPOLLONESHOT, id)
}

func (e *epoll) remove(fd int, id uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.watched[id]; e.closed || !known {
		return nil
	}
	delete(e.watched, id)
	err := e.control(syscall.EPOLL_CTL_DEL, fd, 0, id)
	if errors.Is(err, syscall.EBADF) || errors.Is(err, syscall.ENOENT) {
		return nil // closed too early; epoll has forgotten it by itself
	}
	return err
}

func (e *epoll) run(woke func(), ready func(id uint64)) error {
	if e.raw != nil {
		return e.park(woke, ready)
	}
	for {
		if _, err := e.set.Wait(-1); err != nil {
			return err
		}
		woke()
		if err := e.report(ready); err != nil {
			return err
		}
	}
}

// park waits in Go's netpoller, which costs no thread; when that reports a change, zmq_poll is asked without waiting. The
// netpoller tells of changes only, so nothing may be left behind when it is asked to wait, and what comes in between is
// told at once.
func (e *epoll) park(woke func(), ready func(id uint64)) error {
	var err error
	first := true
	failed := e.raw.Read(func(uintptr) (done bool) {
		if !first {
			woke()
			var n int
			if n, err = e.set.Wait(0); n == 0 {
				return err != nil
			}
		}
		first = false
		err = e.report(ready)
		return err != nil
	})
	return cmp.Or(err, failed)
}

// report fetches everything that is ready, without waiting.
func (e *epoll) report(ready func(id uint64)) error {
	for {
		n, err := syscall.EpollWait(e.fd, e.events[:], 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		for _, event := range e.events[:n] {
			id := uint64(uint32(event.Fd)) | uint64(uint32(event.Pad))<<32
			if id == wakeID {
				return errClosing
			}
			ready(id)
		}
		if n < len(e.events) {
			return nil
		}
	}
}

func (e *epoll) interrupt() { _, _ = syscall.Write(e.wake[1], []byte{0}) }

func (e *epoll) close() (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	if e.file != nil {
		err = e.file.Close()
	} else {
		err = syscall.Close(e.fd)
	}
	for _, fd := range e.wake {
		if fd >= 0 {
			err = errors.Join(err, syscall.Close(fd))
		}
	}
	return err
}
