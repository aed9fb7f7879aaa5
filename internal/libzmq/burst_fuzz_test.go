//go:build cgo

package libzmq

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// shapes makes messages of arbitrary input. Each byte begins a frame: bit 0 ends the message, bits 1 and 2 choose the length: that of the
// five high bits, none, stretch, or those five bits times 1 KiB.
func shapes(data []byte, stretch uint16) (all [][][]byte) {
	var message [][]byte
	total := 0
	for i, x := range data {
		frame := data[i:min(len(data), i+int(x>>3))]
		switch x >> 1 & 3 {
		case 1:
			frame = nil
		case 2:
			frame = bytes.Repeat([]byte{x}, int(stretch))
		case 3:
			frame = bytes.Repeat(binary.BigEndian.AppendUint32(nil, uint32(i)), int(x>>3)<<8)
		}
		if message = append(message, frame); x&1 == 1 {
			all, message = append(all, message), nil
		}
		if total += len(frame); len(all) == 300 || total > 4<<20 {
			break
		}
	}
	return all
}

func above(m [][]byte, l limit) bool {
	size := 0
	for _, frame := range m {
		size += len(frame)
	}
	return l.frames > 0 && len(m) > l.frames || l.bytes > 0 && size > l.bytes
}

// FuzzBurstRoundTrip sends messages of any shape and looks at what Recv makes of them: with a scratch that is too small for a frame or
// holds one table entry only, a few messages at a time, with properties or without, and with a limit.
func FuzzBurstRoundTrip(f *testing.F) {
	c, err := NewContext(ContextOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Term() })
	const whole = uint16(0)
	f.Add([]byte("hello"), uint16(3), whole, whole, uint8(0), uint16(0), uint32(0))
	f.Add([]byte{}, uint16(0), whole, whole, uint8(0), uint16(0), uint32(0))
	f.Add(bytes.Repeat([]byte{0, 255, 7, 200}, 500), uint16(40_000), whole, whole, uint8(0), uint16(0), uint32(0))
	f.Add(bytes.Repeat([]byte{0, 255, 7, 200}, 50), uint16(40_000), uint16(1), uint16(1), uint8(1), uint16(0), uint32(0))
	f.Add(append(bytes.Repeat([]byte{2}, 1000), 1), uint16(0), uint16(7), uint16(3), uint8(0), uint16(0), uint32(0))
	f.Add(append(bytes.Repeat([]byte{0xf8}, 1500), 1, 1, 3), uint16(0), whole, whole, uint8(2), uint16(1000), uint32(0))
	f.Add(append(bytes.Repeat([]byte{4}, 9), 5, 1, 5), uint16(8193), uint16(8192), uint16(5), uint8(3), uint16(0), uint32(50_000))
	f.Add(append(bytes.Repeat([]byte{0x3e}, 200), 0x3f, 1), uint16(1), uint16(100), uint16(1023), uint8(0), uint16(5), uint32(10))
	f.Fuzz(func(t *testing.T, data []byte, stretch, size, entries uint16, most uint8, frames uint16, total uint32) {
		kinds := []SocketType{Pair, Pair}
		if most&0x80 != 0 {
			kinds = []SocketType{Dealer, Router} // its properties come with the second frame
		}
		a, b := open(t, c, kinds[0]), open(t, c, kinds[1])
		if most&0x40 != 0 {
			if err := b.Want("Socket-Type", "User-Id", "Routing-Id"); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.SetBytes(OptRoutingID, []byte("me")); err != nil {
			t.Fatal(err)
		}
		if err := a.Connect(listen(t, b, "inproc")); err != nil {
			t.Fatal(err)
		}
		b.in.narrow = narrow{int(size), int(entries%scratchTable + 1)}
		if size == 0 {
			b.in.narrow.bytes = scratchBytes
		}
		bound := limit{int(frames), int(total)}
		b.Limit(bound.frames, bound.bytes)
		want := shapes(data, stretch)
		if taken, err := a.Send(burst(want...)); taken != len(want) || err != nil {
			t.Fatal(fmt.Errorf("taken %d of %d: %w", taken, len(want), err))
		}
		atATime := int(most&0x3f) + 1
		for len(want) > 0 {
			n, err := b.Recv(atATime, func(first []byte, rest [][]byte) {
				expected := want[0]
				if kinds[1] == Router {
					expected = append([][]byte{[]byte("me")}, expected...)
				}
				want = want[1:]
				if above(expected, bound) {
					if first != nil || rest != nil {
						t.Fatalf("%d frames of %v bytes were taken, the limit is %+v", len(expected), lengths(expected), bound)
					}
					return
				}
				if first == nil {
					t.Fatalf("%d frames of %v bytes were passed over, the limit is %+v", len(expected), lengths(expected), bound)
				}
				sameMessages(t, [][][]byte{append([][]byte{first}, rest...)}, [][][]byte{expected})
				if cap(first) != len(first) {
					t.Fatal("appending to a frame would reach the next")
				}
			})
			if err != nil || n == 0 || n > atATime {
				t.Fatalf("%d messages at a time: %d, %v, %d are missing", atATime, n, err, len(want))
			}
		}
		if n, err := b.Recv(1, func([]byte, [][]byte) { t.Fatal("one message too many") }); n != 0 || err != nil || b.in.pending() {
			t.Fatal(n, err)
		}
	})
}
