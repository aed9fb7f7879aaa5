package libzmq

import "sync"

// largeFrame is the length in bytes from which an outgoing frame is referenced instead of copied.
const largeFrame = 32 << 10

// An entry of a frame table is the length of the frame, shifted left by two, and two flags. burst.h knows the same numbers.
const (
	moreFlag   = 1 // another frame of the same message follows
	apartFlag  = 2 // the frame is not in the buffer but in memory of its own
	flagsWidth = 2
)

// Burst is a list of outgoing whole messages, encoded for one crossing. The zero value is empty and ready. An empty Burst owns no
// buffer: its memory comes from a pool with the first message and goes back with the last. Owner goroutine only; don't copy it.
type Burst struct {
	mem      *burstMemory
	front    position // where the message at the front begins
	next     position // the first frame that libzmq has not taken; beyond front only while the message at the front is half sent
	half     *Socket  // the socket that took the frames between front and next
	messages int
	bytes    int
}

// position counts, from the start of a burst's memory, the frames, the bytes in the buffer and the large frames before it.
type position struct{ frame, offset, large int }

type burstMemory struct {
	buffer []byte   // small frames, back to back
	table  []uint64 // one entry a frame
	large  [][]byte // frames that are referenced
}

// Limits of what the pool keeps; what grew above goes to the garbage collector.
const (
	keepBuffer = 256 << 10
	keepTable  = 8 << 10
	keepLarge  = 1 << 10
)

var burstMemories = sync.Pool{New: func() any {
	return &burstMemory{buffer: make([]byte, 0, 16<<10), table: make([]uint64, 0, 256)}
}}

// Append adds a message of the frames first and rest. Frames below 32 KiB are copied. Longer ones are referenced: the caller must not change
// them until the message is taken or dropped.
func (b *Burst) Append(first []byte, rest [][]byte) {
	if b.mem == nil {
		b.mem = burstMemories.Get().(*burstMemory)
	}
	b.compact()
	b.frame(first, len(rest) > 0)
	for i, frame := range rest {
		b.frame(frame, i < len(rest)-1)
	}
	b.messages++
}

func (b *Burst) frame(frame []byte, more bool) {
	entry := uint64(len(frame)) << flagsWidth
	if more {
		entry |= moreFlag
	}
	if len(frame) >= largeFrame {
		entry |= apartFlag
		b.mem.large = append(b.mem.large, frame)
	} else {
		b.mem.buffer = append(b.mem.buffer, frame...)
	}
	b.mem.table = append(b.mem.table, entry)
	b.bytes += len(frame)
}

// compact moves what is left to the start of the memory once more than half of it is past, so that a burst that never gets empty does not grow for ever.
func (b *Burst) compact() {
	m, done := b.mem, b.front
	if done.frame < 1024 && done.offset < 64<<10 || done.frame*2 < len(m.table) || done.offset*2 < len(m.buffer) {
		return
	}
	m.buffer = m.buffer[:copy(m.buffer, m.buffer[done.offset:])]
	m.table = m.table[:copy(m.table, m.table[done.frame:])]
	kept := copy(m.large, m.large[done.large:])
	clear(m.large[kept:])
	m.large = m.large[:kept]
	b.next = position{b.next.frame - done.frame, b.next.offset - done.offset, b.next.large - done.large}
	b.front = position{}
}

// Len is how many whole messages are not yet taken.
func (b *Burst) Len() int { return b.messages }

// Bytes is the sum of the lengths of all frames of these messages.
func (b *Burst) Bytes() int { return b.bytes }

// Drop forgets the message at the front, if there is one. Where the socket had taken some of its frames already, that socket answers
// [ErrTorn] from then on.
func (b *Burst) Drop() {
	if b.messages == 0 {
		return
	}
	b.rewind()
	last := b.front.frame
	for b.mem.table[last]&moreFlag != 0 {
		last++
	}
	b.advance(last + 1 - b.front.frame)
}

// Reset forgets all messages and gives the memory back. Where a socket had taken some frames of the message at the front, it
// answers [ErrTorn] from then on.
func (b *Burst) Reset() {
	if m := b.mem; m != nil && cap(m.buffer) <= keepBuffer && cap(m.table) <= keepTable && cap(m.large) <= keepLarge {
		clear(m.large)
		m.buffer, m.table, m.large = m.buffer[:0], m.table[:0], m.large[:0]
		burstMemories.Put(m)
	}
	*b = Burst{}
}

// advance moves past frames that libzmq took, or that are dropped, and returns how many messages ended on the way.
func (b *Burst) advance(frames int) (messages int) {
	m := b.mem
	for range frames {
		entry := m.table[b.next.frame]
		b.next.frame++
		if entry&apartFlag != 0 {
			b.next.large++
		} else {
			b.next.offset += int(entry >> flagsWidth)
		}
		if entry&moreFlag == 0 {
			messages++
			b.settle()
		}
	}
	b.messages -= messages
	if b.messages == 0 {
		b.Reset()
	}
	return messages
}

// settle ends the message that lies between front and next, and lets go of its large frames.
func (b *Burst) settle() {
	b.bytes -= b.next.offset - b.front.offset
	for i := b.front.large; i < b.next.large; i++ {
		b.bytes -= len(b.mem.large[i])
		b.mem.large[i] = nil
	}
	b.front, b.half = b.next, nil
}

// rewind makes the message at the front whole again.
func (b *Burst) rewind() { b.next, b.half = b.front, nil }
