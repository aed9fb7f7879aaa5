//go:build cgo && unix

package libzmq

import (
	"syscall"
	"testing"
	"time"
)

func pollPipe(t *testing.T) (read, write int) {
	t.Helper()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Close(fds[0])
		_ = syscall.Close(fds[1])
	})
	return fds[0], fds[1]
}

func TestPollTellsWhichDescriptorsAreReadable(t *testing.T) {
	quiet, _ := pollPipe(t)
	loud, write := pollPipe(t)
	var set PollSet
	for round := range 3 {
		set.Reset()
		set.Add(quiet)
		set.Add(loud)
		if n, err := set.Wait(0); n != round&1 || err != nil || set.Ready(0) || set.Ready(1) != (round&1 == 1) {
			t.Fatal(round, n, err, set.Ready(0), set.Ready(1))
		}
		if round == 0 {
			if _, err := syscall.Write(write, []byte{1}); err != nil {
				t.Fatal(err)
			}
			if n, err := set.Wait(-1); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		} else {
			var one [1]byte
			if round == 1 {
				if _, err := syscall.Read(loud, one[:]); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestPollOfWhatWouldEndTheProcessIsAnError(t *testing.T) {
	var set PollSet
	if _, err := set.Wait(0); err == nil {
		t.Error("a poll of nothing succeeded")
	}
	read, _ := pollPipe(t)
	for range descriptorLimit() + 1 {
		set.Add(read)
	}
	if _, err := set.Wait(0); err == nil {
		t.Error("a poll of more descriptors than are allowed succeeded")
	}
}

func TestPollReportsADescriptorThatIsClosed(t *testing.T) {
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	_ = syscall.Close(fds[0])
	_ = syscall.Close(fds[1])
	var set PollSet
	set.Add(fds[0])
	if n, err := set.Wait(time.Second); err == nil && (n != 1 || !set.Ready(0)) {
		t.Error(n, err)
	}
}
