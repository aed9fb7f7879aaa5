package zsock

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// z85Alphabet are the 85 characters of ZeroMQ RFC 32.
const z85Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// z85Encode gives five characters for every four bytes; the length of data is a multiple of four.
func z85Encode(data []byte) string {
	text := make([]byte, 0, len(data)/4*5)
	for ; len(data) >= 4; data = data[4:] {
		n := binary.BigEndian.Uint32(data)
		var group [5]byte
		for i := len(group) - 1; i >= 0; i-- {
			group[i] = z85Alphabet[n%85]
			n /= 85
		}
		text = append(text, group[:]...)
	}
	return string(text)
}

// z85Decode undoes z85Encode. The error does not show the text, which may be a secret.
func z85Decode(text string) ([]byte, error) {
	if len(text)%5 != 0 {
		return nil, fmt.Errorf("want a multiple of 5 characters, got %d", len(text))
	}
	data := make([]byte, 0, len(text)/5*4)
	for ; text != ""; text = text[5:] {
		var n uint64
		for i := range 5 {
			digit := z85Digit(text[i])
			if digit < 0 {
				return nil, errors.New("a character is not of the Z85 alphabet")
			}
			n = n*85 + uint64(digit)
		}
		if n > 1<<32-1 {
			return nil, errors.New("five characters stand for more than four bytes")
		}
		data = binary.BigEndian.AppendUint32(data, uint32(n))
	}
	return data, nil
}

func z85Digit(c byte) int {
	for i := range len(z85Alphabet) {
		if z85Alphabet[i] == c {
			return i
		}
	}
	return -1
}
