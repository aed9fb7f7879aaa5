//go:build cgo && !linux

package libzmq

import "errors"

func tryThread(ThreadOptions) error {
	return errors.New("the priority and the processors of threads can be chosen on Linux only")
}
