package main

import "encoding/binary"

// minSize is the smallest message that can carry its sequence number.
const minSize = 8

// fill writes message number seq into p: 64-bit words in little-endian order, the first one the sequence number, the
// last one cut off at the size. peer.c has the same function.
func fill(p []byte, seq uint64) {
	binary.LittleEndian.PutUint64(p, seq)
	word := seq * 0x9E3779B97F4A7C15
	p = p[8:]
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, word)
		p = p[8:]
		word++
	}
	for i := range p {
		p[i] = byte(word >> (8 * i))
	}
}

// checksum continues the running checksum sum with message p. It depends on the order of messages, on their lengths and
// on every byte. peer.c has the same function.
func checksum(sum uint64, p []byte) uint64 {
	message, weight := uint64(len(p)), uint64(1)
	for len(p) >= 8 {
		message += binary.LittleEndian.Uint64(p) * weight
		weight += 2
		p = p[8:]
	}
	var last uint64
	for i, b := range p {
		last |= uint64(b) << (8 * i)
	}
	message += last * weight
	return sum*0x100000001B3 + message
}

// expected is the checksum after messages 0 to total-1 of the given size, in order.
func expected(size, total int) uint64 {
	p := make([]byte, size)
	var sum uint64
	for seq := range total {
		fill(p, uint64(seq))
		sum = checksum(sum, p)
	}
	return sum
}
