package zsock

import (
	"bytes"
	"sync"
)

// arena is memory for copies of posted messages, so that a Post allocates nothing and its caller may use its bytes again at
// once. All of it is given back together: when none of the copies is referred to any more. The zero value is empty, and an
// empty arena owns nothing.
type arena struct {
	chunks []*chunk
	used   int      // bytes of the last chunk
	frames [][]byte // lists of frames of the messages that have more than one
}

type chunk [chunkSize]byte

const (
	chunkSize  = 8 << 10
	largeCopy  = chunkSize / 4 // a frame above has memory of its own
	keepFrames = 1 << 10       // what grew above goes to the garbage collector
)

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// detach gives m with its large frames copied, which copy leaves alone: that may take long, so it comes before any lock.
func detach(m Message) Message {
	if len(m.first) > largeCopy {
		m.first = bytes.Clone(m.first)
	}
	for i, frame := range m.rest {
		if len(frame) > largeCopy {
			rest := concat(m.rest)
			for j := i; j < len(rest); j++ {
				if len(rest[j]) > largeCopy {
					rest[j] = bytes.Clone(rest[j])
				}
			}
			m.rest = rest
			break
		}
	}
	return m
}

// copy gives m with its small frames in the arena.
func (a *arena) copy(m Message) Message {
	m.first = a.frame(m.first)
	if len(m.rest) == 0 {
		return Message{first: m.first}
	}
	start := len(a.frames)
	for _, frame := range m.rest {
		a.frames = append(a.frames, a.frame(frame))
	}
	m.rest = a.frames[start:len(a.frames):len(a.frames)]
	return m
}

func (a *arena) frame(b []byte) []byte {
	if len(b) == 0 || len(b) > largeCopy {
		return b
	}
	if len(a.chunks) == 0 || len(b) > chunkSize-a.used {
		a.chunks = append(a.chunks, chunks.Get().(*chunk))
		a.used = 0
	}
	start := a.used
	a.used += copy(a.chunks[len(a.chunks)-1][start:], b)
	return a.chunks[len(a.chunks)-1][start:a.used:a.used]
}

// reset gives the memory back: nothing may refer to a copy any more.
func (a *arena) reset() {
	for _, c := range a.chunks {
		chunks.Put(c)
	}
	clear(a.chunks)
	a.chunks, a.used = a.chunks[:0], 0
	clear(a.frames)
	a.frames = a.frames[:0]
	if cap(a.frames) > keepFrames {
		a.frames = nil
	}
}
