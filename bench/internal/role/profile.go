package role

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strings"
)

// ProfileVariable is the variable of the environment that asks a role for profiles: PREFIX=KIND,KIND. The files are
// PREFIX.KIND.
const ProfileVariable = "ACTOMQ_BENCH_PROFILE"

// ProfileKinds are what can be asked for.
var ProfileKinds = []string{"cpu", "heap", "trace"}

// startProfiles starts what the environment asks for; stop writes it.
func startProfiles() (stop func() error, err error) {
	wanted := os.Getenv(ProfileVariable)
	at := max(0, strings.LastIndexByte(wanted, '='))
	prefix, kinds := wanted[:at], strings.TrimPrefix(wanted[at:], "=")
	var stops []func() error
	stop = func() error {
		var failures []error
		for _, s := range stops {
			failures = append(failures, s())
		}
		return errors.Join(failures...)
	}
	if prefix == "" {
		return stop, nil
	}
	for kind := range strings.SplitSeq(kinds, ",") {
		file, err := os.Create(prefix + "." + kind)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("bench: profile: %w", err), stop())
		}
		end := func() {}
		switch kind {
		case "cpu":
			err, end = pprof.StartCPUProfile(file), pprof.StopCPUProfile
		case "trace":
			err, end = trace.Start(file), trace.Stop
		case "heap":
			// The profile is as of the last collection.
			end = func() { runtime.GC(); err = pprof.Lookup("allocs").WriteTo(file, 0) }
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("bench: profile: %w", err), file.Close(), stop())
		}
		stops = append(stops, func() error { end(); return errors.Join(err, file.Close()) })
	}
	return stop, nil
}
