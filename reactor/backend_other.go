//go:build !linux

package reactor

import "errors"

func newBackend(b Backend) (backend, error) {
	switch b {
	case Best, PollTable:
		return newTable()
	}
	return nil, errors.New("it needs Linux")
}
