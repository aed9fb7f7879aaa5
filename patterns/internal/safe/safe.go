// Package safe keeps what user code does, and what callers leave out, from harming the patterns and whoever calls them.
package safe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/zsock"
)

// Codec gives c as a codec that answers with a value or with a patterns.ErrCodec whatever c does, a panic and a Goexit included.
// The codecs of package patterns do so by themselves, mostly without the goroutine that it takes.
func Codec(c patterns.Codec) patterns.Codec {
	if c == patterns.JSON || c == patterns.Raw {
		return c
	}
	return guarded{c}
}

type guarded struct{ patterns.Codec }

func (g guarded) Marshal(value any) (data []byte, err error) {
	fault := actor.Guard(func() { data, err = g.Codec.Marshal(value) })
	if err = outcome("marshal", value, err, fault); err != nil {
		return nil, err
	}
	return data, nil
}

func (g guarded) Unmarshal(data []byte, into any) (err error) {
	fault := actor.Guard(func() { err = g.Codec.Unmarshal(data, into) })
	return outcome("unmarshal", into, err, fault)
}

func outcome(what string, value any, err, fault error) error {
	if fault != nil {
		return fmt.Errorf("%w: %s of %T: %w", patterns.ErrCodec, what, value, fault)
	}
	if err = actor.SafeError(err); err != nil && !errors.Is(err, patterns.ErrCodec) {
		err = fmt.Errorf("%w: %w", patterns.ErrCodec, err)
	}
	return err
}

// Context refuses a context that is nil.
func Context(ctx context.Context) error {
	if ctx == nil {
		return fmt.Errorf("%w: the context: pass context.Background() if nothing ends the call", patterns.ErrNil)
	}
	return nil
}

// Start refuses what nothing can be started with.
func Start(sys *zsock.System, codec patterns.Codec, socket []zsock.SocketOption) error {
	switch {
	case sys == nil:
		return fmt.Errorf("%w: the system: pass one that zsock.NewSystem made", patterns.ErrNil)
	case codec == nil:
		return fmt.Errorf("%w: the codec: pass patterns.JSON, or no codec at all", patterns.ErrNil)
	case slices.ContainsFunc(socket, func(opt zsock.SocketOption) bool { return opt == nil }):
		return fmt.Errorf("%w: an option of the socket: leave it out", patterns.ErrNil)
	}
	return nil
}
