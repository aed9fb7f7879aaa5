package role

import "encoding/binary"

// Fill writes message number seq into p: 64-bit words in little-endian order, the first one the sequence number, the
// last one cut off at the size. peer.c has the same function.
func Fill(p []byte, seq uint64) {
	word := seq * 0x9E3779B97F4A7C15
	for next := seq; ; word++ {
		if len(p) < 8 {
			for i := range p {
				p[i] = byte(next >> (8 * i))
			}
			return
		}
		binary.LittleEndian.PutUint64(p, next)
		p = p[8:]
		next = word
	}
}

// Number is the sequence number in message p, which has at least 8 bytes.
func Number(p []byte) uint64 { return binary.LittleEndian.Uint64(p) }

// value depends on the length of p and on every byte. peer.c has the same function.
func value(p []byte) uint64 {
	v, weight := uint64(len(p)), uint64(1)
	for len(p) >= 8 {
		v += binary.LittleEndian.Uint64(p) * weight
		weight += 2
		p = p[8:]
	}
	var last uint64
	for i, b := range p {
		last |= uint64(b) << (8 * i)
	}
	return v + last*weight
}

// next continues the running checksum sum with the value of a message. It depends on their order.
func next(sum, value uint64) uint64 { return sum*0x100000001B3 + value }

// Expected is the checksum after messages 0 to total-1 of the given size, in order.
func Expected(size, total int) uint64 {
	p := make([]byte, size)
	var sum uint64
	for seq := range total {
		Fill(p, uint64(seq))
		sum = next(sum, value(p))
	}
	return sum
}
