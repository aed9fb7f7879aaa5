//go:build cgo

package libzmq

// #cgo nocallback amq_want
// #include <stdlib.h>
// #include "burst.h"
import "C"

import (
	"slices"
	"strings"
	"unsafe"
)

const (
	absentProperty  = 0xffff
	propertyBlock   = 16 << 10 // room for many short ones, and for the longest of one message
	knownProperties = 1 << 10  // sets of properties that a socket remembers, which is about one a connection
)

// propertyReader takes the properties of a burst apart. It owns no memory until something is wanted.
type propertyReader struct {
	names   []string
	late    bool   // those of a message come with its second frame, where there is one
	block   []byte // where C puts them, message by message
	at      int
	known   map[string]*Properties // by their bytes in the block
	current *Properties
}

// Want has the named properties fetched with each message from now on, for [Socket.Properties]: at most 8 names over the life of the socket, EINVAL
// beyond or for a name with a NUL. libzmq knows User-Id and Peer-Address, and what the peer chose to tell of itself, such as Socket-Type. A
// value of more than 1024 bytes counts as absent. Each name costs a look-up for each message; a socket that wants none pays nothing. ErrAgain:
// a Recv was interrupted, and what it left has to be delivered first.
func (s *Socket) Want(names ...string) error {
	if s.handle == nil {
		return ErrNotSocket
	}
	if s.in.at < s.in.frames {
		return ErrAgain
	}
	for _, name := range names {
		if slices.Contains(s.in.properties.names, name) {
			continue
		}
		if strings.ContainsRune(name, 0) || name == "" {
			return EINVAL
		}
		text := C.CString(name)
		err := wrapNumber(C.amq_want(s.state, text))
		C.free(unsafe.Pointer(text))
		if err != nil {
			return err
		}
		s.in.properties.names = append(slices.Clip(s.in.properties.names), name)
	}
	if len(s.in.properties.names) > 0 && s.in.properties.block == nil {
		s.in.properties.block = make([]byte, propertyBlock)
	}
	s.in.properties.known = nil
	return nil
}

// Properties are those of the message that Recv is delivering; call it within deliver. It is nil when nothing is wanted.
func (s *Socket) Properties() *Properties { return s.in.properties.current }

// next moves on to the properties of the next message.
func (r *propertyReader) next() {
	if r.block == nil {
		return
	}
	end := r.at
	for range r.names {
		if n := r.length(end); n != absentProperty {
			end += n
		}
		end += 2
	}
	block := r.block[r.at:end]
	p := r.known[string(block)]
	if p == nil {
		p = r.read()
		if r.known == nil || len(r.known) == knownProperties {
			r.known = make(map[string]*Properties)
		}
		r.known[string(block)] = p
	}
	r.at, r.current = end, p
}

func (r *propertyReader) length(at int) int { return int(r.block[at]) | int(r.block[at+1])<<8 }

func (r *propertyReader) read() *Properties {
	p := &Properties{names: r.names, values: make([]string, len(r.names)), known: make([]bool, len(r.names))}
	at := r.at
	for i := range r.names {
		n := r.length(at)
		at += 2
		if n != absentProperty {
			p.values[i], p.known[i] = string(r.block[at:at+n]), true
			at += n
		}
	}
	return p
}
