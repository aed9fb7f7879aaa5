//go:build race

package supervision

// underRace says that everything is several times slower.
const underRace = true
