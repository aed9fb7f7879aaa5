package zsock

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// inbox holds received messages until somebody takes them. It is bounded in messages and in bytes, starts without memory,
// and outlives incarnations. The owner puts, any number of readers take, each message goes to one of them.
type inbox struct {
	mu       sync.Mutex
	ring     []Message // a ring, its length a power of two
	head     int
	count    int
	size     int          // bytes in it, as Message.weight has them
	starved  bool         // the owner waits for room
	channel  chan Message // of Socket.Messages, once somebody asked for it
	moving   bool         // the goroutine behind the channel has messages in hand
	closed   bool
	newest   bool          // above the limit the oldest ones make room, see WithNewest
	messages int           // limit
	bytes    int           // limit; one message always fits
	there    chan struct{} // capacity 1: there may be something to take, or the inbox was closed
	diverted chan struct{} // closed once there is a channel: whoever waits here waits there instead
	poke     func()        // wakes the owner

	moved    int           // messages in the hand of the goroutine behind the channel
	replaced atomic.Uint64 // messages that made room
	read     atomic.Uint64 // messages that readers took, or the channel
}

func newInbox(messages, bytes int, poke func()) *inbox {
	return &inbox{messages: messages, bytes: bytes, there: make(chan struct{}, 1), diverted: make(chan struct{}), poke: poke}
}

func (in *inbox) signal() {
	select {
	case in.there <- struct{}{}:
	default:
	}
}

// room is how many messages the owner may fetch now; when it is 0, the owner is poked once there is room again.
func (in *inbox) room() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.newest && !in.closed {
		return fetchBurst
	}
	if in.closed || in.count >= in.messages || in.size >= in.bytes {
		in.starved = !in.closed
		return 0
	}
	return in.messages - in.count
}

// put adds messages. Bytes may overshoot by what one fetch brought.
func (in *inbox) put(batch []Message) {
	if len(batch) == 0 {
		return
	}
	in.mu.Lock()
	if in.channel != nil && in.count == 0 && !in.moving {
		// Nobody but the owner can change that, so what the channel takes needs no detour.
		in.mu.Unlock()
		whole := len(batch)
		batch = offer(in.channel, batch)
		in.read.Add(uint64(whole - len(batch)))
		if len(batch) == 0 {
			return
		}
		in.mu.Lock()
	}
	for in.count+len(batch) > len(in.ring) {
		in.grow()
	}
	for _, m := range batch {
		in.ring[(in.head+in.count)&(len(in.ring)-1)] = m
		in.count++
		in.size += m.weight()
	}
	for in.newest && (in.count > in.messages || in.size > in.bytes && in.count > 1) {
		in.pop()
		in.replaced.Add(1)
	}
	in.mu.Unlock()
	in.signal()
}

// pop takes the oldest one out.
func (in *inbox) pop() (m Message) {
	slot := &in.ring[in.head]
	m, *slot = *slot, Message{}
	in.size -= m.weight()
	in.head = (in.head + 1) & (len(in.ring) - 1)
	in.count--
	return m
}

// offer puts what fits into ch and returns the rest.
func offer(ch chan<- Message, batch []Message) []Message {
	for i, m := range batch {
		select {
		case ch <- m:
		default:
			return batch[i:]
		}
	}
	return nil
}

func (in *inbox) grow() {
	ring := make([]Message, max(16, 2*len(in.ring)))
	for i := range in.count {
		ring[i] = in.ring[(in.head+i)&(len(in.ring)-1)]
	}
	in.ring, in.head = ring, 0
}

// take moves up to len(into) messages out, without waiting. open is false once the inbox is closed and empty.
func (in *inbox) take(into []Message) (n int, open bool) {
	in.mu.Lock()
	n, open = in.takeLocked(into)
	in.read.Add(uint64(n))
	return n, open
}

// takeToMove is take for the goroutine behind the channel: until its next call it has the messages in hand.
func (in *inbox) takeToMove(into []Message) (n int, open bool) {
	in.mu.Lock()
	in.moving = in.count > 0
	in.moved = min(len(into), in.count)
	return in.takeLocked(into)
}

// takeLocked unlocks.
func (in *inbox) takeLocked(into []Message) (n int, open bool) {
	n = min(len(into), in.count)
	for i := range n {
		into[i] = in.pop()
	}
	more := in.count > 0
	open = !in.closed || more
	refill := in.starved && in.count <= in.messages/2 && in.size <= in.bytes/2
	if refill {
		in.starved = false
	}
	closed := in.closed
	in.mu.Unlock()
	if more && n > 0 || closed {
		in.signal() // the next waiting reader
	}
	if refill {
		in.poke()
	}
	return n, open || n > 0
}

// errDiverted says that messages come by the channel from now on.
var errDiverted = errors.New("zsock: messages come by the channel")

// wait takes at least one message.
func (in *inbox) wait(ctx context.Context, into []Message) (int, error) {
	return in.waitBy(ctx, into, in.take, in.diverted)
}

// waitToMove is wait for the goroutine behind the channel.
func (in *inbox) waitToMove(into []Message) (int, error) {
	return in.waitBy(context.Background(), into, in.takeToMove, nil)
}

func (in *inbox) waitBy(ctx context.Context, into []Message, take func([]Message) (int, bool), diverted <-chan struct{}) (int, error) {
	for {
		n, open := take(into)
		if n > 0 {
			return n, nil
		}
		if !open {
			return 0, ErrClosed
		}
		select {
		case <-in.there:
		case <-diverted:
			return 0, errDiverted
		case <-ctx.Done():
			return 0, causeOf(ctx)
		}
	}
}

// gave tells how many of the messages that takeToMove gave have gone into the channel, and that none is in hand any more.
func (in *inbox) gave(n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.moved = 0
	in.read.Add(uint64(n))
}

// connect lets the owner put messages into ch directly, as long as none are waiting in the inbox. It is called once.
func (in *inbox) connect(ch chan Message) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.channel = ch
	close(in.diverted)
}

// clear empties the inbox and gives what was in it.
func (in *inbox) clear() []Message {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.count == 0 && !in.closed {
		return nil
	}
	var left []Message
	for i := range in.count {
		left = append(left, in.ring[(in.head+i)&(len(in.ring)-1)])
	}
	in.ring, in.head, in.count, in.size = nil, 0, 0, 0
	return left
}

// close lets nothing in any more, wakes all readers, and gives what nobody took.
func (in *inbox) close() []Message {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	left := in.clear()
	in.signal()
	return left
}

// waiting is the number of messages that nobody has read.
func (in *inbox) waiting() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.count + in.moved
}

// depth is the number of messages in it.
func (in *inbox) depth() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.count
}
