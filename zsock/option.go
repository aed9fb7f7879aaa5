package zsock

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Direction says whether options are read or written.
type Direction int

const (
	Get Direction = iota
	Set
)

// Options lists the names of the options that can be read, or of those that can be written, in order. OptionInfo tells more.
func Options(d Direction) []string {
	var names []string
	for _, o := range optionTable {
		if d == Get && o.rights&readable != 0 || d == Set && o.rights&writable != 0 {
			names = append(names, o.name)
		}
	}
	return names
}

// OptionInfo describes an option.
type OptionInfo struct {
	Name     string // libzmq's name without ZMQ_, in lower case
	About    string
	Type     string // Go type of its value
	Unit     string // of numbers, where they have one
	Accepts  string // which values
	Default  string // libzmq's
	Ours     any    // what this library sets unless told otherwise; nil: libzmq's default
	Readable bool
	Writable bool
	Live     bool   // takes effect at once; the others for later binds and connects only
	Early    bool   // can be set before the first bind or connect only
	Types    []Type // that have it; nil means all
	Since    string // version of libzmq
	Adds     bool   // each value adds to those before
	Reserved string // why it is the library's own business; empty: it is not
	Needs    string // what libzmq must have been built with, for zmq_has; empty: nothing
}

// DescribeOption tells what there is to know about an option. The error is ErrUnknownOption.
func DescribeOption(name string) (OptionInfo, error) {
	name = current(name)
	for _, o := range optionTable {
		if o.name == name {
			return o.info(), nil
		}
	}
	return OptionInfo{}, unknownOption(name)
}

func (o *optionSpec) info() OptionInfo {
	return OptionInfo{Name: o.name, About: o.about, Type: o.kind.String(), Unit: o.unit, Accepts: o.accepts, Default: o.standard,
		Ours: o.ours, Readable: o.rights&readable != 0, Writable: o.rights&writable != 0, Live: o.rights&live != 0, Early: o.rights&early != 0, Types: slices.Clone(o.types),
		Since: o.since, Adds: o.adds, Reserved: o.reserved, Needs: o.needs}
}

// current gives the name that an option has today.
func current(name string) string {
	switch name {
	case "identity":
		return "routing_id"
	case "delay_attach_on_connect":
		return "immediate"
	case "fail_unroutable", "router_behavior":
		return "router_mandatory"
	case "xreq_relaxed":
		return "req_relaxed"
	}
	return name
}

func unknownOption(name string) error {
	return &Error{Op: "option", Option: name, Err: ErrUnknownOption, Hint: "names are libzmq's without ZMQ_, in lower case: see Options"}
}

func findOption(name string) (*optionSpec, error) {
	name = current(name)
	for _, o := range optionTable {
		switch {
		case o.name != name:
		case o.reserved != "":
			return nil, &Error{Op: "option", Option: name, Err: ErrOptionDirection, Hint: o.reserved}
		default:
			return o, nil
		}
	}
	return nil, unknownOption(name)
}

// suits refuses an option that sockets of type t do not have.
func (o *optionSpec) suits(t Type) error {
	if o.types == nil || slices.Contains(o.types, t) {
		return nil
	}
	if isSecurity(o) {
		return fmt.Errorf("%w: %w: a %v speaks raw tcp, which has no option %s", ErrSecurity, ErrType, t, o.name)
	}
	return fmt.Errorf("%w: %v has no option %s; these have: %s", ErrType, t, o.name, listTypes(o.types))
}

func listTypes(types []Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.String()
	}
	return strings.Join(names, ", ")
}

// writableOption finds the option and checks the value before libzmq sees it.
func writableOption(t Type, name string, value any) (*optionSpec, any, error) {
	o, err := findOption(name)
	if err != nil {
		return nil, nil, err
	}
	if o.rights&writable == 0 {
		return nil, nil, &Error{Op: "set", Option: name, Err: ErrOptionDirection, Hint: "it can be read only"}
	}
	if err := o.suits(t); err != nil {
		return nil, nil, &Error{Op: "set", Option: name, Err: err}
	}
	converted, err := o.convert(value)
	if err != nil {
		return nil, nil, &Error{Op: "set", Option: name, Err: err}
	}
	return o, converted, nil
}

func (o *owner) setOption(name string, value any) error {
	option, converted, err := writableOption(o.typ, name, value)
	if err != nil {
		return err
	}
	if err := o.mayChange(option, converted); err != nil {
		return err
	}
	if err := o.write(option, converted); err != nil {
		return o.fault("set", "", name, option.refused(err))
	}
	o.desired.set(option, converted)
	return nil
}

// write gives an option to libzmq.
func (o *owner) write(option *optionSpec, value any) error {
	if limit, ok := value.(int64); ok && option.name == maxMsgSize {
		value = o.wireLimit(limit)
	}
	return option.write(o.zmq, value)
}

// wireLimit is how long what comes over a connection may be so that frames of limit bytes come through. libzmq bounds with
// maxmsgsize the commands of a handshake, too, and frames as CURVE has sealed them. What a Pub receives is subscriptions, whatever
// the size of what it sends.
func (o *owner) wireLimit(limit int64) int64 {
	if o.typ == Pub && (limit < 0 || limit > maxTopic) {
		limit = maxTopic
	}
	if limit >= 0 {
		limit = max(limit, handshakeRoom)
	}
	if o.desired.secure() && limit >= 0 && limit <= math.MaxInt64-curveRoom {
		limit += curveRoom
	}
	return limit
}

const (
	maxMsgSize    = "maxmsgsize"
	maxTopic      = 64 << 10 // libzmq keeps a topic byte by byte, in some 40 bytes for each
	handshakeRoom = 640      // bytes: HELLO of PLAIN has up to 518, INITIATE of CURVE 257 and the metadata, READY the metadata
	curveRoom     = 33       // bytes: the name of the command, a nonce, a flag and the code that authenticates (RFC 26)
)

func (o *owner) option(name string) (any, error) {
	option, err := findOption(name)
	if err != nil {
		return nil, err
	}
	if option.rights&readable == 0 {
		return nil, &Error{Op: "get", Socket: o.name, Option: name, Err: ErrOptionDirection, Hint: "it can be written only"}
	}
	if err := option.suits(o.typ); err != nil {
		return nil, &Error{Op: "get", Socket: o.name, Option: name, Err: err}
	}
	if option.name == "type" {
		return int(o.typ), nil // a Pub is an XPUB underneath
	}
	if option.name == maxMsgSize {
		return o.desired.largest, nil // see wireLimit
	}
	value, err := option.read(o.zmq)
	if err != nil {
		return nil, o.fault("get", "", name, option.refused(err))
	}
	return value, nil
}

// defaultSettings are the safe ones of the library; options of the user come after them and win.
func defaultSettings(t Type) (settings []optionSetting) {
	for _, o := range optionTable {
		if o.ours != nil && o.suits(t) == nil {
			settings = append(settings, optionSetting{o.name, o.ours})
		}
	}
	return settings
}

type optionSetting struct {
	name  string
	value any
}
