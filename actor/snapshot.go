package actor

import (
	"fmt"
	"strings"
)

// Snapshot is an actor and all below it at one moment. It prints as a tree and marshals as JSON. The numbers of different
// actors are read one after the other, so they agree exactly only while nothing happens.
type Snapshot struct {
	Name        string     `json:"name"`
	Path        string     `json:"path"`
	Kind        string     `json:"kind,omitempty"`
	State       string     `json:"state"`                 // starting, running, failed, ended, halted, restarting, stopping, stopped
	Note        string     `json:"note,omitempty"`        // what its supervisor does about it
	Queued      int        `json:"queued"`                // messages in the mailbox
	Received    uint64     `json:"received"`              // messages handled, the failed ones included
	Restarts    uint64     `json:"restarts"`              // incarnations after the first
	LastFailure string     `json:"lastFailure,omitempty"` // of any incarnation
	Details     []Detail   `json:"details,omitempty"`     // what the actor tells of itself, see WithDetails
	Children    []Snapshot `json:"children,omitempty"`    // in order of start
}

// Detail is one thing that an actor tells of itself.
type Detail struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// String prints the tree, one actor a line.
func (s Snapshot) String() string {
	var b strings.Builder
	s.print(&b, "", "")
	return b.String()
}

func (s Snapshot) print(b *strings.Builder, first, indent string) {
	b.WriteString(first)
	b.WriteString(s.Name)
	if s.Kind != "" {
		fmt.Fprintf(b, " (%s)", s.Kind)
	}
	fmt.Fprintf(b, " %s", s.State)
	if s.Queued > 0 {
		fmt.Fprintf(b, " queued=%d", s.Queued)
	}
	fmt.Fprintf(b, " received=%d", s.Received)
	if s.Restarts > 0 {
		fmt.Fprintf(b, " restarts=%d", s.Restarts)
	}
	for _, d := range s.Details {
		fmt.Fprintf(b, " %s=%v", d.Key, d.Value)
	}
	if s.Note != "" {
		fmt.Fprintf(b, " [%s]", s.Note)
	}
	if s.LastFailure != "" {
		fmt.Fprintf(b, " last failure: %s", firstLine(s.LastFailure))
	}
	b.WriteByte('\n')
	for i, child := range s.Children {
		if i == len(s.Children)-1 {
			child.print(b, indent+"└─ ", indent+"   ")
		} else {
			child.print(b, indent+"├─ ", indent+"│  ")
		}
	}
}

// Find gives the actor with that path, for tests and tools.
func (s Snapshot) Find(path string) (Snapshot, bool) {
	if s.Path == path {
		return s, true
	}
	for _, child := range s.Children {
		if found, ok := child.Find(path); ok {
			return found, true
		}
	}
	return Snapshot{}, false
}

// Walk calls visit for the actor and everything below it, parents first, until visit returns false.
func (s Snapshot) Walk(visit func(Snapshot) bool) bool {
	if !visit(s) {
		return false
	}
	for _, child := range s.Children {
		if !child.Walk(visit) {
			return false
		}
	}
	return true
}

func (c *cell[M]) snapshot() Snapshot {
	s := Snapshot{
		Name: c.name, Path: c.path, Kind: c.kind, State: stateNames[c.state.Load()],
		Queued: c.depth(), Received: c.received.Load(), Restarts: c.restarts.Load(),
	}
	c.mu.Lock()
	s.LastFailure = c.failureText
	c.mu.Unlock()
	if note := c.note.Load(); note != nil {
		s.Note = *note
	}
	if details := c.options.details; details != nil {
		c.sys.guard("details", func() { s.Details = details() })
	}
	for _, k := range c.children() {
		s.Children = append(s.Children, k.look())
	}
	return s
}
