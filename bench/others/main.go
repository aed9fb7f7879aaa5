// Others plays roles of the bench with other Go libraries for ZeroMQ, as a program of its own beside it:
//
//	go build -C bench/others -o ../../.build/others .
//	go run ./bench -others .build/others
//
// It is a module of its own, so that the library does not depend on them.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
)

// contenders are what this program plays; the bench lists the same ones with their modes.
func contenders() map[string]func() (role.Session, error) {
	return map[string]func() (role.Session, error){
		"go-zeromq":        openPure,
		"goczmq":           openCzmq,
		"goczmq-channeler": openChanneler,
	}
}

func main() {
	if err := play(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play runs the role that arguments name: CONTENDER and what role.Play takes.
func play(arguments []string, out *os.File) error {
	if len(arguments) == 0 {
		return fmt.Errorf("others: a role takes CONTENDER MODE and its work")
	}
	open, ok := contenders()[arguments[0]]
	if !ok {
		return fmt.Errorf("others: unknown contender %q", arguments[0])
	}
	return role.Play(arguments[0], open, arguments[1:], out)
}

// numbered puts the number of a pair where its endpoint has room for one.
func numbered(endpoint string, i int) string {
	return strings.ReplaceAll(endpoint, "%d", fmt.Sprint(i))
}
