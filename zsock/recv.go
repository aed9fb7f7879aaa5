package zsock

import (
	"context"
	"fmt"
	"iter"
	"unicode/utf8"
)

// Recv waits for the next message. Each message goes to exactly one reader, however many there are and whether by Recv, RecvBatch, TryRecv,
// All or Messages. A Recv that returns an error has taken none. After Close the error is ErrClosed.
func (s *Socket) Recv(ctx context.Context) (Message, error) {
	var one [1]Message
	if _, err := s.RecvBatch(ctx, one[:]); err != nil {
		return Message{}, err
	}
	return one[0], nil
}

// RecvBatch waits for at least one message and fills buf with what is there.
func (s *Socket) RecvBatch(ctx context.Context, buf []Message) (n int, err error) {
	if !s.typ.canRecv() {
		return 0, &Error{Op: "receive", Socket: s.name, Err: fmt.Errorf("%w: %v can't receive", ErrType, s.typ)}
	}
	if len(buf) == 0 {
		return 0, nil
	}
	ch := s.channel.messages.Load()
	if ch == nil {
		if n, err = s.inbox.wait(ctx, buf); err != errDiverted {
			return n, s.outcome("receive", err)
		}
		ch = s.channel.messages.Load()
	}
	n, err = waitChannel(ctx, *ch, buf)
	return n, s.outcome("receive", err)
}

func waitChannel(ctx context.Context, ch <-chan Message, buf []Message) (n int, err error) {
	select {
	case m, open := <-ch:
		if !open {
			return 0, ErrClosed
		}
		buf[0] = m
	case <-ctx.Done():
		return 0, causeOf(ctx)
	}
	for n = 1; n < len(buf); n++ {
		select {
		case m, open := <-ch:
			if !open {
				return n, nil
			}
			buf[n] = m
		default:
			return n, nil
		}
	}
	return n, nil
}

// TryRecv is Recv that does not wait: ErrWouldBlock says that there is nothing at the moment, or not in the channel of Messages yet.
func (s *Socket) TryRecv() (Message, error) {
	if !s.typ.canRecv() {
		return Message{}, &Error{Op: "receive", Socket: s.name, Err: fmt.Errorf("%w: %v can't receive", ErrType, s.typ)}
	}
	if ch := s.channel.messages.Load(); ch != nil {
		select {
		case m, open := <-*ch:
			if open {
				return m, nil
			}
			return Message{}, s.outcome("receive", ErrClosed)
		default:
			return Message{}, &Error{Op: "receive", Socket: s.name, Err: ErrWouldBlock}
		}
	}
	var one [1]Message
	n, open := s.inbox.take(one[:])
	switch {
	case n == 1:
		return one[0], nil
	case !open:
		return Message{}, s.outcome("receive", ErrClosed)
	}
	return Message{}, &Error{Op: "receive", Socket: s.name, Err: ErrWouldBlock}
}

// RecvBytes receives a message of exactly one frame. One with more frames is consumed, and the error is ErrMultipart.
func (s *Socket) RecvBytes(ctx context.Context) ([]byte, error) {
	m, err := s.Recv(ctx)
	if err != nil {
		return nil, err
	}
	frames, err := m.Match(1)
	if err != nil {
		return nil, &Error{Op: "receive", Socket: s.name, Err: err, Hint: "Recv takes messages of any number of frames"}
	}
	return frames[0], nil
}

// RecvString is RecvBytes for text: what is not valid UTF-8 is consumed, and the error is ErrText.
func (s *Socket) RecvString(ctx context.Context) (string, error) {
	b, err := s.RecvBytes(ctx)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", &Error{Op: "receive", Socket: s.name, Err: ErrText, Hint: "RecvBytes takes any bytes"}
	}
	return string(b), nil
}

// All ranges over the messages as they come. It ends with the end of ctx or of the socket, whose error is the last pair's;
// the close of the socket by its own program ends it without one.
func (s *Socket) All(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			m, err := s.Recv(ctx)
			if err != nil {
				if ctx.Err() != nil || !s.Closed() || s.Err() != nil {
					yield(Message{}, err)
				}
				return
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// Messages gives a channel for use in select, the same at each call. It is closed when the socket is, without ever giving an empty
// message; what nobody has read of it then are dead letters. From the first call on, Recv and the others read from the channel, too, also
// those that wait already. So all of them may be mixed, by any number of goroutines, and each message goes to exactly one. The
// channel holds few messages, so the socket still feels a slow reader.
func (s *Socket) Messages() <-chan Message {
	if ch := s.channel.messages.Load(); ch != nil {
		return *ch
	}
	s.channel.Lock()
	defer s.channel.Unlock()
	if ch := s.channel.messages.Load(); ch != nil {
		return *ch
	}
	ch := make(chan Message, s.channelDepth())
	s.channel.messages.Store(&ch)
	if !s.typ.canRecv() {
		close(ch)
		return ch
	}
	s.channel.over = make(chan struct{})
	s.inbox.connect(ch) // those who wait for the inbox look for the channel then
	go s.fill(ch)
	return ch
}

const channelDepth = 64

// channelDepth keeps old messages out of the channel where newer ones replace them.
func (s *Socket) channelDepth() int {
	if s.inbox.newest {
		return 0
	}
	return channelDepth
}

// fill moves messages from the inbox to the channel until the socket is gone; then it takes back what nobody has read.
func (s *Socket) fill(ch chan Message) {
	defer close(s.channel.over)
	buf := make([]Message, max(1, s.channelDepth()))
	for {
		n, err := s.inbox.waitToMove(buf)
		if err != nil {
			break
		}
		for i, m := range buf[:n] {
			select {
			case ch <- m:
				continue
			default: // a send of one case is cheaper than a select of two
			}
			select {
			case ch <- m:
			case <-s.ref.Done():
				for _, m := range buf[i:n] {
					s.giveUp(m, errUnread)
				}
				s.inbox.gave(i)
				s.closeChannel(ch)
				return
			}
		}
		s.inbox.gave(n)
		clear(buf[:n])
	}
	<-s.ref.Done()
	s.closeChannel(ch)
}

func (s *Socket) closeChannel(ch chan Message) {
	for {
		select {
		case m := <-ch:
			s.inbox.read.Add(^uint64(0)) // the channel had it, nobody else
			s.giveUp(m, errUnread)
		default:
			close(ch)
			return
		}
	}
}

// endChannel waits for the goroutine behind Messages, if there is one.
func (s *Socket) endChannel() {
	s.channel.Lock()
	over := s.channel.over
	s.channel.Unlock()
	if over != nil {
		<-over
	}
}
