package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed peer.c
var peerSource []byte

// compilePeer compiles peer.c into dir with $CC, or cc, and returns the program. The Makefile does the same.
func compilePeer(ctx context.Context, dir string) (string, error) {
	flags, err := exec.CommandContext(ctx, "pkg-config", "--cflags", "--libs", "libzmq").Output()
	if err != nil {
		return "", fmt.Errorf("bench: ask pkg-config for libzmq (is libzmq3-dev, zeromq-devel or zeromq installed?): %w", err)
	}
	source, program := filepath.Join(dir, "peer.c"), filepath.Join(dir, "peer")
	if err := os.WriteFile(source, peerSource, 0o600); err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	compiler := strings.Fields(os.Getenv("CC"))
	if len(compiler) == 0 {
		compiler = []string{"cc"}
	}
	arguments := append(compiler[1:], "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, source)
	arguments = append(arguments, strings.Fields(string(flags))...)
	if text, err := exec.CommandContext(ctx, compiler[0], arguments...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("bench: compile peer.c: %w\n%s", err, text)
	}
	return program, nil
}
