package zsock

import (
	"errors"
	"testing"
)

// FuzzParseEndpoint: the parser never panics, refuses with ErrEndpoint only, and
// what it accepts is read again as the same endpoint.
func FuzzParseEndpoint(f *testing.F) {
	for _, seed := range []string{
		"tcp://127.0.0.1:5555", "tcp://*:*", "tcp://[fe80::1%eth0]:0", "tcp://[::ffff:1.2.3.4]:80", "tcp://eth0:*;example.org.:80",
		"tcp://127.0.0.1:99999", "tcp://0x7f.1:80", "ipc:///tmp/../feed", "ipc://@feed", "ipc://a/../@feed", "ipc://*", "ipc://./*",
		"inproc://a;b\n", "pgm://eth0;239.0.0.1:5555", "udp://*:5", "epgm://10.0.0.1;239.0.0.1:5",
		"tipc://{5560, 0, 9}", "tipc://{5560,7}@1.1.1", "tipc://<1.1.1:7>", "tipc://<*>", "vmci://@:*", "://", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, err := ParseEndpoint(text)
		if err != nil {
			if !errors.Is(err, ErrEndpoint) || endpoint != (Endpoint{}) {
				t.Errorf("%q gives %q and %v", text, endpoint, err)
			}
			return
		}
		checkFixpoint(t, endpoint)
		for _, op := range []Op{OpBind, OpConnect, OpUnbind, OpDisconnect} {
			fit, err := parseFor(op, text)
			if err == nil {
				checkFixpoint(t, fit)
			}
			// The verdict does not matter here: no policy may panic on any endpoint.
			_ = DefaultPolicy().Check(Access{Op: op, Endpoint: fit})
		}
	})
}
