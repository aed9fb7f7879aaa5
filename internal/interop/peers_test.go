package interop

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// implementation is a foreign ZeroMQ. Each function ends the test when it is missing.
type implementation struct {
	name    string
	command func(t *testing.T) []string // what runs its examples; nil when there are none
	hire    func(t *testing.T) *agent
	files   bool // it has files of certificates
}

var implementations = []implementation{
	{"pyzmq",
		func(t *testing.T) []string { return []string{python(t), "-u", "testdata/peer.py"} },
		func(t *testing.T) *agent { return hire(t, []string{python(t), "testdata/agent.py"}) }, true},
	{"CZMQ",
		func(t *testing.T) []string { return []string{czmq(t, "peer")} },
		func(t *testing.T) *agent { return hire(t, []string{czmq(t, "agent")}) }, true},
	{"zeromq.js",
		nil,
		func(t *testing.T) *agent {
			modules := nodeModules(t)
			return hire(t, []string{"node", "testdata/agent.js"}, "NODE_PATH="+modules)
		}, false},
}

// exampleImplementations are those for which the examples were written.
func exampleImplementations() (list []implementation) {
	for _, other := range implementations {
		if other.command != nil {
			list = append(list, other)
		}
	}
	return list
}

// TestPeers has sockets of ours exchange messages with sockets of every other implementation, which run in other processes.
func TestPeers(t *testing.T) {
	for _, other := range implementations {
		t.Run(other.name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Skipped() {
					count(t) // all cases as one
				}
			})
			r := assemble(t, other, system(t))
			t.Logf("%s", r.agent.do(limited(t), t, "version"))
			t.Run("types", r.types)
			t.Run("sizes", r.sizes)
			t.Run("proxies", r.proxies)
			t.Run("streams", r.streams)
			t.Run("certificates", func(t *testing.T) { r.certificates(t, other.files) })
			t.Run("security", r.security)
			t.Run("heartbeats", func(t *testing.T) { heartbeats(t, r, other) })
		})
	}
}

// python finds an interpreter that has pyzmq. The first one in the path may be another than the system's, which packages serve.
func python(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import zmq").Run() == nil {
			return python
		}
	}
	missing(t, "no python3 here has the module zmq")
	return ""
}

// nodeModules finds zeromq.js, which `make peers` puts where the project builds.
func nodeModules(t *testing.T) string {
	t.Helper()
	modules, err := filepath.Abs("../../.build/zeromq.js/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "there is no node here")
	}
	probe := exec.CommandContext(t.Context(), "node", "-e", "require('zeromq')")
	probe.Env = append(os.Environ(), "NODE_PATH="+modules)
	if out, err := probe.CombinedOutput(); err != nil {
		missing(t, "node can't load zeromq.js: "+strings.TrimSpace(string(out)))
	}
	return modules
}

// workshop holds programs in C, each of which is compiled once.
var workshop struct {
	sync.Mutex
	directory string
	done      map[string]bool
}

func czmq(t *testing.T, name string) (program string) {
	t.Helper()
	if exec.CommandContext(t.Context(), "pkg-config", "--exists", "libczmq").Run() != nil {
		missing(t, "pkg-config finds no libczmq")
	}
	workshop.Lock()
	defer workshop.Unlock()
	program = filepath.Join(workshop.directory, name)
	if workshop.done[name] {
		return program
	}
	flags := build(t, "pkg-config", "--cflags", "--libs", "libczmq", "libzmq")
	compiler := strings.Fields(cmp.Or(os.Getenv("CC"), "cc"))
	build(t, append(append(compiler, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-o", program, filepath.Join("testdata", name+".c")),
		strings.Fields(flags)...)...)
	if workshop.done == nil {
		workshop.done = make(map[string]bool)
	}
	workshop.done[name] = true
	return program
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
