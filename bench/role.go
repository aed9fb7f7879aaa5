package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// roleFlag, as the first argument, makes this program one role of a run: -role CONTENDER MODE ENDPOINT SIZE WARMUP COUNT
// HWM, with the modes and the output of peer.c.
const roleFlag = "-role"

// playRole runs the role that the arguments after roleFlag name, and writes its reports to out.
func playRole(arguments []string, out io.Writer) (err error) {
	if len(arguments) < 2 {
		return errors.New("bench: a role takes CONTENDER MODE and its work")
	}
	chosen, err := choose("contender", contenders(), contenderName, arguments[0])
	if err != nil {
		return err
	}
	mode := arguments[1]
	endpoint, w, err := parseWork(arguments[2:])
	if err != nil {
		return err
	}
	if len(chosen) != 1 || chosen[0].open == nil {
		return fmt.Errorf("bench: %s plays no roles in this program", arguments[0])
	}
	s, err := chosen[0].open()
	if err != nil {
		return fmt.Errorf("bench: open %s: %w", arguments[0], err)
	}
	final, err := play(s, mode, endpoint, w, json.NewEncoder(out))
	// Closing delivers what was sent, so it comes before the report of a sender.
	if err := errors.Join(err, s.close()); err != nil {
		return fmt.Errorf("bench: %s %s: %w", arguments[0], mode, err)
	}
	return json.NewEncoder(out).Encode(final)
}

func play(s session, mode, endpoint string, w work, out *json.Encoder) (report, error) {
	var t *tally
	var err error
	var announced error
	announce := func(endpoint string) { announced = out.Encode(report{Endpoint: endpoint}) }
	switch mode {
	case "push":
		return report{Messages: w.total()}, s.push(w, endpoint)
	case "pull":
		t, err = s.pull(w, endpoint, announce)
	case "req":
		t, err = s.req(w, endpoint)
	case "rep":
		t, err = s.rep(w, endpoint, announce)
	case "inproc-pushpull":
		t, err = beside(func(bound func(string)) (*tally, error) { return s.pull(w, endpoint, bound) },
			func() (*tally, error) { return nil, s.push(w, endpoint) })
	case "inproc-reqrep":
		t, err = beside(func(bound func(string)) (*tally, error) { return s.rep(w, endpoint, bound) },
			func() (*tally, error) { return s.req(w, endpoint) })
	default:
		return report{}, fmt.Errorf("unknown mode %q", mode)
	}
	if err = errors.Join(err, announced); err != nil {
		return report{}, err
	}
	return t.report(), nil
}

// beside runs two roles against each other, the connecting one once the binding one is bound, and waits for both. The
// tally is the connecting role's when it has one.
func beside(binding func(bound func(string)) (*tally, error), connecting func() (*tally, error)) (*tally, error) {
	type outcome struct {
		tally *tally
		err   error
	}
	ready := make(chan struct{})
	first := make(chan outcome, 1)
	go func() {
		t, err := binding(func(string) { close(ready) })
		first <- outcome{t, err}
	}()
	select {
	case <-ready:
	case o := <-first:
		return nil, errors.Join(errors.New("the binding role ended before it was bound"), o.err)
	}
	second, err := connecting()
	o := <-first
	if second == nil {
		second = o.tally
	}
	return second, errors.Join(o.err, err)
}
