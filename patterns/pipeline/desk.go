package pipeline

import "sync"

// desk lies between a worker's link, which speaks the protocol, and its hand, which runs Work. It outlives the incarnations of
// both. What waits on it is bounded by the credit.
type desk struct {
	hand bell
	link bell

	mu       sync.Mutex
	tasks    queue[handed]
	outcomes []outcome
	manned   bool   // an incarnation of the hand is at work
	shift    uint64 // counts those incarnations
}

// open begins a shift.
func (d *desk) open() {
	d.mu.Lock()
	d.manned = true
	d.shift++
	d.mu.Unlock()
	d.link.ring()
}

// shut ends the shift: what was not begun goes back to the ventilator.
func (d *desk) shut(last ...outcome) {
	d.mu.Lock()
	d.manned = false
	d.tasks = queue[handed]{}
	d.outcomes = append(d.outcomes, last...)
	d.mu.Unlock()
	d.link.ring()
}

// put lays tasks down for the given shift; they are dropped when it is over. More than most on the desk are refused.
func (d *desk) put(shift uint64, tasks []handed, most int) (ok bool) {
	d.mu.Lock()
	if d.tasks.len()+len(tasks) > most {
		d.mu.Unlock()
		return false
	}
	wanted := d.manned && d.shift == shift
	if wanted {
		d.tasks.push(tasks...)
	}
	d.mu.Unlock()
	if wanted {
		d.hand.ring()
	}
	return true
}

// clear takes back what was not begun.
func (d *desk) clear() {
	d.mu.Lock()
	d.tasks = queue[handed]{}
	d.mu.Unlock()
}

func (d *desk) next() (t handed, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tasks.len() == 0 {
		return handed{}, false
	}
	return d.tasks.pop(), true
}

func (d *desk) finish(o outcome) {
	d.mu.Lock()
	d.outcomes = append(d.outcomes, o)
	first := len(d.outcomes) == 1
	d.mu.Unlock()
	if first {
		d.link.ring()
	}
}

// collect swaps the outcomes for spare and tells about the shift.
func (d *desk) collect(spare []outcome) (outcomes []outcome, manned bool, shift uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	outcomes, d.outcomes = d.outcomes, spare[:0]
	return outcomes, d.manned, d.shift
}

// unsent puts outcomes back that could not be sent.
func (d *desk) unsent(outcomes []outcome) {
	d.mu.Lock()
	d.outcomes = append(append([]outcome(nil), outcomes...), d.outcomes...)
	d.mu.Unlock()
}
