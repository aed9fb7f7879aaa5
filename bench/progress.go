package main

import (
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells how far the bench is: a bar on a terminal, otherwise a line for each run.
type progress struct {
	out *os.File
	bar *progressbar.ProgressBar
}

func newProgress(out *os.File, steps int) *progress {
	p := &progress{out: out}
	if term.IsTerminal(int(out.Fd())) {
		p.bar = progressbar.NewOptions(steps, progressbar.OptionSetWriter(out), progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	}
	return p
}

func (p *progress) step(line string) {
	if p.bar == nil {
		fmt.Fprintln(p.out, line)
		return
	}
	p.bar.Describe(line)
	// A bar that can't be drawn is no reason to stop measuring.
	_ = p.bar.Add(1)
}

// clear takes the bar away, so that something else can be printed; the next step draws it again.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
