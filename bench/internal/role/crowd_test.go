package role

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// wires are pairs of Go channels in place of sockets, on which a message may suffer.
type wires struct {
	suffer func(number int, m []byte) [][]byte // of each message to the near end; nil: nothing happens
	idle   int
	stop   chan struct{} // ends what a crowd that failed left behind
}

func (w *wires) Idle(sockets int) error { w.idle += sockets; return nil }

func (w *wires) Pair(_ int, _ string, work Work) (near, far End, err error) {
	there, back := make(chan []byte, 2*work.Flight), make(chan []byte, 2*work.Flight)
	return &wire{in: back, out: there, stop: w.stop}, &wire{in: there, out: back, stop: w.stop, suffer: w.suffer}, nil
}

type wire struct {
	in, out chan []byte
	stop    chan struct{}
	suffer  func(number int, m []byte) [][]byte
	sent    int
}

func (w *wire) Send(messages [][]byte) error {
	for _, m := range messages {
		arriving := [][]byte{bytes.Clone(m)}
		if w.suffer != nil {
			arriving = w.suffer(w.sent, arriving[0])
		}
		w.sent++
		for _, a := range arriving {
			w.out <- a
		}
	}
	return nil
}

func (w *wire) Recv(into [][]byte) (int, error) {
	select {
	case into[0] = <-w.in:
		return 1, nil
	case <-w.stop:
		return 0, errors.New("stopped")
	}
}

func TestCrowdMovesAllMessagesOfAllPairs(t *testing.T) {
	for _, w := range []Work{
		{Size: 1, Warmup: 1, Count: 7, HWM: 10, Pairs: 1, Flight: 1},
		{Size: 20, Warmup: 6, Count: 33, HWM: 10, Pairs: 3, Flight: 5, Idle: 4},
	} {
		host := &wires{}
		tally, err := Crowded(host)[Crowd](w, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		r := tally.Report()
		if r.Messages != w.Total() || r.Checksum != Expected(w.Size, w.Total()) || r.Seconds <= 0 {
			t.Errorf("%+v of %+v", r, w)
		}
		if r.Lap(1) < r.Lap(0.5) || r.Lap(0.5) <= 0 {
			t.Errorf("quantiles of round trips: %v", r.Laps)
		}
		if host.idle != w.Idle {
			t.Errorf("%d idle sockets, want %d", host.idle, w.Idle)
		}
	}
}

func TestCrowdRefusesAlteredAndSwappedMessages(t *testing.T) {
	var held []byte
	for name, suffer := range map[string]func(int, []byte) [][]byte{
		"altered": func(number int, m []byte) [][]byte {
			if number == 9 {
				m[len(m)-1] ^= 1
			}
			return [][]byte{m}
		},
		"swapped": func(number int, m []byte) [][]byte {
			switch number {
			case 9:
				held = m
				return nil
			case 10:
				return [][]byte{m, held}
			}
			return [][]byte{m}
		},
		"repeated": func(number int, m []byte) [][]byte {
			if number == 9 {
				return [][]byte{m, m}
			}
			return [][]byte{m}
		},
	} {
		w := Work{Size: 20, Warmup: 5, Count: 20, HWM: 10, Pairs: 1, Flight: 4}
		host := &wires{suffer: suffer, stop: make(chan struct{})}
		_, err := Crowded(host)[Crowd](w, "", nil)
		close(host.stop)
		if err == nil || !strings.Contains(err.Error(), "altered or out of order") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
