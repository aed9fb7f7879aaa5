package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/actomq/actomq/bench/internal/role"
)

// profile is what the roles of Go contenders write about themselves: CASE.CONTENDER.ROUND.MODE.KIND in dir.
type profile struct {
	kinds []string
	dir   string
}

func parseProfile(kinds, dir string) (profile, error) {
	if kinds == "" {
		return profile{}, nil
	}
	p := profile{kinds: strings.Split(kinds, ","), dir: dir}
	for _, k := range p.kinds {
		if !slices.Contains(role.ProfileKinds, k) {
			return p, fmt.Errorf("bench: unknown profile %q: known are %s", k, strings.Join(role.ProfileKinds, ", "))
		}
	}
	return p, os.MkdirAll(dir, 0o755)
}

// environment gives what a role finds in its environment besides that of this process.
func (p profile) environment(e entrant, round int) func(mode string) []string {
	return func(mode string) []string {
		if len(p.kinds) == 0 {
			return nil
		}
		name := fmt.Sprintf("%s.%s.%d.%s", strings.ReplaceAll(e.describe(e.work), " ", "-"), e.contender.name, round+1, mode)
		return []string{role.ProfileVariable + "=" + filepath.Join(p.dir, name) + "=" + strings.Join(p.kinds, ",")}
	}
}
