package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/actomq/actomq/zsock"
)

const messageSize = 100

// speed is what the throughput run came to.
type speed struct {
	messages uint64
	elapsed  time.Duration
}

// throughput sends numbered messages from a PUSH to a PULL over tcp for about the given time, and checks every one.
func throughput(ctx context.Context, out io.Writer, sys *zsock.System, length time.Duration) (s speed, err error) {
	pull, err := sys.Open(zsock.Pull, zsock.WithName("pull"), zsock.WithBind("tcp://127.0.0.1:*"))
	if err != nil {
		return s, err
	}
	bound, err := pull.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return s, err
	}
	push, err := sys.Open(zsock.Push, zsock.WithName("push"), zsock.WithConnect(bound...))
	if err != nil {
		return s, err
	}
	if err := push.WaitConnected(ctx, 1); err != nil {
		return s, err
	}
	fmt.Fprintf(out, "\nThroughput: PUSH to PULL over %s, messages of %d bytes, %v\n", bound[0], messageSize, length)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sent := make(chan error, 1)
	go func() {
		err := sendFor(ctx, push, length)
		if err != nil {
			cancel() // nothing more will come
		}
		sent <- err
	}()
	begin := time.Now()
	s.messages, err = receiveAll(ctx, pull, newProgress(out, length))
	s.elapsed = time.Since(begin)
	cancel()
	return s, errors.Join(err, <-sent)
}

// sendFor sends numbered messages, then an empty one.
func sendFor(ctx context.Context, push *zsock.Socket, length time.Duration) error {
	const batch = 256
	number := uint64(0)
	for begin := time.Now(); time.Since(begin) < length; {
		space := make([]byte, batch*messageSize)
		messages := make([]zsock.Message, batch)
		for i := range messages {
			body := space[i*messageSize : (i+1)*messageSize]
			binary.BigEndian.PutUint64(body, number)
			messages[i] = zsock.Bytes(body)
			number++
		}
		if _, err := push.SendBatch(ctx, messages); err != nil {
			return err
		}
	}
	return push.Send(ctx, zsock.Message{})
}

func receiveAll(ctx context.Context, pull *zsock.Socket, progress func()) (number uint64, err error) {
	buffer := make([]zsock.Message, 256)
	for {
		n, err := pull.RecvBatch(ctx, buffer)
		if err != nil {
			return number, err
		}
		for _, m := range buffer[:n] {
			switch {
			case m.Size() == 0:
				return number, nil
			case m.Size() != messageSize || binary.BigEndian.Uint64(m.Frame(0)) != number:
				return number, fmt.Errorf("message %d is lost or altered", number)
			}
			number++
		}
		progress()
	}
}

// newProgress shows how much of the time has passed: a bar on a terminal, otherwise a line now and then. What it returns is
// called often.
func newProgress(out io.Writer, length time.Duration) func() {
	const steps = 30
	var bar *progressbar.ProgressBar
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		bar = progressbar.NewOptions(steps, progressbar.OptionSetWriter(f), progressbar.OptionSetWidth(steps),
			progressbar.OptionClearOnFinish())
	}
	begin, shown := time.Now(), 0
	return func() {
		step := min(steps, int(time.Since(begin)*steps/length))
		if step == shown {
			return
		}
		if bar != nil {
			_ = bar.Set(step) // a bar that can't be drawn is no reason to stop
		} else if step/10 > shown/10 {
			fmt.Fprintf(out, "  %d %%\n", 100*step/steps)
		}
		shown = step
	}
}
