package interop

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// patternSize is a prime, so that no power of two is a multiple of it: bytes that are lost, doubled or swapped show.
const patternSize = 65521

// pattern is what both sides compute: testdata/agent.py has the same.
var pattern = sync.OnceValue(func() []byte {
	p, x := make([]byte, patternSize), uint32(1)
	for i := range p {
		x = x*1103515245 + 12345
		p[i] = byte(x >> 16)
	}
	return p
})

// shape describes the frames of a message so briefly that a line tells an agent about the largest.
type shape []frame

// frame is literal, or a piece of the pattern.
type frame struct {
	literal      string
	offset, size int
}

// sized is a message of frames of these sizes. The seed makes messages of the same shape differ.
func sized(seed int, sizes ...int) shape {
	s := make(shape, len(sizes))
	for i, size := range sizes {
		s[i] = frame{offset: (seed*8191 + i) % patternSize, size: size}
	}
	return s
}

func text(frames ...string) shape {
	s := make(shape, len(frames))
	for i, literal := range frames {
		s[i] = frame{literal: literal}
	}
	return s
}

// after gives the message with these frames in front.
func (s shape) after(frames ...string) shape { return append(text(frames...), s...) }

// String is what agents understand.
func (s shape) String() string {
	words := make([]string, len(s))
	for i, f := range s {
		if f.size > 0 {
			words[i] = fmt.Sprintf("%d+%d", f.offset, f.size)
		} else {
			words[i] = "x" + hex.EncodeToString([]byte(f.literal))
		}
	}
	return strings.Join(words, ",")
}

func (s shape) message() zsock.Message {
	frames := make([][]byte, len(s))
	for i, f := range s {
		if f.size == 0 {
			frames[i] = []byte(f.literal)
			continue
		}
		frames[i] = make([]byte, f.size)
		for n := copy(frames[i], pattern()[f.offset:]); n < f.size; {
			n += copy(frames[i][n:], pattern())
		}
	}
	return zsock.Bytes(frames...)
}

func (s shape) bytes() []byte { return bytes.Join(s.message().Frames(), nil) }

// check compares a message that came with the shape.
func (s shape) check(t *testing.T, got zsock.Message) {
	t.Helper()
	want := s.message()
	if !got.Equal(want) {
		t.Fatalf("%d frames of %d bytes came, want %d of %d, or other bytes; the first is %.40q", got.Len(), got.Size(), want.Len(), want.Size(), got.Frame(0))
	}
}

// corpus is what every pair of sockets exchanges: single frames around the sizes at which the wire format changes, and several
// with empty ones among them.
func corpus() []shape {
	list := [][]int{{0}, {1}, {255}, {256}, {8 << 10}, {64 << 10}, {0, 1, 0, 0, 7, 0}, {0, 0}, {10, 70_000, 0, 4096}, {1 << 20}, {3}}
	shapes := make([]shape, len(list))
	for i, sizes := range list {
		shapes[i] = sized(i, sizes...)
	}
	return shapes
}
