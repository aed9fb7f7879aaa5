package interop

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience bounds every case, with all its waits; none is expected to come near it.
const patience = 20 * time.Second

// score counts the cases for the line at the end.
var score struct {
	sync.Mutex
	passed, failed, skipped int
}

// scenario runs one case, which counts.
func scenario(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		// The first to be registered is the last to run, when all that can fail has.
		t.Cleanup(func() { count(t) })
		test(t)
	})
}

// exchange runs one case with agents, whose waits all end with ctx.
func exchange(t *testing.T, name string, test func(ctx context.Context, t *testing.T)) {
	t.Helper()
	scenario(t, name, func(t *testing.T) { test(limited(t), t) })
}

// limited gives a context that ends when a case may take no longer.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// last gives a context for what is undone at the end of a case, when that of the case is over.
func last(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(context.WithoutCancel(t.Context()), patience/4)
}

// count tells of a case in one line, and keeps the score.
func count(t *testing.T) {
	score.Lock()
	defer score.Unlock()
	verdict := "passed"
	switch {
	case t.Failed():
		verdict = "FAILED"
		score.failed++
	case t.Skipped():
		verdict = "skipped"
		score.skipped++
	default:
		score.passed++
	}
	fmt.Printf("%-8s%s\n", verdict, strings.ReplaceAll(strings.TrimPrefix(t.Name(), "Test"), "_", " "))
}

// TestMain fails when a goroutine or a descriptor is left after all tests, and tells the score.
func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if workshop.directory, err = os.MkdirTemp("", "interop"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(workshop.directory) }()
	before := descriptors()
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if after := descriptors(); after > before+descriptorSlack {
			fmt.Fprintf(os.Stderr, "%d descriptors before the tests, %d after\n", before, after)
			code = 1
		}
	}
	if code != 0 { // a case, or something around the cases
		score.failed = max(1, score.failed)
	}
	fmt.Printf("interop: %d passed, %d failed", score.passed, score.failed)
	if score.skipped > 0 {
		fmt.Printf(", %d skipped since their peer is missing", score.skipped)
	}
	fmt.Println()
	return code
}

// descriptorSlack allows for what the Go runtime itself opens once, such as its network poller.
const descriptorSlack = 4

func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
