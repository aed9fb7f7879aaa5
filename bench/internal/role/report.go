package role

import "golang.org/x/exp/stats"

// Report is what a role tells when it is done: one line of JSON. Times are in seconds.
type Report struct {
	Endpoint string    `json:"endpoint,omitempty"` // first line of a role that binds: it is ready; the rest is not set
	Messages int       `json:"messages"`           // moved, warm-up included
	Checksum uint64    `json:"checksum"`           // of what was received, in order
	Seconds  float64   `json:"seconds"`            // from the end of the warm-up to the last message
	Laps     []float64 `json:"laps,omitempty"`     // quantiles of the round trips at Quantiles, requester only

	// Of the whole process, where the role measures them.
	Mallocs   uint64 `json:"mallocs,omitempty"`    // objects that Go allocated for the timed messages
	Threads   int    `json:"threads,omitempty"`    // of the operating system, while all sockets were open
	IdleBytes int64  `json:"idle_bytes,omitempty"` // Go's heap and stacks that the idle sockets added
	Switches  int64  `json:"switches,omitempty"`   // voluntary context switches while nothing was to be done
}

// Quantiles are the points of Report.Laps. peer.c has the same ones.
var Quantiles = []float64{0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1}

// Lap is the latency at one of the Quantiles, 0 when there is none.
func (r Report) Lap(quantile float64) float64 {
	for i, q := range Quantiles {
		if q == quantile && i < len(r.Laps) {
			return r.Laps[i]
		}
	}
	return 0
}

func quantiles(laps []float64) []float64 {
	if len(laps) == 0 {
		return nil
	}
	return stats.Quantiles(laps, Quantiles...)
}
