package interop

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// implementation is a foreign ZeroMQ. command gives what runs its peer program, or ends the test.
type implementation struct {
	name    string
	command func(t *testing.T) []string
}

var implementations = []implementation{{"pyzmq", pyzmq}, {"czmq", czmq}}

// pyzmq asks several interpreters: the first in the path may be another one than the system's, which packages serve.
func pyzmq(t *testing.T) []string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import zmq").Run() == nil {
			return []string{python, "-u", filepath.Join("testdata", "peer.py")}
		}
	}
	missing(t, "no python3 here has the module zmq")
	return nil
}

func czmq(t *testing.T) []string {
	t.Helper()
	if exec.CommandContext(t.Context(), "pkg-config", "--exists", "libczmq").Run() != nil {
		missing(t, "pkg-config finds no libczmq")
	}
	flags := build(t, "pkg-config", "--cflags", "--libs", "libczmq")
	program := filepath.Join(t.TempDir(), "peer")
	compiler := strings.Fields(cmp.Or(os.Getenv("CC"), "cc"))
	build(t, append(append(compiler, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-o", program, filepath.Join("testdata", "peer.c")),
		strings.Fields(flags)...)...)
	return []string{program}
}

// missing skips the test, or fails it where all peers have to be there.
func missing(t *testing.T, what string) {
	t.Helper()
	what += "; `make peers` installs it"
	if os.Getenv("CI") == "true" || os.Getenv("ACTOMQ_PEERS") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}
