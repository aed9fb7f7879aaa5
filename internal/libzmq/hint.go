package libzmq

import "runtime"

// InstallHint says how to install libzmq with its headers on this platform.
func InstallHint() string { return InstallHintFor(runtime.GOOS) }

// InstallHintFor is InstallHint of a platform, by its GOOS.
func InstallHintFor(platform string) string {
	switch platform {
	case "linux":
		return "install libzmq 4.3 or later: " +
			"apt-get install libzmq3-dev (Debian, Ubuntu), dnf install zeromq-devel (Fedora), apk add zeromq-dev (Alpine), pacman -S zeromq (Arch)"
	case "darwin":
		return "install libzmq 4.3 or later: brew install zeromq"
	}
	return "install libzmq 4.3 or later from https://zeromq.org/download/"
}
