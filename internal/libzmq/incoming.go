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
	parts   int      // frames of the message at the current position that are taken apart
	size    int      // bytes of these
	first   []byte
	rest    [][]byte
	limit   limit
	over    bool   // the message at the current position is above the limit
	holds   bool   // a frame waits in C for memory
	waits   []byte // the frame, in C's memory, until the next crossing

	properties propertyReader
	narrow     narrow
}

// narrow is how much of the scratch is used, for tests; 0 means all.
type narrow struct{ bytes, entries int }

// limit bounds a whole message; 0 means no bound.
type limit struct{ frames, bytes int }

// fill starts a new burst of so many frames.
func (in *incoming) fill(s *scratch, exact []byte, frames int) {
	in.scratch, in.exact, in.frames, in.at, in.offset = s, exact, frames, 0, 0
}

// message takes the next whole message out of the burst, copied into memory of its own. The position moves before the message is
// returned, so a receiver that panics loses this message and no other. One above the limit is passed over and gives a nil first.
func (in *incoming) message() (first []byte, rest [][]byte, ok bool) {
	end, size, whole := in.extent()
	if end == in.at {
		return nil, nil, false
	}
	in.size += size
	if apart := in.scratch.table[in.at]; apart&apartFlag != 0 {
		in.size += int(apart >> flagsWidth)
	}
	if in.over || in.limit.frames > 0 && in.parts+end-in.at > in.limit.frames || in.limit.bytes > 0 && in.size > in.limit.bytes {
		return nil, nil, in.pass(end, size, whole)
	}
	// The small frames of one message lie back to back, so one copy moves them all.
	body := make([]byte, size)
	copy(body, in.scratch.buffer[in.offset:])
	in.offset += size
	if in.parts == 0 {
		in.describe()
		first, body = in.cut(body)
		if end == in.at && whole {
			in.parts, in.size = 0, 0
			return first, nil, true
		}
		in.first, in.rest = first, make([][]byte, 0, end-in.at)
	}
	for in.at < end {
		in.describe()
		var frame []byte
		frame, body = in.cut(body)
		in.rest = append(in.rest, frame)
	}
	if !whole {
		return nil, nil, false
	}
	first, rest = in.first, in.rest
	in.parts, in.size, in.first, in.rest = 0, 0, nil, nil
	return first, rest[:len(rest):len(rest)], true
}

// describe takes over the properties of a message, at the frame that C has them from.
func (in *incoming) describe() {
	at := 0
	if in.properties.late && in.scratch.table[in.at]&moreFlag != 0 || in.parts > 0 {
		at = 1
	}
	if in.parts == at && (at == 0 || in.properties.late) {
		in.properties.next()
	}
}

// pass goes to the end without keeping anything, and reports whether the message ends there.
func (in *incoming) pass(end, size int, whole bool) bool {
	for in.at < end {
		in.describe()
		in.at++
		in.parts++
	}
	in.offset += size
	in.over, in.exact, in.first, in.rest = true, nil, nil, nil
	if whole {
		in.over, in.parts, in.size = false, 0, 0
	}
	return whole
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
	in.parts++
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
func (in *incoming) pending() bool { return in.holds || in.at < in.frames }
