package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/actomq/actomq/zsock"
)

// asProgram makes the test binary the example instead.
const asProgram = "SECURE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	if err := zsock.Available(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func secure(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, arguments...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func TestOneProcessShowsAClientThatIsKnownAndAStrangerWhoIsNot(t *testing.T) {
	output, err := secure(t).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{`Server received "Hello" from ann`, `Client received "World"`, "A stranger was not let in", "admitted 1, denied "} {
		if !strings.Contains(string(output), want) {
			t.Errorf("%q is not in the output:\n%s", want, output)
		}
	}
}

func TestServerAndClientSpeakAsTwoProcessesWithKeysFromFiles(t *testing.T) {
	dir := t.TempDir()
	keys, endpoint := filepath.Join(dir, "keys"), "ipc://"+filepath.Join(dir, "server")
	if output, err := secure(t, "-role", "keys", "-keys", keys).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	info, err := os.Stat(filepath.Join(keys, "server.key_secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	server := secure(t, "-role", "server", "-keys", keys, "-endpoint", endpoint)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = server.Process.Signal(os.Interrupt)
		if err := server.Wait(); err != nil {
			t.Error("the server ended with", err)
		}
	}()
	output, err := secure(t, "-role", "client", "-keys", keys, "-endpoint", endpoint).CombinedOutput()
	if err != nil || !strings.Contains(string(output), `Client received "World"`) {
		t.Fatalf("%v\n%s", err, output)
	}
}

func TestAnUnknownRoleIsRefused(t *testing.T) {
	output, err := secure(t, "-role", "king").CombinedOutput()
	if err == nil || !strings.Contains(string(output), "keys, server, client or all") {
		t.Fatalf("%v\n%s", err, output)
	}
}
