package zsock

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rules say who may connect to the secured sockets of one domain. All that is said must hold: the address must be allowed, the
// lists must know the peer, and Check, if there is one, must agree. The zero value admits nobody.
type Rules struct {
	// Clients may come in with CURVE. See LoadClients.
	Clients Clients
	// AnyClient lets everybody in who speaks CURVE and knows the server's public key, be it with a key made a moment ago.
	AnyClient bool
	// Users may come in with PLAIN, each with a password.
	Users map[string]Password
	// AnyUser leaves it to Check to judge user names and passwords; without Check, Set refuses it.
	AnyUser bool
	// Anonymous lets peers in that prove nothing (NULL): their address alone counts.
	Anonymous bool

	// Allow, unless it is empty, and Deny are about the peer's address. Deny wins. Peers over ipc have no address: they meet
	// an empty Allow only, and no Deny.
	Allow, Deny []netip.Prefix

	// Check is asked about each peer that everything above admits. It runs beside the actors, in as many goroutines as AuthLimits
	// allows, and has to heed its context, which ends at the deadline. An error or a panic of it is a refusal. What the Identity
	// leaves empty stays as the lists have it.
	Check func(ctx context.Context, who Credentials) (Identity, error)
}

// Identity is who a peer is, once it was let in.
type Identity struct {
	// User is the user id, which each message of the peer then carries, see Message.UserID: at most 255 bytes of printable
	// UTF-8 text.
	User string
}

// Credentials are what a peer that wants to connect has told. They print without the password.
type Credentials struct {
	Domain    string
	Mechanism Mechanism
	Address   netip.Addr // of a tcp peer; invalid over ipc
	Process   Process    // of a peer over ipc, where the system tells
	RoutingID []byte     // that the peer wants; it is no proof of anything
	Key       PublicKey  // CURVE; the peer has its secret half
	Username  string     // PLAIN
	Password  Password   // PLAIN
	User      string     // the user id by the lists, empty where they do not know the peer
}

// Process is the other end of an ipc connection, as Linux tells it.
type Process struct{ UID, GID, PID int }

// ruleSet are Rules as they are judged by: copied, and without passwords.
type ruleSet struct {
	Rules
	users map[string][sha256.Size]byte
	salt  [16]byte
}

func newRuleSet(r Rules) (*ruleSet, error) {
	if r.AnyUser && r.Check == nil {
		return nil, fmt.Errorf("%w: AnyUser needs a Check, since nobody would look at passwords", ErrSecurity)
	}
	set := &ruleSet{Rules: r, users: make(map[string][sha256.Size]byte, len(r.Users))}
	set.Clients, set.Allow, set.Deny = maps.Clone(r.Clients), slices.Clone(r.Allow), slices.Clone(r.Deny)
	for _, list := range [][]netip.Prefix{set.Allow, set.Deny} {
		for i, prefix := range list {
			if !prefix.IsValid() {
				return nil, fmt.Errorf("%w: an address prefix is not valid", ErrSecurity)
			}
			list[i] = plainPrefix(prefix)
		}
	}
	for key, user := range r.Clients {
		if key.IsZero() {
			return nil, fmt.Errorf("%w: the client %q has no key", ErrSecurity, user)
		}
		if !validUser(user) {
			return nil, fmt.Errorf("%w: the user id %q is not printable text of at most 255 bytes", ErrSecurity, user)
		}
	}
	_, _ = rand.Read(set.salt[:]) // it never fails
	for user, password := range r.Users {
		if user == "" || password == "" || !validUser(user) {
			return nil, fmt.Errorf("%w: the user %q needs a printable name of at most 255 bytes and a password", ErrSecurity, user)
		}
		set.users[user] = set.hash(password)
	}
	set.Users = nil
	return set, nil
}

func (s *ruleSet) hash(p Password) [sha256.Size]byte { return sha256.Sum256(append(s.salt[:], p...)) }

// validUser refuses what would be cut short or confused on its way: libzmq gives properties as C strings.
func validUser(user string) bool {
	return len(user) <= zapLimit && utf8.ValidString(user) && !strings.ContainsFunc(user, func(r rune) bool { return !unicode.IsPrint(r) })
}

// judge goes by the lists. An empty reason admits, as far as they are concerned. Reasons show nothing that a peer told in secret.
func (s *ruleSet) judge(who *Credentials) (reason string) {
	contains := func(p netip.Prefix) bool { return p.Contains(who.Address) }
	local := !who.Address.IsValid()
	switch {
	case len(s.Allow) > 0 && (local || !slices.ContainsFunc(s.Allow, contains)):
		return "its address is not allowed"
	case !local && slices.ContainsFunc(s.Deny, contains):
		return "its address is denied"
	case local && who.Process == (Process{}) && len(s.Allow)+len(s.Deny) > 0:
		return "its address is not known"
	}
	switch who.Mechanism {
	case MechanismCurve:
		user, known := s.Clients[who.Key]
		if !known && !s.AnyClient {
			return "its key is not known"
		}
		if user == "" {
			user = who.Key.String()
		}
		who.User = user
	case MechanismPlain:
		want, known := s.users[who.Username]
		got := s.hash(who.Password)
		right := subtle.ConstantTimeCompare(want[:], got[:]) == 1
		switch {
		case known && right:
			who.User = who.Username
		case !s.AnyUser:
			return "its user name or password is wrong"
		}
	default:
		if !s.Anonymous {
			return "it proves nothing (NULL), which these rules do not admit"
		}
	}
	return ""
}

// who reads a request. Addresses are compared as IPv4 wherever they stand for one.
func (r *zapRequest) who() *Credentials {
	who := &Credentials{Domain: r.domain, RoutingID: r.identity}
	if address, err := netip.ParseAddr(r.address); err == nil {
		who.Address = address.Unmap().WithZone("")
	} else {
		who.Process = parseProcess(r.address)
	}
	switch r.mechanism {
	case "CURVE":
		who.Mechanism = MechanismCurve
		copy(who.Key[:], r.credentials[0])
	case "PLAIN":
		who.Mechanism = MechanismPlain
		who.Username, who.Password = string(r.credentials[0]), Password(r.credentials[1])
	}
	return who
}

// parseProcess reads what libzmq says of an ipc peer on Linux: uid, gid and process id behind the last three colons.
func parseProcess(address string) (p Process) {
	fields := strings.Split(address, ":")
	if len(fields) != 4 {
		return Process{}
	}
	for i, to := range []*int{&p.UID, &p.GID, &p.PID} {
		n, err := strconv.ParseUint(fields[i+1], 10, 31)
		if err != nil {
			return Process{}
		}
		*to = int(n)
	}
	return p
}
