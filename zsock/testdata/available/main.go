// Available prints what this build of the library says about libzmq.
package main

import (
	"fmt"

	"github.com/actomq/actomq/zsock"
)

func main() {
	fmt.Println("available:", zsock.Available())
	_, _, _, ok := zsock.Version()
	fmt.Println("version:", ok)
	_, err := zsock.NewSystem()
	fmt.Println("system:", err)
	_, err = zsock.Open(zsock.Pair)
	fmt.Println("open:", err)
}
