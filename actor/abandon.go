package actor

import (
	"maps"
	"slices"
	"strings"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"
)

// Abandon lets go of a child that was asked to stop and does not: it is reported as Overstayed after the given time, and
// ChildStopped follows as if it were gone. All below it are asked to stop. Nobody waits for them any more: whoever tells or
// asks them gets ErrStopped, and what their mailboxes held is refused or a dead letter. The child itself keeps its
// goroutine, its name and its place in System.Snapshot and in the errors of System.Close until it returns; the system is not
// done before.
func (c *Context[M]) Abandon(child Handle, after time.Duration) {
	if k, _, ok := c.kidOf(child); ok {
		c.cell.abandon(k, after)
	}
}

// abandon may run on any goroutine.
func (c *cell[M]) abandon(k kid, after time.Duration) {
	k.Stop(nil) // if nobody has
	paths := c.sys.overstaying(k.Path())
	if !c.sys.abandon(k.Handle) {
		return
	}
	k.Handle.(inner).letGo()
	c.sys.report(Event{Kind: Overstayed, Path: k.Path(), Delay: after, Err: &OverstayError{Paths: paths, Err: errAbandoned}})
	c.system.put(&proto.Terminated{Who: k.PID()})
}

// letGo ends all waiting for the actor and those below it. What the actor has in hand is its own until it returns.
func (c *cell[M]) letGo() {
	c.closed.Store(true)
	c.giveUp()
	c.sweep()
	for _, below := range c.children() {
		below.Stop(nil)
		below.Handle.(inner).letGo()
	}
}

// abandon remembers the actor, unless it is gone or was abandoned before.
func (s *System) abandon(h Handle) bool {
	a, ok := h.(spawnable)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || a.base().finished || slices.Contains(s.left, a) {
		return false
	}
	s.left = append(s.left, a)
	return true
}

// forgive is told that the actor is gone.
func (s *System) forgive(n *node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.finished = true
	s.left = slices.DeleteFunc(s.left, func(a spawnable) bool { return a.base() == n })
}

// isLeft reports whether an actor that was abandoned still has that path, which protoactor gives up a little too early.
func (s *System) isLeft(path string) bool {
	return slices.ContainsFunc(s.abandoned(), func(a spawnable) bool { return a.Path() == path })
}

func (s *System) abandoned() []spawnable {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.left)
}

// Overstaying gives the paths of the actors at h and below it that were asked to stop and are not gone: the ones that do not
// return and those that wait for them. An actor that was abandoned counts where it was.
func Overstaying(h Handle) []string {
	i, ok := h.(interface{ inside() inner })
	if !ok || i.inside() == nil {
		return nil
	}
	return i.inside().base().sys.overstaying(h.Path())
}

// overstaying adds the actors that are gone but for a function of Context.Go that has not returned.
func (s *System) overstaying(path string) []string {
	var paths []string
	see := func(n *node) {
		if n.path != "/" && n.asked.Load() && n.state.Load() != stateStopped && isBelow(n.path, path) && !slices.Contains(paths, n.path) {
			paths = append(paths, n.path)
		}
	}
	s.root.visit(see)
	for _, a := range s.abandoned() {
		a.base().visit(see)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, helped := range slices.Sorted(maps.Keys(s.helpers)) {
		if !slices.Contains(paths, helped) && isBelow(helped, path) && s.ending {
			paths = append(paths, helped)
		}
	}
	return paths
}

func isBelow(path, top string) bool {
	return path == top || strings.HasPrefix(path, strings.TrimSuffix(top, "/")+"/")
}

// Snapshot gives the tree of actors. Those that were abandoned, see Context.Abandon, stand under the root, with a note.
func (s *System) Snapshot() Snapshot {
	all := s.root.snapshot()
	for _, a := range s.abandoned() {
		found := a.snapshot()
		found.Name, found.Note = found.Path, "overstayed, left behind"
		all.Children = append(all.Children, found)
	}
	return all
}
