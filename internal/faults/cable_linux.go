package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// alone has a process run in namespaces of its own, where it is root and may do with the network what it likes.
func alone(flags uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  flags,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
}

// startAlone starts a process in a role, in a network of its own.
func startAlone(role, argument string) (*peer, error) {
	p, err := newPeer(role, argument)
	if err != nil {
		return nil, err
	}
	p.cmd.SysProcAttr = alone(syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET)
	return p, p.cmd.Start()
}

// cable is a pair of interfaces whose far end is another process's.
type cable struct {
	near, far string // addresses
	process   string // at the far end
}

func newCable() (*cable, error) {
	c := &cable{near: "10.66.0.1", far: "10.66.0.2"}
	for _, tool := range []string{"ip", "nsenter"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, err
		}
	}
	for _, words := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", "near", "type", "veth", "peer", "name", "far"},
		{"addr", "add", c.near + "/24", "dev", "near"},
		{"link", "set", "near", "up"},
	} {
		if err := tool("ip", words...); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// startFar starts a receiver at the far end.
func (s *scene) startFar(c *cable, endpoint string) (*peer, error) {
	p, err := newPeer("pull", endpoint)
	if err != nil {
		return nil, err
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	s.listen(p)
	c.process = strconv.Itoa(p.cmd.Process.Pid)
	if err := tool("ip", "link", "set", "far", "netns", c.process); err != nil {
		return p, err
	}
	if err := c.atFar("addr", "add", c.far+"/24", "dev", "far"); err != nil {
		return p, err
	}
	return p, c.set("up")
}

// set pulls the cable out, or plugs it in: down or up. Nobody at the near end is told.
func (c *cable) set(state string) error { return c.atFar("link", "set", "far", state) }

func (c *cable) atFar(words ...string) error {
	return tool("nsenter", append([]string{"--target", c.process, "--net", "ip"}, words...)...)
}

func tool(name string, words ...string) error {
	if out, err := exec.Command(name, words...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, words, err, out)
	}
	return nil
}
