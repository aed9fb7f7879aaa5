package reqrep_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/actomq/actomq/patterns/reqrep"
	"github.com/actomq/actomq/zsock"
)

type Question struct{ Name string }

type Answer struct{ Greeting string }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	srv, err := reqrep.Serve(sys, "tcp://127.0.0.1:0", func(_ context.Context, q Question) (Answer, error) {
		if q.Name == "" {
			return Answer{}, errors.New("whom shall I greet?")
		}
		return Answer{"hello, " + q.Name}, nil
	})
	check(err)
	cli, err := reqrep.Dial[Question, Answer](sys, srv.Endpoint())
	check(err)

	answer, err := cli.Call(ctx, Question{"world"})
	fmt.Println(answer.Greeting, err)
	_, err = cli.Call(ctx, Question{})
	fmt.Println(err)
	// Output:
	// hello, world <nil>
	// reqrep: the server answered error: whom shall I greet?
}

// A peer of any language asks through a plain REQ socket. A refusal has three frames instead of one.
func ExampleServe() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	_, err = reqrep.Serve(sys, "inproc://double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	check(err)
	req, err := sys.Open(zsock.Req, zsock.WithConnect("inproc://double"))
	check(err)
	for _, request := range []string{"21", "twenty-one"} {
		check(req.Send(ctx, zsock.Text(request)))
		reply, err := req.Recv(ctx)
		check(err)
		if reply.Len() == 1 {
			fmt.Println("answer", reply)
		} else {
			fmt.Printf("refused: %s\n", reply.Frame(1))
		}
	}
	// Output:
	// answer 42
	// refused: decode
}

// A call that its context ends tells whether the request ever left.
func ExampleDial() {
	ctx := context.Background()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	cli, err := reqrep.Dial[int, int](sys, "tcp://127.0.0.1:1", reqrep.WithTimeout(10*time.Millisecond)) // nobody is there
	check(err)
	_, err = cli.Call(ctx, 1)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, reqrep.ErrNotSent))
	// Output: true true
}

// A handler that serves each caller by its name, which the key of its connection tells.
func ExampleCallerOf() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sys, err := zsock.NewSystem()
	check(err)
	defer sys.Close(ctx)

	server, err := zsock.GenerateCertificate()
	check(err)
	ann, err := zsock.GenerateCertificate()
	check(err)
	check(sys.Authenticator().Set(zsock.DefaultDomain, zsock.Rules{Clients: zsock.Clients{ann.Public(): "ann"}}))

	srv, err := reqrep.Serve(sys, "tcp://127.0.0.1:0", func(ctx context.Context, _ Question) (Answer, error) {
		caller, _ := reqrep.CallerOf(ctx)
		return Answer{fmt.Sprintf("hello, %s at %s", caller.UserID(), caller.Address())}, nil
	}, reqrep.WithSocket(zsock.WithCurveServer(server)))
	check(err)
	cli, err := reqrep.Dial[Question, Answer](sys, srv.Endpoint(), reqrep.WithSocket(zsock.WithCurveClient(ann, server.Public())))
	check(err)
	answer, err := cli.Call(ctx, Question{})
	fmt.Println(answer.Greeting, err)
	// Output: hello, ann at 127.0.0.1 <nil>
}
