package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/pebbe/zmq4"
)

// machine is where the figures come from.
type machine struct {
	System string `json:"system"`
	CPU    string `json:"cpu,omitempty"`
	CPUs   int    `json:"cpus"`
	Load   string `json:"load,omitempty"` // of the last minute, at the start
	Go     string `json:"go"`
	Libzmq string `json:"libzmq"`
}

func thisMachine() machine {
	major, minor, patch := zmq4.Version()
	m := machine{
		System: runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:   runtime.NumCPU(),
		Go:     runtime.Version(),
		Libzmq: fmt.Sprintf("%d.%d.%d", major, minor, patch),
	}
	// Only Linux has these; elsewhere they stay empty.
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	return m
}

func (m machine) String() string {
	text := fmt.Sprintf("%s, %d CPUs", m.System, m.CPUs)
	if m.CPU != "" {
		text += " (" + m.CPU + ")"
	}
	if m.Load != "" {
		text += ", load " + m.Load
	}
	return fmt.Sprintf("%s, %s, libzmq %s", text, m.Go, m.Libzmq)
}
