package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/actomq/actomq/patterns/pipeline"
	"github.com/actomq/actomq/zsock"
)

// roleFlag, as the first argument, makes this program a peer in a process of its own.
const roleFlag = "-role"

// playRole runs until its standard input ends, or until it is killed.
func playRole(arguments []string) int {
	if len(arguments) != 2 {
		fmt.Fprintln(os.Stderr, "faults: a role takes its name and an endpoint")
		return 2
	}
	play := map[string]func(ctx context.Context, endpoint string) error{
		"pull": playPull, "worker": playWorker, "exhausted": playExhausted, "cable": playCable,
	}[arguments[0]]
	if play == nil {
		fmt.Fprintln(os.Stderr, "faults: no such role:", arguments[0])
		return 2
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := play(ctx, arguments[1]); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", arguments[0]+":", err)
		return 1
	}
	return 0
}

const (
	peerBatch = 50
	peerHolds = 100 // messages that a receiving process has in its inbox and in hand
)

// playPull prints the number of each message that it receives, 8 bytes each.
func playPull(ctx context.Context, endpoint string) (err error) {
	sys, err := zsock.NewSystem()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close(context.Background())) }()
	pull, err := sys.Open(zsock.Pull, append(small(), zsock.WithInbox(peerHolds-peerBatch, 1<<20), zsock.WithConnect(endpoint),
		quickReconnect(), zsock.WithKeepalive(time.Second, time.Second, 2))...)
	if err != nil {
		return err
	}
	batch := make([]zsock.Message, peerBatch)
	for {
		n, err := pull.RecvBatch(ctx, batch)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		var out []byte
		for _, m := range batch[:n] {
			out = binary.LittleEndian.AppendUint64(out, uint64(int64(number(m.Frame(0)))))
		}
		if _, err := os.Stdout.Write(out); err != nil {
			return err
		}
	}
}

// playWorker doubles numbers for a ventilator.
func playWorker(ctx context.Context, endpoint string) (err error) {
	sys, err := zsock.NewSystem()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close(context.Background())) }()
	if _, err := pipeline.Work(sys, endpoint, func(_ context.Context, n int) (int, error) { return 2 * n, nil }); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode("working"); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// peer is a process in a role.
type peer struct {
	cmd   *exec.Cmd
	in    io.Closer
	out   io.Reader
	ended chan struct{} // closed when what reads out has read all of it
}

func startPeer(role, argument string) (*peer, error) {
	p, err := newPeer(role, argument)
	if err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

// newPeer is a process that is not started yet.
func newPeer(role, argument string) (*peer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &peer{cmd: exec.Command(self, roleFlag, role, argument), ended: make(chan struct{})}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	p.out, err = p.cmd.StdoutPipe()
	return p, err
}

// startPull starts a peer that receives, and books what it says.
func (s *scene) startPull(endpoint string) (*peer, error) {
	p, err := startPeer("pull", endpoint)
	if err != nil {
		return nil, err
	}
	s.listen(p)
	return p, nil
}

// listen books what a receiving process says.
func (s *scene) listen(p *peer) {
	go func() {
		defer close(p.ended)
		var id [8]byte
		for {
			if _, err := io.ReadFull(p.out, id[:]); err != nil {
				return
			}
			s.ledger.note(int(int64(binary.LittleEndian.Uint64(id[:]))), delivered)
		}
	}()
}

func (p *peer) signal(sig syscall.Signal) error { return p.cmd.Process.Signal(sig) }

// kill ends the process at once, and waits for what it had said.
func (p *peer) kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.ended
	_ = p.cmd.Wait() // the signal is its error
	return nil
}

// stop asks the process to end.
func (p *peer) stop() error {
	_ = p.in.Close()
	<-p.ended
	return p.cmd.Wait()
}
