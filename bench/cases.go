package main

// metric is one figure of a case.
type metric struct {
	name, unit string
	higher     bool                           // better
	of         func(w work, r report) float64 // from the report of the measuring role
}

// benchCase is one kind of work over one transport.
type benchCase struct {
	name  string
	about string
	size  int // bytes a message, unless told otherwise
	count int // messages timed, unless told otherwise: half a second to a second of a small machine
	// binder is the mode of the process that binds, connecter that of the other one. When connecter is empty, one
	// process plays both.
	binder, connecter string
	endpoint          string
	measured          string // the mode whose report counts
	metrics           []metric
	pinned            bool // to one CPU
}

func benchCases() []benchCase {
	rate := metric{"rate", "msg/s", true, func(w work, r report) float64 { return float64(w.count) / r.Seconds }}
	bytes := metric{"throughput", "MB/s", true, func(w work, r report) float64 { return float64(w.count) * float64(w.size) / r.Seconds / 1e6 }}
	p50 := metric{"round trip p50", "us", false, func(_ work, r report) float64 { return r.P50 * 1e6 }}
	p99 := metric{"round trip p99", "us", false, func(_ work, r report) float64 { return r.P99 * 1e6 }}
	const tcp, inproc = "tcp://127.0.0.1:*", "inproc://bench"
	cases := []benchCase{
		{name: "pushpull-tcp", about: "PUSH to PULL, tcp loopback, two processes", size: 100, count: 1_500_000,
			binder: "pull", connecter: "push", endpoint: tcp, measured: "pull", metrics: []metric{rate}},
		{name: "pushpull-tcp-large", about: "PUSH to PULL of large messages, tcp loopback, two processes", size: 1 << 20, count: 800,
			binder: "pull", connecter: "push", endpoint: tcp, measured: "pull", metrics: []metric{bytes}},
		{name: "pushpull-inproc", about: "PUSH to PULL, one process", size: 100, count: 2_000_000,
			binder: "inproc-pushpull", endpoint: inproc, measured: "inproc-pushpull", metrics: []metric{rate}},
		{name: "reqrep-tcp", about: "REQ and REP, one in flight, tcp loopback, two processes", size: 100, count: 6_000,
			binder: "rep", connecter: "req", endpoint: tcp, measured: "req", metrics: []metric{p50, p99}},
		{name: "reqrep-inproc", about: "REQ and REP, one in flight, one process", size: 100, count: 12_000,
			binder: "inproc-reqrep", endpoint: inproc, measured: "inproc-reqrep", metrics: []metric{p50, p99}},
	}
	if !canPin {
		return cases
	}
	// In one process the system's placement of the two threads decides more than the library does: on one CPU they hand
	// over with a context switch, on two they wake an idle CPU, several times dearer. Contenders differ in where the
	// system happens to put them; pinned to one CPU they differ in their work only.
	for _, c := range cases[:len(cases):len(cases)] {
		if c.connecter == "" {
			c.name, c.about, c.pinned = c.name+"-1cpu", c.about+", bound to one CPU", true
			cases = append(cases, c)
		}
	}
	return cases
}

func caseName(c benchCase) string { return c.name }

const (
	mostMarked = 1000    // messages: libzmq's own default for high-water marks
	mostQueued = 1 << 25 // bytes that one full queue may hold
	mostMoved  = 1 << 32 // bytes a run when nobody asked for a count
)

// work is what a run of the case moves; messages and size override the case's own unless they are 0.
func (c benchCase) work(messages, size int, quick bool) work {
	w := work{size: c.size, count: c.count}
	if size > 0 {
		w.size = size
	}
	w.count = min(w.count, max(1, mostMoved/w.size))
	if quick {
		w.count = max(1, w.count/5)
	}
	if messages > 0 {
		w.count = messages
	}
	w.warmup = max(1, w.count/10)
	w.hwm = max(1, min(mostMarked, mostQueued/w.size))
	return w
}
