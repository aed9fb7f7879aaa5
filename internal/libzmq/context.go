//go:build cgo

package libzmq

// #cgo pkg-config: libzmq
// #cgo nocallback amq_ctx_shutdown
// #cgo noescape amq_ctx_shutdown
// #include "burst.h"
import "C"

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"unsafe"

	"github.com/pebbe/zmq4"
)

// Version is the version of the library that the program runs with. ok is false only without cgo.
func Version() (major, minor, patch int, ok bool) {
	var x, y, z C.int
	C.zmq_version(&x, &y, &z)
	return int(x), int(y), int(z), true
}

var available = sync.OnceValue(func() error {
	major, minor, patch, _ := Version()
	if major != 4 || minor < 3 {
		return fmt.Errorf("libzmq: version %d.%d.%d is not 4.3 or later: %s", major, minor, patch, InstallHint())
	}
	c, err := newContext(ContextOptions{MaxSockets: 8})
	if err != nil {
		return err
	}
	s, err := c.NewSocket(Dealer)
	if err == nil {
		err = s.Close()
	}
	return errors.Join(err, c.Term())
})

// Available tells whether libzmq can be used: nil, or the reason and what to install. It checks the version, and that a
// socket answers through its raw handle. It looks once and remembers.
func Available() error { return available() }

// errHandle is what an upgrade of the binding that hides the handle elsewhere would lead to.
var errHandle = errors.New("libzmq: the raw handle of github.com/pebbe/zmq4 v1.4.0 is not where it is expected: use that version")

// Context is the home of sockets: I/O threads and inproc names. Its methods may be called from any goroutine.
type Context struct {
	raw     *zmq4.Context // referenced for as long as pointer is used
	pointer unsafe.Pointer

	threads int  // for the network
	running bool // they are

	mu   sync.Mutex
	down bool // shut down: no call but Term's touches the context any more
	term func() error
}

// NewContext makes a context. It fails with the reason of [Available] where libzmq can't be used.
func NewContext(o ContextOptions) (*Context, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	return newContext(o)
}

func newContext(o ContextOptions) (*Context, error) {
	raw, err := zmq4.NewContext()
	if err != nil {
		return nil, fmt.Errorf("libzmq: can't make a context: %w", wrap(err))
	}
	// The binding would end a forgotten context in the finalizer goroutine, where an unsent message blocks for good.
	runtime.SetFinalizer(raw, nil)
	pointer, ok := handle(raw, "ctx")
	if !ok {
		return nil, errors.Join(errHandle, raw.Term())
	}
	c := &Context{raw: raw, pointer: pointer}
	c.term = sync.OnceValue(func() error { return wrap(raw.Term()) })
	if err := c.configure(o); err != nil {
		return nil, errors.Join(fmt.Errorf("libzmq: context options %+v: %w", o, err), c.Term())
	}
	c.threads = max(1, o.IOThreads)
	if err := c.room(); err != nil {
		return nil, errors.Join(err, c.Term())
	}
	return c, nil
}

// room is for the threads that libzmq starts with the first socket.
func (c *Context) room() error {
	const each, more = 2, 8 // descriptors a thread, and of the rest
	if err := spare(each*c.threads + more); err != nil {
		return fmt.Errorf("libzmq: no room for %d threads: %w", c.threads, err)
	}
	return nil
}

// configure sets the limits; libzmq reads them once, with the first socket.
func (c *Context) configure(o ContextOptions) error {
	if o.IOThreads != 0 {
		if err := c.raw.SetIoThreads(o.IOThreads); err != nil {
			return wrap(err)
		}
	}
	if o.MaxSockets == 0 {
		o.MaxSockets = min(max(zmq4.MaxSocketsDflt, descriptorLimit()), int(C.zmq_ctx_get(c.pointer, C.ZMQ_SOCKET_LIMIT)))
	}
	if err := c.configureThreads(o.Threads); err != nil {
		return err
	}
	return wrap(c.raw.SetMaxSockets(o.MaxSockets))
}

// configureThreads tries first what libzmq's threads will do when they start: one that may not do it ends the process.
func (c *Context) configureThreads(o ThreadOptions) error {
	if o.Named && o.Name < 0 {
		return fmt.Errorf("thread name prefix %d: it has to be 0 or more", o.Name)
	}
	type option struct{ number, value int }
	var options []option
	if o.Scheduled || len(o.CPUs) > 0 {
		if err := tryThread(o); err != nil {
			return err
		}
	}
	if o.Scheduled {
		options = append(options, option{C.ZMQ_THREAD_SCHED_POLICY, o.Policy}, option{C.ZMQ_THREAD_PRIORITY, o.Priority})
	}
	for _, cpu := range o.CPUs {
		options = append(options, option{C.ZMQ_THREAD_AFFINITY_CPU_ADD, cpu})
	}
	if o.Named {
		options = append(options, option{C.ZMQ_THREAD_NAME_PREFIX, o.Name})
	}
	for _, option := range options {
		if C.zmq_ctx_set(c.pointer, C.int(option.number), C.int(option.value)) != 0 {
			return fmt.Errorf("thread option %d: libzmq does not accept %d", option.number, option.value)
		}
	}
	return nil
}

// NewSocket opens a socket with a linger of 0. Errors: ErrTerminated after Shutdown, EMFILE when descriptors or MaxSockets are
// used up, EINVAL for an unknown type.
func (c *Context) NewSocket(t SocketType) (*Socket, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil, ErrTerminated
	}
	if !c.running {
		if err := c.room(); err != nil {
			return nil, err
		}
		c.running = true
	}
	raw, err := c.raw.NewSocket(zmq4.Type(t))
	if err != nil { // raw is not nil even then, but useless
		return nil, wrap(err)
	}
	// A forgotten socket leaks rather than being closed by a goroutine that does not own it.
	runtime.SetFinalizer(raw, nil)
	return newSocket(raw, t)
}

// Shutdown makes each call on a socket of the context answer [ErrTerminated], and refuses new sockets. It never waits (zmq_ctx_shutdown(3)).
func (c *Context) Shutdown() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil
	}
	c.down = true
	return wrapNumber(C.amq_ctx_shutdown(c.pointer))
}

// Term shuts the context down and frees it. It waits until all its sockets are closed and their linger is over (zmq_ctx_term(3)). Calling it again, at the same
// time too, waits for the first call and returns the same.
func (c *Context) Term() error {
	// After Shutdown no call of ours touches the context, so it can't be freed under one.
	if err := c.Shutdown(); err != nil {
		return err
	}
	return c.term()
}

// Pointer is libzmq's context, for foreign code; nil after Shutdown or Term. It is valid as long as c is kept and Term is not called.
func (c *Context) Pointer() unsafe.Pointer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return nil
	}
	return c.pointer
}

// handle reads the unexported field of a pebbe type that holds the raw pointer. The binding has no other way to it.
func handle(of any, field string) (unsafe.Pointer, bool) {
	f := reflect.ValueOf(of).Elem().FieldByName(field)
	if !f.IsValid() || f.Kind() != reflect.UnsafePointer || f.IsNil() {
		return nil, false
	}
	return f.UnsafePointer(), true
}

// wrap turns the binding's error numbers into ours.
func wrap(err error) error {
	if number, ok := err.(zmq4.Errno); ok {
		return Errno(number)
	}
	return err
}

// wrapNumber turns an errno of C into an error without allocating for the frequent ones.
func wrapNumber(number C.int) error {
	switch Errno(number) {
	case 0:
		return nil
	case ErrAgain:
		return ErrAgain
	case EFSM:
		return EFSM
	case ErrTerminated:
		return ErrTerminated
	}
	return Errno(number)
}
