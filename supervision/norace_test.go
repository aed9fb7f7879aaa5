//go:build !race

package supervision

const underRace = false
