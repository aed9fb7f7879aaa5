package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/actomq/actomq/bench/internal/role"
)

// roleVariable in the environment makes the test binary the program.
const roleVariable = "ACTOMQ_OTHERS_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// start starts a role in a process of its own: the libraries keep global state.
func start(t *testing.T, arguments ...string) (*exec.Cmd, *json.Decoder) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, arguments...)
	cmd.Env = append(os.Environ(), roleVariable+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, json.NewDecoder(out)
}

// finished reads the report of a role and checks it.
func finished(t *testing.T, w role.Work, mode string, cmd *exec.Cmd, out *json.Decoder) {
	t.Helper()
	var r role.Report
	if err := out.Decode(&r); err != nil && err != io.EOF {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if r.Messages != w.Total() || mode != role.Push && r.Checksum != role.Expected(w.Size, w.Total()) {
		t.Errorf("%s: %d messages, checksum %x; want %d, %x", mode, r.Messages, r.Checksum, w.Total(), role.Expected(w.Size, w.Total()))
	}
}

func TestOtherLibrariesMoveEveryMessage(t *testing.T) {
	w := role.Work{Size: 100, Warmup: 10, Count: 100, HWM: 1000, Pairs: 1, Flight: 1}
	crowd := w
	crowd.Pairs, crowd.Flight, crowd.Idle = 5, 4, 6
	for name, open := range contenders() {
		s, err := open()
		if err != nil {
			t.Fatal(err)
		}
		roles := s.Roles()
		for _, alone := range []struct {
			mode, endpoint string
			work           role.Work
		}{{role.InprocPushPull, "inproc://x", w}, {role.InprocReqRep, "inproc://x", w},
			{role.Crowd, "inproc://x-%d", crowd}, {role.Crowd, "tcp://127.0.0.1:*", crowd}} {
			if roles[alone.mode] == nil {
				continue
			}
			if strings.HasSuffix(name, "channeler") {
				if strings.HasPrefix(alone.endpoint, "tcp") {
					continue
				}
				alone.work.Idle = 0
			}
			t.Run(name+" "+alone.mode+" "+alone.endpoint, func(t *testing.T) {
				cmd, out := start(t, slices.Concat([]string{name, alone.mode}, alone.work.Arguments(alone.endpoint))...)
				finished(t, alone.work, alone.mode, cmd, out)
			})
		}
		for _, two := range [][2]string{{role.Pull, role.Push}, {role.Rep, role.Req}} {
			if roles[two[0]] == nil {
				continue
			}
			t.Run(name+" "+two[1]+" over tcp", func(t *testing.T) {
				binder, binderOut := start(t, slices.Concat([]string{name, two[0]}, w.Arguments("tcp://127.0.0.1:*"))...)
				var where role.Report
				if err := binderOut.Decode(&where); err != nil {
					t.Fatal(err)
				}
				connecter, connecterOut := start(t, slices.Concat([]string{name, two[1]}, w.Arguments(where.Endpoint))...)
				finished(t, w, two[1], connecter, connecterOut)
				finished(t, w, two[0], binder, binderOut)
			})
		}
	}
}
