package role

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// The modes of a Host, all sides in one process.
const (
	Crowd = "crowd" // w.Pairs pairs, each with w.Flight round trips under way, beside w.Idle silent sockets
	Quiet = "quiet" // one silent second of w.Idle sockets, then Crowd
)

// End is one of two connected sockets. One goroutine at a time uses it.
type End interface {
	// Send sends messages, one after the other; it copies them. At most a flight of them is sent and not received.
	Send(messages [][]byte) error
	// Recv waits for at least one message and fills into, as far as there are more, if it takes more than one at a time.
	Recv(into [][]byte) (int, error)
}

// Host opens what a crowd needs. What it opened lives until its session closes.
type Host interface {
	// Idle opens sockets that stay silent, connected with each other in pairs over inproc.
	Idle(sockets int) error
	// Pair opens number i of the pairs. endpoint is to be bound; "%d" in it stands for the number.
	Pair(i int, endpoint string, w Work) (near, far End, err error)
}

// Crowded are the roles that a Host gives.
func Crowded(host Host) map[string]Role {
	return map[string]Role{
		Crowd: func(w Work, endpoint string, _ func(string)) (*Tally, error) { return crowd(host, w, endpoint, false) },
		Quiet: func(w Work, endpoint string, _ func(string)) (*Tally, error) { return crowd(host, w, endpoint, true) },
	}
}

// CrowdedModes are the modes of Crowded.
var CrowdedModes = []string{Crowd, Quiet}

func crowd(host Host, w Work, endpoint string, quiet bool) (*Tally, error) {
	t := NewTally(w)
	// A silent socket is one descriptor. A pair over tcp is up to ten, with its connection and what watches it.
	if err := allowDescriptors(w.Idle + 10*w.Pairs); err != nil {
		return nil, err
	}
	if err := openIdle(host, w, t); err != nil {
		return nil, err
	}
	all := make([]*couple, w.Pairs)
	for i := range all {
		near, far, err := host.Pair(i, endpoint, w)
		if err != nil {
			return nil, fmt.Errorf("open pair %d: %w", i, err)
		}
		all[i] = &couple{near: near, far: far, first: i * w.Total() / w.Pairs, work: w}
	}
	sheet := NewSheet(w.Total())
	if err := together(all, func(c *couple) error { return c.exchange(sheet, 0, w.Warmup/w.Pairs) }); err != nil {
		return nil, err
	}
	if quiet {
		if err := t.silence(); err != nil {
			return nil, err
		}
	}
	t.Start()
	if err := together(all, func(c *couple) error { return c.exchange(sheet, w.Warmup/w.Pairs, w.Total()/w.Pairs) }); err != nil {
		return nil, err
	}
	t.Close(sheet)
	t.extra.Threads = threads()
	for _, c := range all {
		t.laps = append(t.laps, c.laps...)
	}
	return t, nil
}

// openIdle opens the idle sockets and weighs them.
func openIdle(host Host, w Work, t *Tally) error {
	if w.Idle == 0 {
		return nil
	}
	before := memory()
	if err := host.Idle(w.Idle); err != nil {
		return fmt.Errorf("open %d idle sockets: %w", w.Idle, err)
	}
	t.extra.IdleBytes = max(0, (memory()-before)/int64(w.Idle))
	return nil
}

// memory is what Go's heap and stacks take after a collection.
func memory() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// silentTime is how long Quiet watches.
const silentTime = time.Second

// silence counts how often the process wakes while nothing happens.
func (t *Tally) silence() error {
	runtime.GC()
	settled := time.NewTimer(silentTime / 4) // workers of the collector go to sleep
	defer settled.Stop()
	<-settled.C
	over := time.NewTimer(silentTime)
	defer over.Stop()
	before, err := switches()
	if err != nil {
		return err
	}
	<-over.C
	after, err := switches()
	t.extra.Switches = after - before
	return err
}

// couple is a pair of connected sockets at work.
type couple struct {
	near, far End
	first     int // number of its first message
	work      Work
	laps      []float64
}

// together runs f for all couples at the same time.
func together(all []*couple, f func(*couple) error) error {
	var group sync.WaitGroup
	failures := make([]error, len(all))
	for i, c := range all {
		group.Go(func() { failures[i] = f(c) })
	}
	group.Wait()
	return errors.Join(failures...)
}

// exchange has messages from to to-1 of the pair make their round trip.
func (c *couple) exchange(sheet *Sheet, from, to int) error {
	echoed := make(chan error, 1)
	go func() { echoed <- c.echo(to - from) }()
	err := c.ask(sheet, from, to)
	if err != nil {
		return err // the other side may wait for ever, and is left to the end of the process
	}
	return <-echoed
}

func (c *couple) echo(messages int) error {
	buffer := make([][]byte, c.work.Flight)
	for messages > 0 {
		n, err := c.far.Recv(buffer)
		if err == nil {
			err = c.far.Send(buffer[:n])
		}
		if err != nil {
			return fmt.Errorf("echo: %w", err)
		}
		messages -= n
	}
	return nil
}

func (c *couple) ask(sheet *Sheet, from, to int) error {
	flight := c.work.Flight
	sent, received := from, from
	if from > 0 {
		c.laps = make([]float64, 0, to-from)
	}
	since := make([]time.Time, flight) // of the message that is under way in this place
	out := make([][]byte, 0, flight)
	space := make([]byte, flight*c.work.Size)
	buffer := make([][]byte, flight)
	want := make([]byte, c.work.Size)
	for received < to {
		out = out[:0]
		for sent < to && sent-received < flight {
			i := len(out)
			message := space[i*c.work.Size : (i+1)*c.work.Size]
			Fill(message, uint64(c.first+sent))
			out = append(out, message)
			since[sent%flight] = time.Now()
			sent++
		}
		if len(out) > 0 {
			if err := c.near.Send(out); err != nil {
				return fmt.Errorf("ask: %w", err)
			}
		}
		n, err := c.near.Recv(buffer)
		if err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		for _, message := range buffer[:n] {
			number := uint64(c.first + received)
			if Fill(want, number); !bytes.Equal(message, want) {
				return fmt.Errorf("message %d came back altered or out of order", number)
			}
			sheet.Take(number, message)
			if from > 0 {
				c.laps = append(c.laps, time.Since(since[received%flight]).Seconds())
			}
			received++
		}
	}
	return nil
}
