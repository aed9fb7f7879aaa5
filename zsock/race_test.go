//go:build race

package zsock

const raceEnabled = true
