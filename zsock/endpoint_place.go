package zsock

import (
	"errors"
	"slices"

	"github.com/actomq/actomq/internal/libzmq"
)

// place parses and judges an endpoint.
func (s *Socket) place(op Op, text string, unsafe bool) (place, error) {
	if err := s.complete(); err != nil {
		return place{}, err
	}
	if err := s.reservedName(op, text, unsafe); err != nil {
		return place{}, err
	}
	if unsafe {
		s.sys.logger.Warn("endpoint without parser and policy", "op", op.String(), "socket", s.name, "endpoint", text)
		p := place{asked: text, request: text, resolved: text, handle: text, unsafe: true}
		if endpoint, err := ParseEndpoint(text); err == nil && endpoint.String() == text {
			p.endpoint = endpoint // for the books only
		}
		return p, nil
	}
	endpoint, err := parseFor(op, text)
	if err != nil {
		return place{}, &Error{Op: op.String(), Socket: s.name, Err: err}
	}
	hint, err := endpoint.possible(s.typ)
	if err == nil {
		hint, err = s.protects(endpoint)
	}
	if err != nil {
		return place{}, &Error{Op: op.String(), Socket: s.name, Endpoint: endpoint.String(), Err: err, Hint: hint}
	}
	if denied := s.judge(op, endpoint); denied != nil {
		return place{}, denied
	}
	rendered := endpoint.String()
	return place{asked: rendered, request: rendered, resolved: rendered, handle: rendered, endpoint: endpoint}, nil
}

// judge asks the system's policy. What is secure is what the socket is told to be by now.
func (s *Socket) judge(op Op, endpoint Endpoint) error {
	mechanism := s.mechanismAt(endpoint)
	access := Access{Op: op, Endpoint: endpoint, Secure: mechanism == MechanismCurve, Mechanism: mechanism, Type: s.typ}
	if denied := checkPolicy(s.sys.options.policy, access); denied != nil {
		return denied
	}
	return nil
}

// judgeAgain asks the policy about everything that a new incarnation is about to use: the policy, what an interface or a link
// stands for, or the socket's own security may have changed since. A refusal fails the incarnation.
func (s *Socket) judgeAgain() error {
	for _, kind := range []struct {
		op     Op
		places []place
	}{{OpBind, s.desired.binds}, {OpConnect, s.desired.connects}} {
		for _, p := range kind.places {
			if p.unsafe {
				continue
			}
			if err := s.judge(kind.op, p.endpoint); err != nil {
				return err
			}
		}
	}
	return nil
}

// each does one thing to several endpoints, in order. The first failure ends it, and tells which it was and what was done.
func (s *Socket) each(op Op, endpoints []string, do func(text string) error) error {
	for i, text := range endpoints {
		err := do(text)
		if err == nil {
			continue
		}
		if len(endpoints) == 1 {
			return err
		}
		var own *Error
		if !errors.As(err, &own) {
			own = &Error{Op: op.String(), Socket: s.name, Err: err}
		}
		if own.Endpoint == "" {
			own.Endpoint = text
		}
		own.Done = slices.Clone(endpoints[:i])
		return own
	}
	return nil
}

// remove undoes binds or connects, named as they were resolved or as they were asked for.
func (o *owner) remove(op Op, places *[]place, endpoints []string, undo func(place) error) error {
	return o.each(op, endpoints, func(text string) error {
		i, err := o.find(op, *places, text)
		if err != nil {
			return err
		}
		p := (*places)[i]
		if !p.unsafe {
			if err := o.judge(op, p.endpoint); err != nil {
				return err
			}
		}
		if err := undo(p); err != nil {
			return o.fault(op.String(), text, "", err)
		}
		// libzmq has undone every one of that name.
		*places = slices.DeleteFunc(*places, func(same place) bool { return same.handle == p.handle })
		return nil
	})
}

// find prefers the resolved form: it names one place, while a wildcard may have been asked for more than once. Then the oldest
// is meant.
func (s *Socket) find(op Op, places []place, text string) (int, error) {
	asked := text
	endpoint, err := parseFor(op, text)
	if err == nil {
		asked = endpoint.String()
	}
	for _, same := range []func(place) bool{
		func(p place) bool { return p.resolved == asked || p.resolved == text || p.handle == text },
		func(p place) bool { return p.asked == asked || p.asked == text },
	} {
		if i := slices.IndexFunc(places, same); i >= 0 {
			return i, nil
		}
	}
	if err != nil {
		return -1, &Error{Op: op.String(), Socket: s.name, Err: err}
	}
	return -1, &Error{Op: op.String(), Socket: s.name, Endpoint: text, Err: ErrNoEndpoint, Hint: "Endpoints lists what there is"}
}

// settle notes what libzmq bound. A restart asks for the same host in the same words, so that the name of an interface stays one,
// and for the port that the system chose.
func (p *place) settle(actual string) {
	if actual == "" {
		return
	}
	p.handle, p.resolved = actual, actual
	bound, err := ParseEndpoint(actual)
	if err == nil {
		p.resolved = bound.String()
	}
	switch {
	case p.endpoint.Transport() == TransportTCP && err == nil:
		again := p.endpoint
		again.target.port = bound.target.port
		p.request = again.String()
	case p.unsafe && p.request != "ipc://*": // whose directory goes with the listener
		p.request = actual
	}
}

// bindFault adds what usually helps.
func (o *owner) bindFault(p *place, err error) error {
	var own *Error
	if errors.As(err, &own) {
		own.Socket = o.name
		return own
	}
	fault := o.fault("bind", p.request, "", err)
	if !errors.As(fault, &own) || own.Hint != "" {
		return fault
	}
	for _, known := range []struct {
		code libzmq.Errno
		hint string
	}{
		{libzmq.ENODEV, "to bind, name an address or an interface of this machine"},
		{libzmq.EADDRNOTAVAIL, "to bind, name an address or an interface of this machine"},
		{libzmq.ENOENT, "the directory of an ipc path has to exist"},
	} {
		if errors.Is(err, known.code) {
			own.Hint = known.hint
		}
	}
	return fault
}
