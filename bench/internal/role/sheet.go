package role

import "sync/atomic"

// Sheet ticks off messages that come in any order, from any number of goroutines.
type Sheet struct {
	values []uint64
	seen   []atomic.Bool
	count  atomic.Int64
}

// NewSheet starts one for messages 0 to total-1.
func NewSheet(total int) *Sheet {
	return &Sheet{values: make([]uint64, total), seen: make([]atomic.Bool, total)}
}

// Take notes that message, of at least 8 bytes, came in place of number. One that came before, or that is not of this
// work, is not counted, so that the sum is not the expected one. It returns how many have come.
func (s *Sheet) Take(number uint64, message []byte) int {
	if number >= uint64(len(s.values)) || s.seen[number].Swap(true) {
		// Spoils the sum: nothing may come twice.
		return int(s.count.Add(int64(len(s.values)) + 1))
	}
	s.values[number] = value(message)
	return int(s.count.Add(1))
}

// fold gives how many came and their checksum in the order of their numbers. Nobody may call Take meanwhile.
func (s *Sheet) fold() (messages int, sum uint64) {
	for _, v := range s.values {
		sum = next(sum, v)
	}
	return int(s.count.Load()), sum
}

// Start starts the clock of a tally whose messages a Sheet counts.
func (t *Tally) Start() { t.start() }

// Close stops the clock and takes over what s counted.
func (t *Tally) Close(s *Sheet) {
	t.end()
	t.messages, t.sum = s.fold()
}
