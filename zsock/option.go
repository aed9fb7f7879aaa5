package zsock

import (
	"bytes"
	"fmt"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

// optionKind is the Go type of an option's value and how it crosses into C.
type optionKind int

const (
	kindBool     optionKind = iota // bool; a C int
	kindInt                        // int; a C int
	kindInt64                      // int64
	kindUint64                     // uint64
	kindDuration                   // time.Duration; a C int of milliseconds, -1 for none
	kindString                     // string
	kindBytes                      // []byte
)

func (k optionKind) String() string {
	return [...]string{"bool", "int", "int64", "uint64", "time.Duration", "string", "[]byte"}[k]
}

// optionSpec is one row of the table of options.
type optionSpec struct {
	name     string
	number   int
	kind     optionKind
	readable bool
	writable bool
}

const (
	readOnly  = 1
	writeOnly = 2
	readWrite = readOnly | writeOnly
)

func spec(name string, number int, kind optionKind, access int) *optionSpec {
	return &optionSpec{name, number, kind, access&readOnly != 0, access&writeOnly != 0}
}

// optionTable lists the options by their libzmq name without ZMQ_, in lower case (zmq_setsockopt, zmq_getsockopt).
var optionTable = []*optionSpec{
	spec("affinity", libzmq.OptAffinity, kindUint64, readWrite),
	spec("backlog", libzmq.OptBacklog, kindInt, readWrite),
	spec("bindtodevice", libzmq.OptBindToDevice, kindString, readWrite),
	spec("conflate", libzmq.OptConflate, kindBool, writeOnly),
	spec("connect_routing_id", libzmq.OptConnectRoutingID, kindBytes, writeOnly),
	spec("connect_timeout", libzmq.OptConnectTimeout, kindDuration, readWrite),
	spec("curve_publickey", libzmq.OptCurvePublicKey, kindString, readWrite),
	spec("curve_secretkey", libzmq.OptCurveSecretKey, kindString, writeOnly),
	spec("curve_server", libzmq.OptCurveServer, kindBool, readWrite),
	spec("curve_serverkey", libzmq.OptCurveServerKey, kindString, readWrite),
	spec("handshake_ivl", libzmq.OptHandshakeIvl, kindDuration, readWrite),
	spec("heartbeat_ivl", libzmq.OptHeartbeatIvl, kindDuration, readWrite),
	spec("heartbeat_timeout", libzmq.OptHeartbeatTimeout, kindDuration, readWrite),
	spec("heartbeat_ttl", libzmq.OptHeartbeatTTL, kindDuration, readWrite),
	spec("immediate", libzmq.OptImmediate, kindBool, readWrite),
	spec("invert_matching", libzmq.OptInvertMatching, kindBool, readWrite),
	spec("ipv6", libzmq.OptIPv6, kindBool, readWrite),
	spec("last_endpoint", libzmq.OptLastEndpoint, kindString, readOnly),
	spec("linger", libzmq.OptLinger, kindDuration, readWrite),
	spec("maxmsgsize", libzmq.OptMaxMsgSize, kindInt64, readWrite),
	spec("mechanism", libzmq.OptMechanism, kindInt, readOnly),
	spec("multicast_hops", libzmq.OptMulticastHops, kindInt, readWrite),
	spec("plain_password", libzmq.OptPlainPassword, kindString, writeOnly),
	spec("plain_server", libzmq.OptPlainServer, kindBool, readWrite),
	spec("plain_username", libzmq.OptPlainUsername, kindString, readWrite),
	spec("probe_router", libzmq.OptProbeRouter, kindBool, writeOnly),
	spec("rate", libzmq.OptRate, kindInt, readWrite),
	spec("rcvbuf", libzmq.OptRcvBuf, kindInt, readWrite),
	spec("rcvhwm", libzmq.OptRcvHWM, kindInt, readWrite),
	spec("reconnect_ivl", libzmq.OptReconnectIvl, kindDuration, readWrite),
	spec("reconnect_ivl_max", libzmq.OptReconnectIvlMax, kindDuration, readWrite),
	spec("recovery_ivl", libzmq.OptRecoveryIvl, kindDuration, readWrite),
	spec("req_correlate", libzmq.OptReqCorrelate, kindBool, writeOnly),
	spec("req_relaxed", libzmq.OptReqRelaxed, kindBool, writeOnly),
	spec("router_handover", libzmq.OptRouterHandover, kindBool, writeOnly),
	spec("router_mandatory", libzmq.OptRouterMandatory, kindBool, writeOnly),
	spec("routing_id", libzmq.OptRoutingID, kindBytes, readWrite),
	spec("sndbuf", libzmq.OptSndBuf, kindInt, readWrite),
	spec("sndhwm", libzmq.OptSndHWM, kindInt, readWrite),
	spec("socks_proxy", libzmq.OptSocksProxy, kindString, readWrite),
	spec("stream_notify", libzmq.OptStreamNotify, kindBool, writeOnly),
	spec("tcp_keepalive", libzmq.OptTCPKeepalive, kindInt, readWrite),
	spec("tcp_keepalive_cnt", libzmq.OptTCPKeepaliveCnt, kindInt, readWrite),
	spec("tcp_keepalive_idle", libzmq.OptTCPKeepaliveIdle, kindInt, readWrite),
	spec("tcp_keepalive_intvl", libzmq.OptTCPKeepaliveIntvl, kindInt, readWrite),
	spec("tcp_maxrt", libzmq.OptTCPMaxRT, kindDuration, readWrite),
	spec("tos", libzmq.OptTOS, kindInt, readWrite),
	spec("type", libzmq.OptType, kindInt, readOnly),
	spec("use_fd", libzmq.OptUseFD, kindInt, readWrite),
	spec("xpub_manual", libzmq.OptXPubManual, kindBool, writeOnly),
	spec("xpub_nodrop", libzmq.OptXPubNoDrop, kindBool, writeOnly),
	spec("xpub_verbose", libzmq.OptXPubVerbose, kindBool, writeOnly),
	spec("xpub_verboser", libzmq.OptXPubVerboser, kindBool, writeOnly),
	spec("xpub_welcome_msg", libzmq.OptXPubWelcomeMsg, kindBytes, writeOnly),
	spec("zap_domain", libzmq.OptZapDomain, kindString, readWrite),
	spec("zap_enforce_domain", libzmq.OptZapEnforceDomain, kindBool, readWrite),
}

// reserved options are the library's own business.
var reserved = map[string]string{
	"fd": "the reactor watches it", "events": "the actor reads it", "rcvmore": "messages are whole",
	"subscribe": "use Subscribe", "unsubscribe": "use Unsubscribe", "sndtimeo": "calls take a context", "rcvtimeo": "calls take a context",
}

func findOption(name string) (*optionSpec, error) {
	for _, o := range optionTable {
		if o.name == name {
			return o, nil
		}
	}
	if why, ok := reserved[name]; ok {
		return nil, &Error{Op: "option", Option: name, Err: ErrOptionDirection, Hint: why}
	}
	return nil, &Error{Op: "option", Option: name, Err: ErrUnknownOption, Hint: "names are libzmq's without ZMQ_, in lower case"}
}

// writableOption finds the option and checks the value before libzmq sees it.
func writableOption(name string, value any) (*optionSpec, any, error) {
	o, err := findOption(name)
	if err != nil {
		return nil, nil, err
	}
	if !o.writable {
		return nil, nil, &Error{Op: "set", Option: name, Err: ErrOptionDirection, Hint: "it can be read only"}
	}
	converted, ok := o.convert(value)
	if !ok {
		return nil, nil, &Error{Op: "set", Option: name, Err: fmt.Errorf("%w: want %v, got %T", ErrOptionType, o.kind, value)}
	}
	return o, converted, nil
}

// convert accepts the option's own type, and for numbers an int.
func (o *optionSpec) convert(value any) (any, bool) {
	switch o.kind {
	case kindBool:
		v, ok := value.(bool)
		return v, ok
	case kindInt:
		v, ok := value.(int)
		return v, ok
	case kindInt64:
		if v, ok := value.(int); ok {
			return int64(v), true
		}
		v, ok := value.(int64)
		return v, ok
	case kindUint64:
		if v, ok := value.(int); ok && v >= 0 {
			return uint64(v), true
		}
		v, ok := value.(uint64)
		return v, ok
	case kindDuration:
		v, ok := value.(time.Duration)
		return v, ok
	case kindString:
		v, ok := value.(string)
		return v, ok
	default:
		if v, ok := value.(string); ok {
			return []byte(v), true
		}
		v, ok := value.([]byte)
		return bytes.Clone(v), ok
	}
}

func (o *optionSpec) write(zmq *libzmq.Socket, value any) error {
	switch v := value.(type) {
	case bool:
		n := 0
		if v {
			n = 1
		}
		return zmq.SetInt(o.number, n)
	case int:
		return zmq.SetInt(o.number, v)
	case int64:
		return zmq.SetInt64(o.number, v)
	case uint64:
		return zmq.SetUint64(o.number, v)
	case time.Duration:
		return zmq.SetInt(o.number, milliseconds(v))
	case string:
		return zmq.SetBytes(o.number, []byte(v))
	case []byte:
		return zmq.SetBytes(o.number, v)
	}
	return ErrOptionType
}

// milliseconds rounds up, so that a short positive time does not become none; negative means infinite or the default.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int((d + time.Millisecond - 1) / time.Millisecond)
}

func (o *optionSpec) read(zmq *libzmq.Socket) (any, error) {
	switch o.kind {
	case kindBool:
		v, err := zmq.GetInt(o.number)
		return v != 0, err
	case kindInt:
		return zmq.GetInt(o.number)
	case kindInt64:
		return zmq.GetInt64(o.number)
	case kindUint64:
		return zmq.GetUint64(o.number)
	case kindDuration:
		v, err := zmq.GetInt(o.number)
		if v < 0 {
			return time.Duration(-1), err
		}
		return time.Duration(v) * time.Millisecond, err
	case kindString:
		v, err := zmq.GetBytes(o.number)
		return string(bytes.TrimRight(v, "\x00")), err
	default:
		return zmq.GetBytes(o.number)
	}
}

func (o *owner) setOption(name string, value any) error {
	option, converted, err := writableOption(name, value)
	if err != nil {
		return err
	}
	if err := o.mayChange(option, converted); err != nil {
		return err
	}
	if err := option.write(o.zmq, converted); err != nil {
		return o.fault("set", "", name, err)
	}
	o.desired.set(option, converted)
	return nil
}

func (o *owner) option(name string) (any, error) {
	option, err := findOption(name)
	if err != nil {
		return nil, err
	}
	if !option.readable {
		return nil, &Error{Op: "get", Socket: o.name, Option: name, Err: ErrOptionDirection, Hint: "it can be written only"}
	}
	if name == "type" {
		return int(o.typ), nil // a Pub is an XPUB underneath
	}
	value, err := option.read(o.zmq)
	if err != nil {
		return nil, o.fault("get", "", name, err)
	}
	return value, nil
}

// defaultSettings are the safe ones of the library; options of the user come after them and win.
func defaultSettings(t Type) []optionSetting {
	settings := []optionSetting{
		{"linger", 100 * time.Millisecond},
		{"handshake_ivl", 5 * time.Second},
		{"heartbeat_ivl", 2 * time.Second},
		{"heartbeat_timeout", 6 * time.Second},
		{"connect_timeout", 5 * time.Second},
		{"reconnect_ivl", 100 * time.Millisecond},
		{"reconnect_ivl_max", 10 * time.Second},
		{"maxmsgsize", int64(64 << 20)},
		{"zap_enforce_domain", true},
	}
	switch t {
	case Req:
		settings = append(settings, optionSetting{"req_relaxed", true}, optionSetting{"req_correlate", true})
	case Router:
		settings = append(settings, optionSetting{"router_mandatory", true})
	}
	return settings
}

type optionSetting struct {
	name  string
	value any
}
