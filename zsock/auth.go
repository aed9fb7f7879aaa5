package zsock

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/supervision"
)

// Authenticator says who may connect to the secured sockets of a system, domain by domain. A domain without Rules admits
// nobody. There is one in each System, whose methods any goroutine may call at any time; rules hold for every connection that is
// judged after Set returned, without a restart of anything. A connection that is there already stays: close its socket to end it.
//
// Two actors stand behind it, both started with the first secured socket. One owns the socket that libzmq asks, and runs no code
// of the program's. The other one judges. When it is slow, fails, restarts or is gone, nobody comes in until it is back.
type Authenticator struct {
	sys    *System
	limits AuthLimits
	serial atomic.Uint64 // of requests, over all incarnations

	running   atomic.Int64 // checks of the program's that have not returned
	malformed atomic.Uint64
	log       throttle

	mu      sync.Mutex
	domains map[string]*domain
	others  AuthCount       // of domains without rules
	told    map[string]bool // domains without rules that the log has named

	gate    chan struct{} // capacity 1: who holds it may start the actors
	probed  bool
	handler atomic.Pointer[actor.Ref[zapCommand]]
	judge   atomic.Pointer[actor.Ref[authCommand]]
}

// AuthLimits bound what authentication may use. Zero values mean the defaults.
type AuthLimits struct {
	// Timeout is how long one decision may take; then it is a refusal. The default is 3 s. Peers give up after their option
	// handshake_ivl, 5 s by default.
	Timeout time.Duration
	// Concurrent is how many Check functions run at once; the default is 16. One that does not heed its context keeps its place
	// until it returns.
	Concurrent int
	// Pending is how many connections may wait for a decision; the default is 512. Those beyond are refused.
	Pending int
}

// WithAuthLimits changes how long, and how many at once, connections may wait for their judgement.
func WithAuthLimits(l AuthLimits) SystemOption { return func(o *systemOptions) { o.auth = l } }

// AuthCount counts decisions.
type AuthCount struct {
	Admitted uint64 `json:"admitted"`
	Denied   uint64 `json:"denied"` // the rules said no
	Failed   uint64 `json:"failed"` // refused because nobody could say: too slow, too many, a panic, a restart
}

// AuthStats counts what the authenticator did since the system started. Peers that fail before libzmq asks, with the wrong
// key of the server or without any, are counted by their socket: see Socket.Rejected.
type AuthStats struct {
	AuthCount                      // all domains together
	Malformed uint64               `json:"malformed"` // requests that libzmq can't have sent, dropped
	Domains   map[string]AuthCount `json:"domains"`   // of those that have or had rules
}

type domain struct {
	rules *ruleSet // nil: none
	count AuthCount
}

// Authenticator gives the system's authenticator.
func (s *System) Authenticator() *Authenticator { return &s.auth }

func (a *Authenticator) init(s *System) {
	a.sys, a.gate = s, make(chan struct{}, 1)
	a.domains, a.told = make(map[string]*domain), make(map[string]bool)
	l := s.options.auth
	if l.Timeout <= 0 {
		l.Timeout = 3 * time.Second
	}
	a.limits = AuthLimits{Timeout: l.Timeout, Concurrent: cmp.Or(max(0, l.Concurrent), 16), Pending: cmp.Or(max(0, l.Pending), 512)}
}

// Set replaces the rules of a domain at once. What r refers to is copied. ErrSecurity says what is wrong with the rules; then the
// ones before stay.
func (a *Authenticator) Set(domainName string, r Rules) error {
	return a.change(domainName, func(*ruleSet) (*ruleSet, error) { return newRuleSet(r) })
}

// SetClients replaces the clients of a domain and leaves its other rules as they are.
func (a *Authenticator) SetClients(domainName string, clients Clients) error {
	return a.change(domainName, func(old *ruleSet) (*ruleSet, error) {
		if old == nil {
			return newRuleSet(Rules{Clients: clients})
		}
		r := old.Rules
		r.Clients = clients
		set, err := newRuleSet(r)
		if err == nil {
			set.users, set.salt = old.users, old.salt // of the passwords only hashes are left
		}
		return set, err
	})
}

// ReloadClients replaces the clients of a domain by the certificates in a directory, see LoadClients, and returns how many these
// are. On an error the clients before stay.
func (a *Authenticator) ReloadClients(domainName, dir string) (n int, err error) {
	clients, err := LoadClients(dir)
	if err != nil {
		return 0, err
	}
	return len(clients), a.SetClients(domainName, clients)
}

// Remove takes a domain's rules away: it admits nobody any more.
func (a *Authenticator) Remove(domainName string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.domains[domainName]; d != nil {
		d.rules = nil
		delete(a.told, domainName)
	}
}

func (a *Authenticator) change(name string, edit func(old *ruleSet) (*ruleSet, error)) error {
	if !validDomain(name) {
		return &Error{Op: "set rules", Err: fmt.Errorf("%w: a domain has 1 to 255 printable ASCII characters", ErrSecurity)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.domains[name]
	if d == nil {
		d = &domain{}
	}
	set, err := edit(d.rules)
	if err != nil {
		return &Error{Op: "set rules", Endpoint: name, Err: err}
	}
	d.rules = set
	a.domains[name] = d
	return nil
}

// rulesOf gives the rules of the moment; nil if there are none.
func (a *Authenticator) rulesOf(name string) *ruleSet {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.domains[name]; d != nil {
		return d.rules
	}
	return nil
}

// Stats gives the counts.
func (a *Authenticator) Stats() AuthStats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := AuthStats{AuthCount: a.others, Malformed: a.malformed.Load(), Domains: make(map[string]AuthCount, len(a.domains))}
	for name, d := range a.domains {
		s.Domains[name] = d.count
		s.Admitted += d.count.Admitted
		s.Denied += d.count.Denied
		s.Failed += d.count.Failed
	}
	return s
}

// String gives the counts and nothing of the rules.
func (a *Authenticator) String() string {
	s := a.Stats()
	return fmt.Sprintf("authenticator: admitted %d, denied %d, failed %d, malformed %d", s.Admitted, s.Denied, s.Failed, s.Malformed)
}

// Format prints String, whatever the verb.
func (a *Authenticator) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

func (a *Authenticator) countOne(name string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	count := &a.others
	if d := a.domains[name]; d != nil {
		count = &d.count
	}
	switch status {
	case zapAdmit:
		count.Admitted++
	case zapDeny:
		count.Denied++
	default:
		count.Failed++
	}
}

// tellOnce reports whether a domain without rules is to be named in the log: once each, as long as there are not too many.
func (a *Authenticator) tellOnce(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told[name] || len(a.told) >= maxTold {
		return false
	}
	a.told[name] = true
	return true
}

const maxTold = 256

func (a *Authenticator) details() []actor.Detail {
	s := a.Stats()
	details := []actor.Detail{{Key: "admitted", Value: s.Admitted}, {Key: "denied", Value: s.Denied}, {Key: "failed", Value: s.Failed},
		{Key: "malformed", Value: s.Malformed}}
	for _, name := range slices.Sorted(maps.Keys(s.Domains)) {
		d := s.Domains[name]
		details = append(details, actor.Detail{Key: name, Value: fmt.Sprintf("%d/%d/%d", d.Admitted, d.Denied, d.Failed)})
	}
	return details
}

// ensure has somebody there to judge before a secured socket gets its first endpoint. What it can't start, no socket opens
// without.
func (a *Authenticator) ensure(ctx context.Context) error {
	select {
	case a.gate <- struct{}{}:
		defer func() { <-a.gate }()
	case <-ctx.Done():
		return causeOf(ctx)
	}
	if !a.probed {
		if err := probeEnforcement(ctx); err != nil {
			return err
		}
		a.probed = true
	}
	if ref := a.judge.Load(); ref == nil || over(*ref) {
		started, err := supervision.Spawn(ctx, a.sys.security, "authenticator", supervision.Permanent,
			func() actor.Behavior[authCommand] { return &authJudge{Authenticator: a} },
			actor.WithKind("authenticator"), actor.WithMailbox(a.limits.Pending), actor.WithDetails(a.details))
		if err != nil {
			return err
		}
		a.judge.Store(&started)
	}
	if ref := a.handler.Load(); ref == nil || over(*ref) {
		started, err := supervision.Spawn(ctx, a.sys.security, "zap", supervision.Permanent,
			func() actor.Behavior[zapCommand] { return &zapHandler{Authenticator: a} },
			actor.WithKind("zap handler"), actor.WithMailbox(2*a.limits.Pending))
		if err != nil {
			return err
		}
		a.handler.Store(&started)
	}
	return nil
}

// ofSecurity is about actors of which none runs code of the program's, so what fails there fails for a passing reason.
func ofSecurity(sockets supervision.Spec) supervision.Spec {
	return supervision.Spec{Isolate: true, Intensity: 100, Backoff: sockets.Backoff}
}

func over(h actor.Handle) bool {
	select {
	case <-h.Done():
		return true
	default:
		return false
	}
}

// throttle keeps peers from flooding the log: so many lines in a second, then one that counts the rest.
type throttle struct {
	mu     sync.Mutex
	since  time.Time
	lines  int
	silent int
}

const linesPerSecond = 10

func (t *throttle) warn(l *slog.Logger, text string, attributes ...any) {
	t.mu.Lock()
	now, silent := time.Now(), 0
	if now.Sub(t.since) >= time.Second {
		silent = t.silent
		t.since, t.lines, t.silent = now, 0, 0
	}
	t.lines++
	quiet := t.lines > linesPerSecond
	if quiet {
		t.silent++
	}
	t.mu.Unlock()
	if silent > 0 {
		l.Warn("more connections were refused than the log was told", "refused", silent)
	}
	if !quiet {
		l.Warn(text, attributes...)
	}
}
