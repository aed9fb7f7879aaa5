package main

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/actomq/actomq/zsock"
)

// ledger knows what became of each message. It is safe for concurrent use.
type ledger struct {
	mu       sync.Mutex
	messages []fate // by number
	doubled  int
	phantoms int // delivered without having been sent, or though they were refused
}

// fate is a set of what happened to a message.
type fate uint8

const (
	accepted fate = 1 << iota
	refused
	delivered
	dead
	unread // beside dead: a receiver had it
)

const messageSize = 100

// next makes a message with a number of its own.
func (l *ledger) next() (id int, m zsock.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id = len(l.messages)
	l.messages = append(l.messages, 0)
	body := make([]byte, messageSize)
	binary.LittleEndian.PutUint64(body, uint64(id))
	binary.LittleEndian.PutUint64(body[8:], ^uint64(id))
	return id, zsock.Bytes(body)
}

// number is that of a message, or negative when it is none of ours.
func number(body []byte) int {
	if len(body) != messageSize || binary.LittleEndian.Uint64(body) != ^binary.LittleEndian.Uint64(body[8:]) {
		return -1
	}
	return int(binary.LittleEndian.Uint64(body))
}

// note adds to the fate of a message.
func (l *ledger) note(id int, what fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id < 0 || id >= len(l.messages) {
		l.phantoms++
		return
	}
	before := l.messages[id]
	if what == delivered && before&delivered != 0 {
		l.doubled++
	}
	l.messages[id] = before | what
}

// outcome notes how the send of a message ended.
func (l *ledger) outcome(id int, err error) {
	if err != nil {
		l.note(id, refused)
	} else {
		l.note(id, accepted)
	}
}

// balance is a ledger's sums.
type balance struct{ sent, accepted, refused, delivered, doubled, dead, unread, lost, phantoms int }

func (l *ledger) balance() balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := balance{sent: len(l.messages), doubled: l.doubled, phantoms: l.phantoms}
	for _, m := range l.messages {
		switch {
		case m&accepted != 0:
			b.accepted++
		case m&refused != 0:
			b.refused++
		}
		switch {
		case m&delivered != 0:
			b.delivered++
			if m&refused != 0 {
				b.phantoms++
			}
		case m&dead != 0:
			b.dead++
			if m&unread != 0 {
				b.unread++
			}
		case m&accepted != 0:
			b.lost++
		}
	}
	return b
}

// check is an error unless every message is accounted for, but for so many that may be lost.
func (b balance) check(mayLose int) error {
	switch {
	case b.phantoms > 0:
		return fmt.Errorf("%d messages were delivered that nobody sent, or that were refused", b.phantoms)
	case b.accepted+b.refused != b.sent:
		return fmt.Errorf("of %d messages %d were accepted and %d refused", b.sent, b.accepted, b.refused)
	case b.doubled > 0:
		return fmt.Errorf("%d messages were delivered twice", b.doubled)
	case b.lost > mayLose:
		return fmt.Errorf("%d messages are lost, at most %d may be", b.lost, mayLose)
	}
	return nil
}
