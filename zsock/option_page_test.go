package zsock

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var writePage = flag.Bool("write-page", false, "write doc_options.go")

// optionPage is the part of the package documentation that is made of the table.
func optionPage() string {
	var b strings.Builder
	b.WriteString(`// Code generated from the table of options; DO NOT EDIT. go generate ./zsock writes it anew.

// Package zsock knows every option of libzmq's stable API.
//
// # Options
//
// Names are libzmq's without ZMQ_, in lower case. [WithOption] sets one before there is an endpoint, [Socket.SetOption] at any
// time, and [Socket.Option] reads one; what was set holds through restarts. Those that are marked as live hold at once, the others for
// later binds and connects; those that are marked as early, and those about security, can be set before the first of them only. [Options]
// and [DescribeOption] tell all this to programs.
//
// A name that there is not is [ErrUnknownOption]; reading what can only be written, writing what can only be read, and asking for
// what is the library's own is [ErrOptionDirection]; a value of another Go type is [ErrOptionType]; one that libzmq does not
// accept is [ErrOptionValue], with what it does accept; an option that sockets of the type do not have is [ErrType]; setting an early
// one late is [ErrOptionLate].
//
`)
	for _, o := range optionTable {
		info := o.info()
		fmt.Fprintf(&b, "//   - %s: %s", info.Name, info.Type)
		if info.Unit != "" {
			fmt.Fprintf(&b, ", %s", info.Unit)
		}
		switch {
		case info.Reserved != "":
		case !info.Readable:
			b.WriteString("; set")
		case !info.Writable:
			b.WriteString("; get")
		default:
			b.WriteString("; get and set")
		}
		if info.Live {
			b.WriteString(", live")
		}
		if info.Early {
			b.WriteString(", early")
		}
		if info.Accepts != "" {
			fmt.Fprintf(&b, "; %s", info.Accepts)
		}
		if info.Reserved != "" {
			fmt.Fprintf(&b, "; reserved: %s", info.Reserved)
		} else {
			fmt.Fprintf(&b, "; default %s", info.Default)
		}
		if info.Ours != nil {
			fmt.Fprintf(&b, ", here %v", info.Ours)
		}
		switch {
		case info.Types == nil:
		case len(info.Types) == len(shakesHands):
			b.WriteString("; of all but STREAM")
		default:
			names := make([]string, len(info.Types))
			for i, t := range info.Types {
				names[i] = t.String()
			}
			fmt.Fprintf(&b, "; of %s", strings.Join(names, " "))
		}
		if info.Needs != "" {
			fmt.Fprintf(&b, "; if libzmq has %s", info.Needs)
		}
		fmt.Fprintf(&b, "; since %s. %s\n", info.Since, info.About)
	}
	b.WriteString("package zsock\n")
	return b.String()
}

func TestTheOptionPageSaysWhatTheTableSays(t *testing.T) {
	const file = "doc_options.go"
	want := optionPage()
	if *writePage {
		must(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	must(t, err)
	if string(got) != want {
		t.Errorf("%s is stale: go generate ./zsock", file)
	}
}
