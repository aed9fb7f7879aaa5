package main

import (
	"errors"
	"fmt"
)

// errRefused: a run lost, repeated, reordered or altered messages; it has no figure.
var errRefused = errors.New("bench: refused")

// judge returns the report that counts when every role of the run moved all messages, and those it received were the
// expected ones in the expected order.
func judge(c benchCase, w work, want uint64, outcomes []outcome) (report, error) {
	var measured report
	found := false
	for _, o := range outcomes {
		if o.report.Messages != w.total() {
			return report{}, fmt.Errorf("%w: %s moved %d of %d messages", errRefused, o.mode, o.report.Messages, w.total())
		}
		if o.mode != "push" && o.report.Checksum != want {
			return report{}, fmt.Errorf("%w: %s got altered or reordered messages (checksum %016x, not %016x)", errRefused, o.mode, o.report.Checksum, want)
		}
		if o.mode == c.measured {
			measured, found = o.report, true
		}
	}
	if !found {
		return report{}, fmt.Errorf("%w: no report of %s", errRefused, c.measured)
	}
	for _, m := range c.metrics {
		if v := m.of(w, measured); !(v > 0) || v > 1e18 {
			return report{}, fmt.Errorf("%w: %s of %v is no figure", errRefused, m.name, v)
		}
	}
	return measured, nil
}
