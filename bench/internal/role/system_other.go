//go:build !linux

package role

import "errors"

// threads says that the system does not tell.
func threads() int { return 0 }

func switches() (int64, error) {
	return 0, errors.New("context switches are counted on Linux only")
}
