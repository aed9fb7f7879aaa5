package role

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Stall is how long a role waits for one message, or for room for one, before it gives up and reports what it has.
const Stall = 10 * time.Second

// Patience is how long a role may take altogether where a wait for each message would cost the figures something.
const Patience = 5 * time.Minute

// Work is what one run moves.
type Work struct {
	Size   int // bytes a message
	Warmup int // messages before the clock starts, at least 1
	Count  int // messages timed
	HWM    int // high-water mark of every socket, in messages

	Pairs  int // of sockets that exchange messages, in the modes that have more than one; otherwise 1
	Flight int // messages that a pair, or a client, has under way at the same time
	Idle   int // sockets that are open beside them and silent
}

// Total is the number of messages that a run moves, warm-up included.
func (w Work) Total() int { return w.Warmup + w.Count }

// Arguments are those of a role's process, after the mode. The last three are left out where they say nothing, since
// peer.c does not know them.
func (w Work) Arguments(endpoint string) []string {
	numbers := []int{w.Size, w.Warmup, w.Count, w.HWM}
	if w.Pairs != 1 || w.Flight != 1 || w.Idle != 0 {
		numbers = append(numbers, w.Pairs, w.Flight, w.Idle)
	}
	arguments := []string{endpoint}
	for _, n := range numbers {
		arguments = append(arguments, strconv.Itoa(n))
	}
	return arguments
}

func parseWork(arguments []string) (endpoint string, w Work, err error) {
	if len(arguments) != 5 && len(arguments) != 8 {
		return "", w, fmt.Errorf("a role takes ENDPOINT SIZE WARMUP COUNT HWM [PAIRS FLIGHT IDLE], not %q", arguments)
	}
	w.Pairs, w.Flight = 1, 1
	fields := []*int{&w.Size, &w.Warmup, &w.Count, &w.HWM, &w.Pairs, &w.Flight, &w.Idle}
	for i, argument := range arguments[1:] {
		if *fields[i], err = strconv.Atoi(argument); err != nil {
			return "", w, err
		}
	}
	return arguments[0], w, w.Check()
}

// ErrWork says that no role can do such work.
var ErrWork = errors.New("bench: impossible work")

// Check tells what is wrong with the work.
func (w Work) Check() error {
	if w.Size < 1 || w.Warmup < 1 || w.Count < 1 || w.HWM < 1 || w.Pairs < 1 || w.Flight < 1 || w.Idle < 0 {
		return fmt.Errorf("%w: size, warm-up, count, high-water mark, pairs and flight are at least 1, idle sockets at least 0: %+v", ErrWork, w)
	}
	if w.Warmup%w.Pairs != 0 || w.Count%w.Pairs != 0 {
		return fmt.Errorf("%w: warm-up and count are the same for each pair: %+v", ErrWork, w)
	}
	return nil
}
