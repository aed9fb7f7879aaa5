//go:build !race

package zsock

const raceEnabled = false
