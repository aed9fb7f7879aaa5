//go:build cgo

package libzmq

import "sync"

const (
	maxBurst     = 256 // messages a crossing
	scratchBytes = 64 << 10
	scratchTable = 1024
	directFrame  = 8 << 10 // AMQ_DIRECT: longer incoming frames are not copied through the scratch
)

// scratch is where C puts a burst: small frames back to back, and one table entry a frame.
type scratch struct {
	buffer [scratchBytes]byte
	table  [scratchTable]uint64
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// incoming takes a burst apart. What it holds between two calls of Recv is what a panic, or the end of libzmq's supply in the middle of a
// message, left behind; an idle one holds nothing.
type incoming struct {
	scratch *scratch // nil when all of the burst is taken apart
	frames  int      // entries in the table
	at      int      // entries taken apart
	offset  int      // bytes of the buffer taken apart
	exact   []byte   // memory of the frame that is not in the buffer; only the first entry of a burst may be one
	open    bool     // first and rest are the beginning of a message
	first   []byte
	rest    [][]byte
	waits   bool // a frame waits in C for memory
	length  int  // its length

	properties propertyReader
}

// fill starts a new burst of so many frames.
func (in *incoming) fill(s *scratch, exact []byte, frames int) {
	in.scratch, in.exact, in.frames, in.at, in.offset = s, exact, frames, 0, 0
}

// message takes the next whole message out of the burst, copied into memory of its own. The position moves before the message is
// returned, so a receiver that panics loses this message and no other.
func (in *incoming) message() (first []byte, rest [][]byte, ok bool) {
	end, size, whole := in.extent()
	if end == in.at {
		return nil, nil, false
	}
	// The small frames of one message lie back to back, so one copy moves them all.
	body := make([]byte, size)
	copy(body, in.scratch.buffer[in.offset:])
	in.offset += size
	if !in.open {
		if !in.properties.late || in.scratch.table[in.at]&moreFlag == 0 {
			in.properties.next()
		}
		first, body = in.cut(body)
		if end == in.at && whole {
			return first, nil, true
		}
		in.open, in.first, in.rest = true, first, make([][]byte, 0, end-in.at)
	}
	for in.at < end {
		if in.properties.late && len(in.rest) == 0 {
			in.properties.next()
		}
		var frame []byte
		frame, body = in.cut(body)
		in.rest = append(in.rest, frame)
	}
	if !whole {
		return nil, nil, false
	}
	first, rest = in.first, in.rest
	in.open, in.first, in.rest = false, nil, nil
	return first, rest[:len(rest):len(rest)], true
}

// extent finds the end of the message at the current position, and how many bytes of it are in the buffer.
func (in *incoming) extent() (end, size int, whole bool) {
	for end = in.at; end < in.frames; {
		entry := in.scratch.table[end]
		end++
		if entry&apartFlag == 0 {
			size += int(entry >> flagsWidth)
		}
		if entry&moreFlag == 0 {
			return end, size, true
		}
	}
	return end, size, false
}

// cut takes one frame off body. Its capacity ends with it, so appending to it can't reach the next frame.
func (in *incoming) cut(body []byte) (frame, left []byte) {
	entry := in.scratch.table[in.at]
	in.at++
	if entry&apartFlag != 0 {
		frame, in.exact = in.exact, nil
		return frame, body
	}
	n := int(entry >> flagsWidth)
	return body[:n:n], body[n:]
}

// settle gives the scratch back once the burst is taken apart.
func (in *incoming) settle() {
	if in.scratch != nil && in.at == in.frames {
		scratches.Put(in.scratch)
		in.scratch = nil
		in.frames, in.at = 0, 0
	}
}

// pending tells that a message can be had, or finished, without libzmq's descriptor telling so.
func (in *incoming) pending() bool { return in.waits || in.at < in.frames }
