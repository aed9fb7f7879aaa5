package main

import "github.com/actomq/actomq/bench/internal/role"

// metric is one figure of a case.
type metric struct {
	name, unit string
	higher     bool                                     // is better
	zero       bool                                     // may be 0
	of         func(w role.Work, r role.Report) float64 // from the report of the measuring role
}

func perMessage(w role.Work, v float64) float64 { return v / float64(w.Count) }

var (
	rate      = metric{name: "rate", unit: "msg/s", higher: true, of: func(w role.Work, r role.Report) float64 { return float64(w.Count) / r.Seconds }}
	bandwidth = metric{name: "throughput", unit: "MB/s", higher: true,
		of: func(w role.Work, r role.Report) float64 { return float64(w.Count) * float64(w.Size) / r.Seconds / 1e6 }}
	each = metric{name: "time", unit: "ns each", of: func(w role.Work, r role.Report) float64 { return perMessage(w, r.Seconds*1e9) }}
	// mallocs is 0 for the contender in C.
	mallocs   = metric{name: "allocations", unit: "a message", zero: true, of: func(w role.Work, r role.Report) float64 { return perMessage(w, float64(r.Mallocs)) }}
	threads   = metric{name: "threads", unit: "threads", zero: true, of: func(_ role.Work, r role.Report) float64 { return float64(r.Threads) }}
	idleBytes = metric{name: "Go memory", unit: "B a silent socket", zero: true, of: func(_ role.Work, r role.Report) float64 { return float64(r.IdleBytes) }}
	switches  = metric{name: "switches", unit: "a second", zero: true, of: func(_ role.Work, r role.Report) float64 { return float64(r.Switches) }}
	p50       = lap("round trip p50", 0.50)
	p99       = lap("round trip p99", 0.99)
	laps      = []metric{p50, lap("round trip p90", 0.90), p99, lap("round trip p99.9", 0.999)}
)

func lap(name string, quantile float64) metric {
	return metric{name: name, unit: "us", of: func(_ role.Work, r role.Report) float64 { return r.Lap(quantile) * 1e6 }}
}
