package main

import (
	"encoding/json"
	"errors"
	"time"
)

// report is what a process in which a fault happens tells of it.
type report struct {
	Listener  string // this is no end yet: strangers may connect to it
	Unable    string // why the fault can't be made here
	Messages  []fate // the ledger
	Doubled   int
	Phantoms  int
	MayLose   int
	Why       string
	Recovered time.Duration
	Notes     []string
	Failure   string // what must not have happened
}

// report tells of a fault that is over.
func (s *scene) report(out *json.Encoder, failure error) error {
	s.running.Wait()
	if failure == nil {
		failure = s.check()
	}
	r := report{Messages: s.ledger.messages, Doubled: s.ledger.doubled, Phantoms: s.ledger.phantoms, Recovered: s.recovered, Notes: s.notes}
	r.MayLose, r.Why = s.mayLose()
	if failure != nil {
		r.Failure = failure.Error()
	}
	return out.Encode(r)
}

// adopt takes over what another process has reported, and gives its failure.
func (s *scene) adopt(r report) error {
	s.ledger.messages, s.ledger.doubled, s.ledger.phantoms = r.Messages, r.Doubled, r.Phantoms
	s.recovered, s.notes = r.Recovered, append(s.notes, r.Notes...)
	if r.MayLose > 0 {
		s.allow(r.MayLose, r.Why)
	}
	if r.Failure != "" {
		return errors.New(r.Failure)
	}
	return nil
}
