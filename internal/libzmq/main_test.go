//go:build cgo

package libzmq

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pebbe/zmq4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if err := Available(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Go's own poller opens its descriptors with the first pipe.
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	before := descriptors()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := descriptors(); code == 0 && after > before {
			fmt.Fprintf(os.Stderr, "descriptors leaked: %d before, %d after the tests\n", before, after)
			code = 1
		}
		os.Exit(code)
	}))
}

// descriptors counts the open ones that are not files: the profiles of a test run stay open to its end.
func descriptors() (n int) {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	for _, entry := range entries {
		var stat syscall.Stat_t
		fd, err := strconv.Atoi(entry.Name())
		if err == nil && syscall.Fstat(fd, &stat) == nil && stat.Mode&syscall.S_IFMT != syscall.S_IFREG {
			n++
		}
	}
	return n
}

const patience = 20 * time.Second

func newTestContext(t testing.TB) *Context {
	t.Helper()
	c, err := NewContext(ContextOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Term(); err != nil {
			t.Errorf("Term: %v", err)
		}
	})
	return c
}

func open(t testing.TB, c *Context, kind SocketType) *Socket {
	t.Helper()
	s, err := c.NewSocket(kind)
	if err != nil {
		t.Fatalf("NewSocket(%v): %v", kind, err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var transports = []string{"inproc", "ipc", "tcp"}

var endpointNumber atomic.Int64

// listen binds s on a fresh endpoint and returns it resolved.
func listen(t testing.TB, s *Socket, transport string) string {
	t.Helper()
	endpoint := "tcp://127.0.0.1:*"
	switch transport {
	case "inproc":
		endpoint = fmt.Sprintf("inproc://%d", endpointNumber.Add(1))
	case "ipc":
		endpoint = "ipc://" + filepath.Join(t.TempDir(), "s")
	}
	if err := s.Bind(endpoint); err != nil {
		t.Fatalf("Bind(%s): %v", endpoint, err)
	}
	resolved, err := s.GetBytes(OptLastEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	return string(resolved)
}

// connected opens two sockets of one context, b bound and a connected to it.
func connected(t testing.TB, a, b SocketType, transport string) (*Socket, *Socket) {
	t.Helper()
	c := newTestContext(t)
	sa, sb := open(t, c, a), open(t, c, b)
	if err := sa.Connect(listen(t, sb, transport)); err != nil {
		t.Fatal(err)
	}
	return sa, sb
}

// await waits until s, which the caller owns, can receive or send.
func await(s *Socket, state zmq4.State) error {
	if s.in.pending() && state&zmq4.POLLIN != 0 {
		return nil
	}
	p := zmq4.NewPoller()
	p.Add(s.raw, state)
	ready, err := p.Poll(patience)
	if err == nil && len(ready) == 0 {
		err = fmt.Errorf("socket not ready for %v within %v", state, patience)
	}
	return wrap(err)
}

// sendAll sends what is in b, waiting as often as needed.
func sendAll(s *Socket, b *Burst) error {
	for {
		_, err := s.Send(b)
		if err != ErrAgain {
			return err
		}
		if err := await(s, zmq4.POLLOUT); err != nil {
			return err
		}
	}
}

// receive takes n messages, waiting as often as needed.
func receive(s *Socket, n int, deliver func(first []byte, rest [][]byte)) error {
	for n > 0 {
		got, err := s.Recv(n, deliver)
		if err != nil {
			return err
		}
		if n -= got; n > 0 && got == 0 {
			if err := await(s, zmq4.POLLIN); err != nil {
				return err
			}
		}
	}
	return nil
}

// messages takes n whole messages as lists of frames.
func messages(t testing.TB, s *Socket, n int) [][][]byte {
	t.Helper()
	var got [][][]byte
	if err := receive(s, n, func(first []byte, rest [][]byte) {
		got = append(got, append([][]byte{first}, rest...))
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// burst encodes messages.
func burst(messages ...[][]byte) *Burst {
	b := new(Burst)
	for _, m := range messages {
		b.Append(m[0], m[1:])
	}
	return b
}

func frames(texts ...string) [][]byte {
	var m [][]byte
	for _, text := range texts {
		m = append(m, []byte(text))
	}
	return m
}

// beside runs f in a goroutine that is waited for; its error fails the test.
func beside(t testing.TB, f func() error) (wait func()) {
	var group sync.WaitGroup
	group.Go(func() {
		if err := f(); err != nil {
			t.Errorf("in the other goroutine: %v", err)
		}
	})
	return group.Wait
}
