package main

import (
	"errors"
	"fmt"

	"github.com/actomq/actomq/bench/internal/role"
)

// errRefused: a run lost, repeated, reordered or altered messages; it has no figure.
var errRefused = errors.New("bench: refused")

// judge returns the report that counts when every role of the run moved all messages, and those it received were the
// expected ones in the expected order.
func judge(c benchCase, w role.Work, want uint64, outcomes []outcome) (role.Report, error) {
	var measured role.Report
	found := false
	for _, o := range outcomes {
		if o.report.Messages != w.Total() {
			return role.Report{}, fmt.Errorf("%w: %s moved %d of %d messages", errRefused, o.mode, o.report.Messages, w.Total())
		}
		if o.mode != role.Push && o.report.Checksum != want {
			return role.Report{}, fmt.Errorf("%w: %s got altered or reordered messages (checksum %016x, not %016x)", errRefused, o.mode, o.report.Checksum, want)
		}
		if o.mode == c.measured {
			measured, found = o.report, true
		}
	}
	if !found {
		return role.Report{}, fmt.Errorf("%w: no report of %s", errRefused, c.measured)
	}
	for _, m := range c.metrics {
		if v := m.of(w, measured); !(v > 0 || m.zero && v == 0) || v > 1e18 {
			return role.Report{}, fmt.Errorf("%w: %s of %v is no figure", errRefused, m.name, v)
		}
	}
	return measured, nil
}
