package zsock

import (
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/actomq/actomq/internal/libzmq"
)

// Mechanism is how the two ends of a connection prove who they are (ZMTP, ZeroMQ RFC 23).
type Mechanism int

// The mechanisms that libzmq always has, and CURVE.
const (
	MechanismNull  Mechanism = iota // no proof, no encryption
	MechanismPlain                  // user name and password, in plain text (RFC 24)
	MechanismCurve                  // keys; encrypted and authenticated both ways (RFC 26)
)

// String gives the name that libzmq uses.
func (m Mechanism) String() string {
	switch m {
	case MechanismNull:
		return "NULL"
	case MechanismPlain:
		return "PLAIN"
	case MechanismCurve:
		return "CURVE"
	}
	return fmt.Sprintf("Mechanism(%d)", int(m))
}

// DefaultDomain is the ZAP domain of a secured socket that names no other.
const DefaultDomain = "global"

// WithCurveServer makes the socket the server of CURVE: all its connections over tcp and ipc are encrypted, its clients know it
// by its public key, and whether a client may come in is decided by the Rules of the socket's domain, see System.Authenticator.
// Without rules nobody may. The certificate needs its secret key. Most servers bind, though that is not a must.
func WithCurveServer(own Certificate) SocketOption {
	return func(c *socketConfig) {
		if !own.HasSecret() {
			c.fail(fmt.Errorf("%w: the certificate of a CURVE server needs its secret key", ErrSecurity))
			return
		}
		c.secure(optionSetting{"curve_publickey", own.public.String()}, optionSetting{"curve_secretkey", own.secret()},
			optionSetting{"curve_server", true})
	}
}

// WithCurveClient makes the socket a client of CURVE: it speaks with whoever has the secret key that belongs to server, and
// with nobody else. own says who the client is, and needs its secret key; a client that nobody needs to know may use a
// certificate that it has just generated.
func WithCurveClient(own Certificate, server PublicKey) SocketOption {
	return func(c *socketConfig) {
		if !own.HasSecret() || server.IsZero() {
			c.fail(fmt.Errorf("%w: a CURVE client needs a certificate with its secret key, and the server's public key", ErrSecurity))
			return
		}
		c.secure(optionSetting{"curve_publickey", own.public.String()}, optionSetting{"curve_secretkey", own.secret()},
			optionSetting{"curve_serverkey", server.String()})
	}
}

// WithPlainServer makes the socket the server of PLAIN: clients tell a user name and a password, about which the Rules of the
// socket's domain decide. Both, and all messages, cross the network in plain text, so the default policy allows it on this
// machine only.
func WithPlainServer() SocketOption {
	return func(c *socketConfig) { c.secure(optionSetting{"plain_server", true}) }
}

// WithPlainClient makes the socket a client of PLAIN with that user name and password, of 1 to 255 bytes each. It tells them
// to whoever answers at the endpoint, so the default policy allows endpoints on this machine only, see AllowPlaintext.
func WithPlainClient(user string, password Password) SocketOption {
	return func(c *socketConfig) {
		if n, m := len(user), len(password); n == 0 || n > 255 || m == 0 || m > 255 {
			c.fail(fmt.Errorf("%w: a PLAIN client needs a user name and a password of 1 to 255 bytes", ErrSecurity))
			return
		}
		c.secure(optionSetting{"plain_username", user}, optionSetting{"plain_password", string(password)})
	}
}

// WithDomain sets the ZAP domain whose Rules judge who may connect; the default of a CURVE or PLAIN server is DefaultDomain. On a
// socket without either, it has connections judged by their address, on whichever side the socket is.
func WithDomain(domain string) SocketOption {
	return func(c *socketConfig) {
		if !validDomain(domain) {
			c.fail(fmt.Errorf("%w: a domain has 1 to 255 printable ASCII characters", ErrSecurity))
			return
		}
		c.settings = append(c.settings, optionSetting{"zap_domain", domain})
	}
}

func validDomain(domain string) bool {
	if domain == "" || len(domain) > 255 {
		return false
	}
	for i := range len(domain) {
		if domain[i] <= ' ' || domain[i] > '~' {
			return false
		}
	}
	return true
}

func (c *socketConfig) fail(err error) {
	if c.invalid == nil {
		c.invalid = err
	}
}

// secure adds what makes up one side of one mechanism. Two of them on one socket would leave open which one holds.
func (c *socketConfig) secure(settings ...optionSetting) {
	if c.secured {
		c.fail(fmt.Errorf("%w: a socket is the server or the client of one mechanism", ErrSecurity))
		return
	}
	c.secured = true
	c.settings = append(c.settings, settings...)
}

// securityOptions decide about a socket's mechanism and what is behind it.
var securityOptions = []string{"plain_server", "plain_username", "plain_password", "curve_server", "curve_publickey",
	"curve_secretkey", "curve_serverkey", "zap_domain", zapEnforce}

const zapEnforce = "zap_enforce_domain"

func isSecurity(option *optionSpec) bool { return slices.Contains(securityOptions, option.name) }

// guarded hides the values that are secret, which the desired state keeps for restarts.
func guarded(option *optionSpec, value any) any {
	if text, ok := value.(string); ok && isSecret(option.name) {
		return conceal(text)
	}
	return value
}

// plain is the value as libzmq gets it.
func (s setting) plain() any {
	if reveal, ok := s.value.(secret); ok {
		return reveal()
	}
	return s.value
}

// mechanism does what libzmq does with these options, in their order: the last one wins.
func (d *desired) mechanism() (m Mechanism, server bool) {
	for _, s := range d.options {
		on := s.value == true
		switch s.option.name {
		case "plain_server":
			m, server = MechanismNull, on
			if on {
				m = MechanismPlain
			}
		case "curve_server":
			m, server = MechanismNull, on
			if on {
				m = MechanismCurve
			}
		case "plain_username", "plain_password":
			m, server = MechanismPlain, false
		case "curve_publickey", "curve_secretkey":
			m = MechanismCurve
		case "curve_serverkey":
			m, server = MechanismCurve, false
		}
	}
	return m, server
}

// judged reports whether libzmq asks the ZAP handler about each connection: once the default domain is set, it does so for
// every server, and on both sides of a socket without a mechanism that has a domain.
func (d *desired) judged() bool {
	m, server := d.mechanism()
	return server || m == MechanismNull && d.domain() != ""
}

func (d *desired) domain() string {
	domain, _ := d.get("zap_domain").(string)
	return domain
}

// mechanismAt is what the two sides of a connection at that endpoint prove by. A Stream speaks raw tcp, the multicast transports
// a protocol of their own, whatever the options say.
func (s *Socket) mechanismAt(e Endpoint) Mechanism {
	if s.typ == Stream || e.multicasts() {
		return MechanismNull
	}
	m, _ := s.desired.mechanism()
	return m
}

func (e Endpoint) multicasts() bool {
	switch e.Transport() {
	case TransportUDP, TransportPGM, TransportEPGM:
		return true
	}
	return false
}

// protects refuses a mechanism where libzmq would leave it out in silence.
func (s *Socket) protects(e Endpoint) (hint string, err error) {
	if m, _ := s.desired.mechanism(); e.multicasts() && (m != MechanismNull || s.desired.judged()) {
		return "use tcp, or a socket that is told nothing of security", fmt.Errorf("%w: %s has no mechanism, and nobody judges who takes part", ErrSecurity, e.Transport())
	}
	return "", nil
}

// complete refuses a mechanism that lacks a key: libzmq would take one of zeros, which everybody knows.
func (s *Socket) complete() error {
	m, server := s.desired.mechanism()
	if s.typ == Stream && (m != MechanismNull || s.desired.judged()) {
		return &Error{Op: "secure", Socket: s.name, Err: fmt.Errorf("%w: a Stream speaks raw tcp, which has none", ErrSecurity)}
	}
	needs := map[Mechanism][]string{
		MechanismCurve: {"curve_secretkey"},
		MechanismPlain: {"plain_username", "plain_password"},
	}[m]
	switch {
	case m == MechanismPlain && server:
		needs = nil
	case m == MechanismCurve && !server:
		needs = []string{"curve_publickey", "curve_secretkey", "curve_serverkey"}
	}
	for _, name := range needs {
		if s.desired.get(name) == nil {
			return &Error{Op: "secure", Socket: s.name, Option: name, Err: fmt.Errorf("%w: %v needs it", ErrSecurity, m),
				Hint: "WithCurveServer, WithCurveClient, WithPlainServer and WithPlainClient set all that is needed"}
		}
	}
	return nil
}

// mayChange refuses what comes too late, and what would weaken a socket behind its back. Connections keep the options of the time of their bind or
// connect, while a restart uses the newest for all, and the policy has judged those of the time; so security is settled
// before the first endpoint.
func (s *Socket) mayChange(option *optionSpec, value any) error {
	switch {
	case option.rights&early != 0 && s.desired.settled:
		return &Error{Op: "set", Socket: s.name, Option: option.name, Err: ErrOptionLate,
			Hint: "the socket has endpoints, or had; set it with the options of Open, or before the first bind or connect"}
	case !isSecurity(option):
		return nil
	case option.name == zapEnforce && value == true:
		return nil
	case option.name == zapEnforce:
		return &Error{Op: "set", Socket: s.name, Option: option.name,
			Err:  fmt.Errorf("%w: without it libzmq lets everybody in while nobody judges", ErrSecurity),
			Hint: "to let everybody in, say so in the Rules of the domain"}
	case option.name == "zap_domain" && value != "" && !validDomain(value.(string)):
		return &Error{Op: "set", Socket: s.name, Option: option.name, Err: fmt.Errorf("%w: a domain has 1 to 255 printable ASCII characters", ErrSecurity)}
	case s.desired.settled:
		return &Error{Op: "set", Socket: s.name, Option: option.name, Err: fmt.Errorf("%w: the socket has endpoints, or had", ErrSecurity),
			Hint: "set it before the first bind or connect, best with the options of Open"}
	}
	return nil
}

// shield puts what libzmq needs to keep strangers out before the first bind or connect of a kind that strangers can reach.
// A socket that nobody could judge gets no endpoint.
func (o *owner) shield() error {
	names := slices.DeleteFunc(slices.Clone(o.desired.properties), func(name string) bool { return name == propertyUser })
	if o.desired.secure() { // which may have been decided after the limit was set
		if err := o.zmq.SetInt64(libzmq.OptMaxMsgSize, o.wireLimit(o.desired.largest)); err != nil {
			return err
		}
	}
	if o.desired.judged() {
		if o.desired.domain() == "" {
			// Without a domain libzmq would not ask; as a server of PLAIN it would end the process.
			option, value, err := writableOption(o.typ, "zap_domain", DefaultDomain)
			if err != nil {
				return err
			}
			if err := option.write(o.zmq, value); err != nil {
				return err
			}
			o.desired.set(option, value)
		}
		if err := o.zmq.SetInt(libzmq.OptZapEnforceDomain, 1); err != nil {
			return err
		}
		if err := o.sys.auth.ensure(*o.alive.Load()); err != nil {
			return err
		}
		// A peer may claim any user id, but not where libzmq has one from the authenticator.
		names = append(names, propertyUser, propertyAddress)
	}
	return o.zmq.Want(names...)
}

// Format prints the command without a value that is a secret.
func (c SetOption) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.shown()) }

// LogValue gives slog what Format prints.
func (c SetOption) LogValue() slog.Value { return slog.StringValue(c.shown()) }

// MarshalText gives encoders what Format prints.
func (c SetOption) MarshalText() ([]byte, error) { return []byte(c.shown()), nil }

func (c SetOption) shown() string {
	if isSecret(c.Name) {
		return "set option " + c.Name + " to " + hidden
	}
	return fmt.Sprintf("set option %s to %v", c.Name, c.Value)
}

func isSecret(option string) bool { return option == "curve_secretkey" || option == "plain_password" }
