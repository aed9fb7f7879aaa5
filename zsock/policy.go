package zsock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/actomq/actomq/actor"
)

// Op is what an Access wants to do with an endpoint.
type Op int

// The operations that a policy judges.
const (
	OpBind Op = iota
	OpConnect
	OpUnbind
	OpDisconnect
)

// String gives the operation as a verb.
func (o Op) String() string {
	switch o {
	case OpBind:
		return "bind"
	case OpConnect:
		return "connect"
	case OpUnbind:
		return "unbind"
	case OpDisconnect:
		return "disconnect"
	default:
		return fmt.Sprintf("Op(%d)", int(o))
	}
}

// Access is one use of an endpoint that a policy allows or refuses.
type Access struct {
	// Op says what shall happen.
	Op Op
	// Endpoint is the parsed endpoint, which is what libzmq will get.
	Endpoint Endpoint
	// Secure tells whether the socket encrypts and authenticates with CURVE.
	Secure bool
	// Mechanism is how the two sides of the connection prove who they are. A client of PLAIN tells its password.
	Mechanism Mechanism
	// Type is the type of the socket.
	Type Type
}

// EndpointPolicy decides which endpoints sockets may use. Check gives nil to allow
// and otherwise an error that says why not, best a *DeniedError. It is called by
// many goroutines, before libzmq sees the endpoint, and must not wait for the
// network.
//
// A bind or connect is judged when it is asked for and again whenever a restart of the
// socket repeats it; an unbind or disconnect is judged with the endpoint that was asked
// for then. A refused restart fails the socket with the refusal.
//
// The rules of this package are predicates that All, Any and Deny compose. A rule
// that cannot tell, such as CIDR about a host name, refuses, and Deny of that rule
// refuses too. A nil policy allows nothing, and a Check that panics has refused.
type EndpointPolicy interface {
	Check(Access) error
}

// PolicyFunc is a function as an EndpointPolicy.
type PolicyFunc func(Access) error

// Check calls f.
func (f PolicyFunc) Check(a Access) error {
	return f(a)
}

// DeniedError is the refusal of an endpoint by a policy. It matches ErrDenied with
// errors.Is.
type DeniedError struct {
	// Access is what was asked for.
	Access Access
	// Rule names the rule that refused.
	Rule string
	// Reason says why.
	Reason string
	// Hint says what to write to allow it; it may be empty.
	Hint string

	cause     error
	undecided bool
}

// Error gives one line, such as "zsock: bind tcp://0.0.0.0:5555 denied by
// DefaultPolicy: other machines can reach it ...; bind 127.0.0.1, or ...".
func (e *DeniedError) Error() string {
	text := fmt.Sprintf("%s%s %s denied by %s", errorPrefix, e.Access.Op, e.Access.Endpoint, e.Rule)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives ErrDenied, and the error of a foreign policy that refused.
func (e *DeniedError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrDenied}
	}
	return []error{ErrDenied, e.cause}
}

// checkPolicy asks one policy. Whatever it says, the refusal is a *DeniedError.
func checkPolicy(p EndpointPolicy, a Access) (denied *DeniedError) {
	if p == nil {
		return &DeniedError{Access: a, Rule: "nil policy", Reason: "a nil policy allows nothing"}
	}
	var err error
	if own, ok := p.(described); ok {
		err = own.Check(a) // which calls others by way of this function
	} else if fault := actor.Guard(func() { err = p.Check(a) }); fault != nil {
		return &DeniedError{Access: a, Rule: describe(p), Reason: "it could not decide: " + fault.Error(), undecided: true}
	}
	switch err := err.(type) {
	case nil:
		return nil
	case *DeniedError:
		if err == nil {
			return &DeniedError{Access: a, Rule: describe(p), Reason: "it gave a nil *DeniedError, which is an error all the same", undecided: true}
		}
		return err
	default:
		err = actor.SafeError(err)
		return &DeniedError{Access: a, Rule: describe(p), Reason: strings.TrimPrefix(err.Error(), errorPrefix), cause: err}
	}
}

// described is a policy that can be named in a refusal.
type described struct {
	PolicyFunc
	name string
}

// String gives the policy about as it was written.
func (d described) String() string {
	return d.name
}

func describe(p EndpointPolicy) string {
	name := "policy"
	if named, ok := p.(fmt.Stringer); ok {
		_ = actor.Guard(func() { name = shorten(named.String()) })
	}
	return name
}

func call(name string, policies []EndpointPolicy) string {
	names := make([]string, len(policies))
	for i, p := range policies {
		names[i] = describe(p)
	}
	return name + "(" + strings.Join(names, ", ") + ")"
}

// DefaultPolicy keeps sockets on this machine unless they are encrypted or told
// otherwise:
//   - unbind and disconnect are always allowed;
//   - ipc, inproc and tcp on loopback may bind and connect;
//   - any other tcp endpoint may connect, unless that would send the password of a client of PLAIN in plain text;
//   - any other tcp endpoint may bind with CURVE only;
//   - other transports are refused.
//
// Loosen it with Any(DefaultPolicy(), AllowPlaintext("tcp://*:5555")), tighten it
// with All(DefaultPolicy(), Transports(TransportIPC, TransportInproc)).
func DefaultPolicy() EndpointPolicy {
	const rule = "DefaultPolicy"
	return described{name: rule, PolicyFunc: func(a Access) error {
		if a.Op == OpUnbind || a.Op == OpDisconnect {
			return nil
		}
		switch transport := a.Endpoint.Transport(); transport {
		case TransportIPC, TransportInproc:
			return nil
		case TransportTCP:
			if a.Op == OpConnect && a.Mechanism != MechanismPlain || a.Secure || onLoopback(a) {
				return nil
			}
			reason, instead := "other machines can reach it, and without CURVE they need no key and all messages are plain text", "bind 127.0.0.1, or "
			if a.Op == OpConnect {
				reason, instead = "PLAIN sends the password to another machine in plain text", ""
			}
			return &DeniedError{
				Access: a, Rule: rule, Reason: reason,
				Hint: fmt.Sprintf("%suse CURVE, or allow it with Any(DefaultPolicy(), AllowPlaintext(%q))", instead, a.Endpoint),
			}
		default:
			return &DeniedError{
				Access: a, Rule: rule,
				Reason: fmt.Sprintf("transport %q has no security", transport),
				Hint:   fmt.Sprintf("use tcp, ipc or inproc, or allow it with Any(DefaultPolicy(), Transports(%q))", transport),
			}
		}
	}}
}

// AllowPlaintext allows binds of the given tcp endpoints without CURVE, wherever other
// machines can reach them, and connects to them with a password of PLAIN. In these
// endpoints * as a host covers every host to bind and none to connect, and
// * as a port covers every port. It is meant for Any, beside the policy whose refusal
// it lifts. A text that is no tcp endpoint allows nothing, and the refusal tells so.
func AllowPlaintext(endpoints ...string) EndpointPolicy {
	var allowed []Endpoint
	var wrong []string
	for _, text := range endpoints {
		endpoint, err := parseFor(OpBind, text)
		switch {
		case err != nil:
			wrong = append(wrong, strings.TrimPrefix(err.Error(), errorPrefix))
		case endpoint.Transport() != TransportTCP:
			wrong = append(wrong, fmt.Sprintf("%q is not tcp", text))
		default:
			allowed = append(allowed, endpoint)
		}
	}
	return described{name: fmt.Sprintf("AllowPlaintext(%s)", quoted(endpoints)), PolicyFunc: func(a Access) error {
		bind := a.Op == OpBind || a.Op == OpUnbind
		tcp := a.Endpoint.Transport() == TransportTCP && (bind || a.Mechanism == MechanismPlain)
		for _, e := range allowed {
			if tcp && (e.Port() == 0 || e.Port() == a.Endpoint.Port()) &&
				(bind && e.Host() == wildcard || e.Host() == a.Endpoint.Host()) {
				return nil
			}
		}
		denied := &DeniedError{Access: a, Rule: "AllowPlaintext", Reason: "it is not in the list of endpoints"}
		switch {
		case len(wrong) > 0:
			denied.Hint = "correct the list: " + strings.Join(wrong, ", ")
		case tcp:
			denied.Hint = fmt.Sprintf("add %q to the list", a.Endpoint)
		}
		return denied
	}}
}

// All allows what every one of the policies allows; the first refusal is reported.
// All() allows everything.
func All(policies ...EndpointPolicy) EndpointPolicy {
	return described{name: call("All", policies), PolicyFunc: func(a Access) error {
		var first *DeniedError
		undecided := true
		for _, p := range policies {
			denied := checkPolicy(p, a)
			if denied == nil {
				continue
			}
			if first == nil {
				first = denied
			}
			undecided = undecided && denied.undecided
		}
		if first == nil {
			return nil
		}
		report := *first
		report.undecided = undecided
		return &report
	}}
}

// Any allows what one of the policies allows. The refusal names the rules of all, with
// the reason of the first. Any() allows nothing.
func Any(policies ...EndpointPolicy) EndpointPolicy {
	return described{name: call("Any", policies), PolicyFunc: func(a Access) error {
		report := &DeniedError{Access: a}
		var rules, hints []string
		for _, p := range policies {
			denied := checkPolicy(p, a)
			if denied == nil {
				return nil
			}
			rules = append(rules, denied.Rule)
			if denied.Hint != "" {
				hints = append(hints, denied.Hint)
			}
			if report.Reason == "" {
				report.Reason, report.cause = denied.Reason, denied.cause
			}
			report.undecided = report.undecided || denied.undecided
		}
		report.Rule = strings.Join(slices.Compact(rules), " and ")
		if len(rules) == 0 {
			report.Rule, report.Reason = "Any", "it has no policies"
		}
		report.Hint = strings.Join(slices.Compact(hints), ", or ")
		return report
	}}
}

// Deny refuses what one of the policies allows, and what one of them cannot tell. It
// allows the rest, so it belongs into All beside the policy that it narrows:
//
//	All(DefaultPolicy(), Deny(Hosts("*.example.org"), Ports(1, 1023)))
func Deny(policies ...EndpointPolicy) EndpointPolicy {
	return described{name: call("Deny", policies), PolicyFunc: func(a Access) error {
		var doubt *DeniedError
		for _, p := range policies {
			denied := checkPolicy(p, a)
			if denied == nil {
				return &DeniedError{
					Access: a, Rule: "Deny(" + describe(p) + ")", Reason: "it names this as forbidden",
					Hint: "use an endpoint that it does not name, or take it out of the policy",
				}
			}
			if denied.undecided && doubt == nil {
				doubt = &DeniedError{
					Access: a, Rule: "Deny(" + describe(p) + ")", Reason: "it may be forbidden: " + denied.Reason,
					Hint: denied.Hint, undecided: true,
				}
			}
		}
		if doubt == nil {
			return nil
		}
		return doubt
	}}
}

// ForBind asks all the policies about binds and unbinds, and allows other
// operations. For exceptions write ForBind(Deny(p)): Deny(ForBind(p)) would refuse
// every connect.
func ForBind(policies ...EndpointPolicy) EndpointPolicy {
	return forOps(call("ForBind", policies), All(policies...), OpBind, OpUnbind)
}

// ForConnect asks all the policies about connects and disconnects, and allows other
// operations.
func ForConnect(policies ...EndpointPolicy) EndpointPolicy {
	return forOps(call("ForConnect", policies), All(policies...), OpConnect, OpDisconnect)
}

func forOps(name string, p EndpointPolicy, ops ...Op) EndpointPolicy {
	return described{name: name, PolicyFunc: func(a Access) error {
		if slices.Contains(ops, a.Op) {
			return p.Check(a)
		}
		return nil
	}}
}

func quoted(list []string) string {
	quotes := make([]string, len(list))
	for i, text := range list {
		quotes[i] = fmt.Sprintf("%q", text)
	}
	return strings.Join(quotes, ", ")
}
