package reqrep

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/actomq/actomq/patterns"
	"github.com/actomq/actomq/patterns/internal/mean"
)

// Whatever a handler does, its caller has an error, and the server answers the next request.
func TestAHandlerMayFailInEveryWay(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://mean", func(_ context.Context, how string) (string, error) {
		if fail := mean.Failures[how]; fail != nil {
			return "", fail()
		}
		return how, nil
	}, WithConcurrency(1))
	must(t, err)
	cli, err := Dial[string, string](sys, srv.Endpoint())
	must(t, err)
	for how := range mean.Failures {
		_, err := cli.Call(ctx, how)
		if remote, ok := errors.AsType[*RemoteError](err); !ok || remote.Code != CodePanic && remote.Code != CodeHandler {
			t.Errorf("%s: %v", how, err)
		}
		if a, err := cli.Call(ctx, "good"); err != nil || a != "good" {
			t.Fatal(how, a, err)
		}
	}
	if _, err := cli.Call(ctx, "good"); err != nil {
		t.Error(err)
	}
	if got := srv.Stats(); got.Failed+got.Panicked != uint64(len(mean.Failures)) || got.Answered != uint64(len(mean.Failures))+1 {
		t.Errorf("%+v", got)
	}
}

// A refusal that is nil is still a failure.
func TestAHandlerThatReturnsNoRemoteErrorAsOneHasFailed(t *testing.T) {
	ctx, sys := setUp(t)
	srv, err := Serve(sys, "inproc://nothing", func(context.Context, int) (int, error) { return 0, (*RemoteError)(nil) })
	must(t, err)
	cli, err := Dial[int, int](sys, srv.Endpoint())
	must(t, err)
	_, err = cli.Call(ctx, 1)
	wantCode(t, err, CodeHandler)
}

func TestACodecMayFailInEveryWayOnBothSides(t *testing.T) {
	ctx, sys := setUp(t)
	for how, fail := range mean.Failures {
		onText := func(text string) func(any) error {
			return func(value any) error {
				if value == text {
					return fail()
				}
				return nil
			}
		}
		onData := func(text string) func([]byte) error {
			return func(data []byte) error { return onText(text)(string(data)) }
		}
		srv, err := Serve(sys, "inproc://"+how, func(_ context.Context, text string) (string, error) { return text + "!", nil }, WithConcurrency(1),
			WithCodec(mean.Codec{Codec: patterns.Raw, Marshals: onText("encode the answer!"), Unmarshals: onData("decode the request")}))
		must(t, err)
		cli, err := Dial[string, string](sys, srv.Endpoint(),
			WithCodec(mean.Codec{Codec: patterns.Raw, Marshals: onText("encode the request"), Unmarshals: onData("decode the answer!")}))
		must(t, err)
		for _, text := range []string{"encode the request", "decode the request", "encode the answer", "decode the answer"} {
			_, err := cli.Call(ctx, text)
			_, remote := errors.AsType[*RemoteError](err)
			if !remote && !errors.Is(err, patterns.ErrCodec) {
				t.Errorf("%s: %s: %v", how, text, err)
			}
			if a, err := cli.Call(ctx, "good"); err != nil || a != "good!" {
				t.Fatal(how, text, a, err)
			}
		}
		if got := cli.Stats(); got.InFlight != 0 || got.Calls != 7 {
			t.Errorf("%s: %+v", how, got)
		}
		must(t, cli.Close(ctx))
		must(t, srv.Close(ctx))
	}
}

func TestWhatIsNilIsAnErrorThatSaysWhatToDo(t *testing.T) {
	ctx, sys := setUp(t)
	for name, start := range map[string]func() error{
		"system":           func() error { _, err := Serve(nil, "inproc://nil", square); return err },
		"handler":          func() error { _, err := Serve[int, int](sys, "inproc://nil", nil); return err },
		"codec":            func() error { _, err := Serve(sys, "inproc://nil", square, WithCodec(nil)); return err },
		"option":           func() error { _, err := Serve(sys, "inproc://nil", square, nil); return err },
		"client's system":  func() error { _, err := Dial[int, int](nil, "inproc://nil"); return err },
		"client's codec":   func() error { _, err := Dial[int, int](sys, "inproc://nil", WithCodec(nil)); return err },
		"client's option":  func() error { _, err := Dial[int, int](sys, "inproc://nil", nil); return err },
		"socket's option":  func() error { _, err := Dial[int, int](sys, "inproc://nil", WithSocket(nil)); return err },
		"server's socket'": func() error { _, err := Serve(sys, "inproc://nil", square, WithSocket(nil)); return err },
	} {
		if err := start(); !errors.Is(err, patterns.ErrNil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	srv, err := Serve(sys, "inproc://nil", square)
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	var none context.Context
	_, err = cli.Call(none, question{1})
	for _, err := range []error{err, cli.WaitConnected(none), cli.Close(none), srv.Close(none)} {
		if !errors.Is(err, patterns.ErrNil) {
			t.Error(err)
		}
	}
	if a, err := cli.Call(ctx, question{2}); err != nil || a.Square != 4 {
		t.Error(fmt.Sprint(a), err)
	}
}

// A caller may end its call with any cause.
func TestACallEndsWhateverTheCauseOfItsContext(t *testing.T) {
	ctx, sys := setUp(t)
	g := newGated()
	srv, err := Serve(sys, "inproc://cause", g.handle, WithConcurrency(len(mean.Errors)))
	must(t, err)
	cli := dial(t, sys, srv.Endpoint())
	for how, cause := range mean.Errors {
		calling, cancel := context.WithCancelCause(ctx)
		result := make(chan error, 1)
		go func() { _, err := cli.Call(calling, question{1}); result <- err }()
		<-g.begun
		cancel(cause)
		if err := <-result; !errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrLost) {
			t.Errorf("%s: %v", how, err)
		}
	}
	if got := cli.Stats(); got.Abandoned != uint64(len(mean.Errors)) || !got.Balanced() {
		t.Errorf("%+v", got)
	}
	close(g.gate)
}
