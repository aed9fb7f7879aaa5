// Secure is hello world between machines that do not trust the network: CURVE encrypts, the server is known by its key, and
// only clients whose keys are in a directory come in.
//
//	go run ./examples/secure                                  # everything in one process, with new keys
//	go run ./examples/secure -role keys -keys keys            # make keys/server.key and keys/clients/ann.key, with their secrets
//	go run ./examples/secure -role server -keys keys -endpoint "tcp://*:5555"
//	go run ./examples/secure -role client -keys keys -endpoint tcp://server.example.org:5555
//
// A client machine needs keys/server.key and its own keys/clients/ann.key_secret. CZMQ and pyzmq read the same files. The
// server reads the directory of clients again with each line on its standard input.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/actomq/actomq/zsock"
)

func main() {
	role := flag.String("role", "all", "`part` to run: keys, server, client or all")
	keys := flag.String("keys", "keys", "directory of the keys; unused by all")
	endpoint := flag.String("endpoint", "tcp://127.0.0.1:5555", "where the server binds")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-c kills
	if err := run(ctx, *role, *keys, *endpoint); err != nil {
		fmt.Fprintln(os.Stderr, "secure:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, role, keys, endpoint string) (err error) {
	if role == "keys" {
		return makeKeys(keys)
	}
	sys, err := zsock.NewSystem()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close(context.Background())) }()
	switch role {
	case "all":
		return all(ctx, sys)
	case "client":
		own, err := zsock.LoadCertificate(filepath.Join(keys, "clients", "ann.key_secret"))
		if err != nil {
			return err
		}
		return client(ctx, sys, endpoint, keys, own)
	case "server":
		rep, err := listen(sys, endpoint, keys)
		if err != nil {
			return err
		}
		go reload(sys, keys) // ends with the process, as standard input does
		if err := serve(ctx, rep); ctx.Err() == nil {
			return err
		}
		return nil // an interrupt is how a server ends
	}
	return fmt.Errorf("-role %q is not keys, server, client or all", role)
}

// makeKeys makes a pair for the server and one for a client named ann.
func makeKeys(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "clients"), 0o755); err != nil {
		return err
	}
	for name, path := range map[string]string{"server": "server.key", "ann": "clients/ann.key"} {
		c, err := zsock.GenerateCertificate()
		if err != nil {
			return err
		}
		if err := c.WithMeta("name", name).Save(filepath.Join(dir, path)); err != nil {
			return err
		}
	}
	return nil
}

// listen opens the server's socket, which admits the clients of the directory.
func listen(sys *zsock.System, endpoint, keys string) (*zsock.Socket, error) {
	own, err := zsock.LoadCertificate(filepath.Join(keys, "server.key_secret"))
	if err != nil {
		return nil, err
	}
	if _, err := sys.Authenticator().ReloadClients(zsock.DefaultDomain, filepath.Join(keys, "clients")); err != nil {
		return nil, err
	}
	return sys.Open(zsock.Rep, zsock.WithCurveServer(own), zsock.WithBind(endpoint))
}

func reload(sys *zsock.System, keys string) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := sys.Authenticator().ReloadClients(zsock.DefaultDomain, filepath.Join(keys, "clients"))
		fmt.Println("clients:", n, err)
	}
}

func serve(ctx context.Context, rep *zsock.Socket) error {
	for request, err := range rep.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("Server received %q from %s at %s\n", request, request.UserID(), request.PeerAddress())
		if err := rep.Send(ctx, zsock.Text("World")); err != nil {
			return err
		}
	}
	return nil
}

func client(ctx context.Context, sys *zsock.System, endpoint, keys string, own zsock.Certificate) error {
	server, err := zsock.LoadCertificate(filepath.Join(keys, "server.key"))
	if err != nil {
		return err
	}
	req, err := sys.Open(zsock.Req, zsock.WithCurveClient(own, server.Public()), zsock.WithConnect(endpoint))
	if err != nil {
		return err
	}
	defer req.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := req.Send(ctx, zsock.Text("Hello")); err != nil {
		return err
	}
	answer, err := req.RecvString(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("Client received %q\n", answer)
	return nil
}

// all shows a client that is known, and a stranger who is kept out.
func all(ctx context.Context, sys *zsock.System) (err error) {
	keys, err := os.MkdirTemp("", "secure-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(keys)) }()
	if err := makeKeys(keys); err != nil {
		return err
	}
	rep, err := listen(sys, "tcp://127.0.0.1:0", keys)
	if err != nil {
		return err
	}
	where, err := rep.Endpoints(ctx, zsock.Bound)
	if err != nil {
		return err
	}
	var side sync.WaitGroup
	defer side.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	side.Go(func() { _ = serve(ctx, rep) })
	ann, err := zsock.LoadCertificate(filepath.Join(keys, "clients", "ann.key_secret"))
	if err != nil {
		return err
	}
	if err := client(ctx, sys, where[0], keys, ann); err != nil {
		return err
	}
	stranger, err := zsock.GenerateCertificate()
	if err != nil {
		return err
	}
	if err := client(ctx, sys, where[0], keys, stranger); err == nil {
		return errors.New("a stranger was let in")
	}
	fmt.Println("A stranger was not let in:", sys.Authenticator())
	return nil
}
