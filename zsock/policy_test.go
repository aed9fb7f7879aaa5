package zsock

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func access(t *testing.T, op Op, text string) Access {
	t.Helper()
	endpoint, err := ParseEndpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	return Access{Op: op, Endpoint: endpoint, Type: Rep}
}

// judge checks one verdict, and that a refusal is a *DeniedError about this access.
func judge(t *testing.T, p EndpointPolicy, a Access, allowed bool) {
	t.Helper()
	err := p.Check(a)
	if (err == nil) != allowed {
		t.Errorf("%v %v (secure %v): %v; want allowed %v", a.Op, a.Endpoint, a.Secure, err, allowed)
	}
	if err == nil {
		return
	}
	var denied *DeniedError
	if !errors.Is(err, ErrDenied) || !errors.As(err, &denied) || denied.Access != a || denied.Rule == "" || denied.Reason == "" {
		t.Errorf("%v %v: %#v is no complete *DeniedError", a.Op, a.Endpoint, err)
	}
}

func TestSeed_S17_DefaultPolicyKeepsPlainTextOnThisMachine(t *testing.T) {
	for _, e := range []struct {
		text                         string
		bind, secureBind, connecting bool
	}{
		{"tcp://127.0.0.1:5555", true, true, true},
		{"tcp://127.8.9.10:*", true, true, true},
		{"tcp://[::1]:5555", true, true, true},
		{"tcp://[::ffff:127.0.0.1]:5555", true, true, true},
		{"tcp://localhost:5555", true, true, true},
		{"ipc:///tmp/feed", true, true, true},
		{"ipc://*", true, true, true},
		{"inproc://feed", true, true, true},
		{"tcp://*:5555", false, true, true},
		{"tcp://*:*", false, true, true},
		{"tcp://0.0.0.0:5555", false, true, true},
		{"tcp://[::]:5555", false, true, true},
		{"tcp://10.0.0.1:5555", false, true, true},
		{"tcp://[2001:db8::1]:5555", false, true, true},
		{"tcp://[fe80::1%eth0]:5555", false, true, true},
		{"tcp://no-such-nic:5555", false, true, true},
		{"tcp://localhost.example:5555", false, true, true},
		{"udp://127.0.0.1:5555", false, false, false},
		{"pgm://eth0;239.0.0.1:5555", false, false, false},
		{"tipc://{5560,0,0}", false, false, false},
	} {
		p := DefaultPolicy()
		bind, connect := access(t, OpBind, e.text), access(t, OpConnect, e.text)
		judge(t, p, bind, e.bind)
		judge(t, p, connect, e.connecting)
		bind.Secure, connect.Secure = true, true
		judge(t, p, bind, e.secureBind)
		judge(t, p, connect, e.connecting)
		judge(t, p, access(t, OpUnbind, e.text), true)
		judge(t, p, access(t, OpDisconnect, e.text), true)
	}
	judge(t, DefaultPolicy(), Access{}, false)
}

func TestDefaultPolicyLooksAtTheAddressesOfAnInterface(t *testing.T) {
	cards, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range cards {
		nets, err := card.Addrs()
		if err != nil {
			t.Fatal(err)
		}
		local := len(nets) > 0
		for _, n := range nets {
			local = local && n.(*net.IPNet).IP.IsLoopback()
		}
		endpoint, err := ParseEndpoint("tcp://" + card.Name + ":5555")
		if err != nil {
			t.Logf("interface %q cannot be named in an endpoint: %v", card.Name, err)
			continue
		}
		judge(t, DefaultPolicy(), Access{Op: OpBind, Endpoint: endpoint}, local)
		judge(t, Loopback(), Access{Op: OpBind, Endpoint: endpoint}, local)
		judge(t, Loopback(), Access{Op: OpConnect, Endpoint: endpoint}, false)
	}
}

func TestDeniedErrorSaysWhatToWriteToAllowIt(t *testing.T) {
	for _, e := range []struct {
		p    EndpointPolicy
		text string
		want string
	}{
		{DefaultPolicy(), "tcp://*:5555", `zsock: bind tcp://*:5555 denied by DefaultPolicy: other machines can reach it, ` +
			`and without CURVE they need no key and all messages are plain text; ` +
			`bind 127.0.0.1, or use CURVE, or allow it with Any(DefaultPolicy(), AllowPlaintext("tcp://*:5555"))`},
		{DefaultPolicy(), "udp://*:5", `zsock: bind udp://*:5 denied by DefaultPolicy: transport "udp" has no security; ` +
			`use tcp, ipc or inproc, or allow it with Any(DefaultPolicy(), Transports("udp"))`},
		{All(Hosts("*"), Ports(1, 2), RequireCurve()), "tcp://*:5", `zsock: bind tcp://*:5 denied by Ports(1, 2): port 5 is not in 1..2; allow it with Ports(5, 5)`},
		{All(Deny(Transports(TransportInproc), Hosts("*"))), "tcp://*:5", `zsock: bind tcp://*:5 denied by Deny(Hosts("*")): it names this as forbidden; ` +
			`use an endpoint that it does not name, or take it out of the policy`},
		{Deny(CIDR(netip.MustParsePrefix("10.0.0.0/8"))), "tcp://db:5", `zsock: bind tcp://db:5 denied by Deny(CIDR(10.0.0.0/8)): ` +
			`it may be forbidden: no address is known for the name db without asking the network; connect to the addresses that Resolve gives`},
		{Inproc("a", "b*"), "inproc://x", `zsock: bind inproc://x denied by Inproc("a", "b*"): name "x" is not among ["a" "b*"]; allow it with Inproc("x")`},
		{Any(RequireCurve(), AllowPlaintext("tcp://127.1:5")), "tcp://*:5",
			`zsock: bind tcp://*:5 denied by RequireCurve and AllowPlaintext: the socket does not use CURVE; give the socket CURVE keys, or ` +
				`correct the list: bad endpoint "tcp://127.1:5": host "127.1" is not four decimal numbers in 0..255 without leading zeros, as in 127.0.0.1`},
	} {
		if err := e.p.Check(access(t, OpBind, e.text)); err == nil || err.Error() != e.want {
			t.Errorf("got  %v\nwant %s", err, e.want)
		}
	}
}

func TestHintOfTheDefaultPolicyWorks(t *testing.T) {
	for _, text := range []string{"tcp://*:5555", "tcp://0.0.0.0:*", "tcp://10.0.0.1:80", "tcp://[fe80::1%eth0]:5", "tcp://no-such-nic:7"} {
		a := access(t, OpBind, text)
		var denied *DeniedError
		if !errors.As(DefaultPolicy().Check(a), &denied) || !strings.Contains(denied.Hint, `AllowPlaintext("`+text+`")`) {
			t.Fatalf("%s: hint is %q", text, denied.Hint)
		}
		judge(t, Any(DefaultPolicy(), AllowPlaintext(text)), a, true)
	}
	judge(t, Any(DefaultPolicy(), Transports(TransportUDP)), access(t, OpBind, "udp://*:5"), true)
}

func TestRulesJudgeWhatTheyName(t *testing.T) {
	private := CIDR(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10"))
	everywhere := CIDR(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
	v4 := CIDR(netip.MustParsePrefix("0.0.0.0/0"))
	local := CIDR(netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	const allow, refuse, unsure = "allow", "refuse", "unsure"
	for _, e := range []struct {
		name string
		p    EndpointPolicy
		text string
		want string
	}{
		{"Transports", Transports(TransportTCP, TransportUDP), "udp://*:5", allow},
		{"Transports", Transports(TransportTCP), "ipc:///x", refuse},
		{"Transports none", Transports(), "inproc://x", refuse},
		{"CIDR", private, "tcp://10.9.8.7:5", allow},
		{"CIDR mapped", private, "tcp://[::ffff:10.9.8.7]:5", allow},
		{"CIDR zone", private, "tcp://[fe80::1%eth0]:5", allow},
		{"CIDR outside", private, "tcp://11.0.0.1:5", refuse},
		{"CIDR other transport", private, "ipc:///x", refuse},
		{"CIDR name", private, "tcp://db.example.org:5", unsure},
		{"CIDR wildcard", private, "tcp://*:5", unsure},
		{"CIDR all and wildcard", everywhere, "tcp://*:5", allow},
		{"CIDR all and [::]", everywhere, "tcp://[::]:5", allow},
		{"CIDR v4 and 0.0.0.0", v4, "tcp://0.0.0.0:5", allow},
		{"CIDR v4 and *", v4, "tcp://*:5", unsure},
		{"CIDR localhost", local, "tcp://localhost:5", allow},
		{"CIDR half of localhost", CIDR(netip.MustParsePrefix("127.0.0.0/8")), "tcp://localhost:5", unsure},
		{"CIDR none", CIDR(), "tcp://10.0.0.1:5", refuse},
		{"Hosts", Hosts("*.example.org"), "tcp://DB.Example.Org.:5", allow},
		{"Hosts one", Hosts("db?"), "tcp://db1:5", allow},
		{"Hosts suffix", Hosts("*.example.org"), "tcp://example.org.evil:5", refuse},
		{"Hosts without dot", Hosts("*.example.org"), "tcp://badexample.org:5", refuse},
		{"Hosts address", Hosts("10.0.*"), "tcp://[::ffff:10.0.0.1]:5", allow},
		{"Hosts inproc", Hosts("*"), "inproc://x", refuse},
		{"Ports", Ports(1024, 2000), "tcp://*:1024", allow},
		{"Ports", Ports(1024, 2000), "tcp://*:2000", allow},
		{"Ports below", Ports(1024, 2000), "tcp://*:1023", refuse},
		{"Ports above", Ports(1024, 2000), "tcp://*:2001", refuse},
		{"Ports ephemeral", Ports(1024, 2000), "tcp://*:*", unsure},
		{"Ports with ephemeral", Ports(0, 2000), "tcp://*:*", allow},
		{"Ports ipc", Ports(0, 65535), "ipc:///x", refuse},
		{"Inproc", Inproc("jobs/*"), "inproc://jobs/a/b", allow},
		{"Inproc other", Inproc("jobs/*", "x"), "inproc://job", refuse},
		{"Inproc tcp", Inproc("*"), "tcp://*:5", refuse},
		{"RequireCurve", RequireCurve(), "tcp://*:5", refuse},
		{"Loopback", Loopback(), "tcp://[::1]:5", allow},
		{"Loopback wildcard", Loopback(), "tcp://*:5", refuse},
		{"Loopback ipc", Loopback(), "ipc:///x", refuse},
		{"AllowPlaintext", AllowPlaintext("tcp://10.0.0.1:5"), "tcp://10.0.0.1:5", allow},
		{"AllowPlaintext other port", AllowPlaintext("tcp://10.0.0.1:5"), "tcp://10.0.0.1:6", refuse},
		{"AllowPlaintext other host", AllowPlaintext("tcp://10.0.0.1:5"), "tcp://*:5", refuse},
		{"AllowPlaintext any host", AllowPlaintext("tcp://*:5"), "tcp://10.0.0.1:5", allow},
		{"AllowPlaintext any port", AllowPlaintext("tcp://10.0.0.1:*"), "tcp://10.0.0.1:6", allow},
		{"AllowPlaintext localhost", AllowPlaintext("tcp://localhost:5"), "tcp://127.0.0.1:5", allow},
		{"AllowPlaintext ipc", AllowPlaintext("tcp://*:*"), "ipc:///x", refuse},
		{"AllowPlaintext wrong", AllowPlaintext("ipc:///x", "tcp://10.0.0.1:99999"), "ipc:///x", refuse},
		{"AllowPlaintext none", AllowPlaintext(), "tcp://10.0.0.1:5", refuse},
		{"All none", All(), "udp://x:5", allow},
		{"Any none", Any(), "inproc://x", refuse},
		{"Deny none", Deny(), "udp://x:5", allow},
		{"nil", All(nil), "inproc://x", refuse},
		{"deny wins", All(Hosts("*"), Deny(Ports(22, 22))), "tcp://a:22", refuse},
		{"not denied", All(Hosts("*"), Deny(Ports(22, 22))), "tcp://a:23", allow},
		{"Any of two", Any(Inproc("*"), Ports(22, 22)), "tcp://a:22", allow},
		{"All keeps doubt", All(private, Ports(5, 9)), "tcp://a:5", unsure},
		{"All settles doubt", All(private, Ports(6, 9)), "tcp://a:5", refuse},
		{"All settles doubt first", All(Ports(6, 9), private), "tcp://a:5", refuse},
		{"Any keeps doubt", Any(private, Ports(6, 9)), "tcp://a:5", unsure},
		{"Any settles doubt", Any(private, Ports(5, 9)), "tcp://a:5", allow},
		{"ForBind", ForBind(Ports(6, 9)), "tcp://a:5", refuse},
		{"ForConnect", ForConnect(Ports(6, 9)), "tcp://a:5", allow},
		{"func", PolicyFunc(func(Access) error { return nil }), "udp://x:5", allow},
	} {
		t.Run(e.name+" "+e.text, func(t *testing.T) {
			a := access(t, OpBind, e.text)
			judge(t, All(e.p), a, e.want == allow)
			// The opposite of a doubt is a doubt, so both refuse.
			judge(t, Deny(e.p), a, e.want == refuse)
			judge(t, Deny(Deny(e.p)), a, e.want == allow)
		})
	}
}

func TestDirectionFiltersLetOtherOperationsPass(t *testing.T) {
	nothing := Any()
	for _, e := range []struct {
		op            Op
		bind, connect bool
	}{{OpBind, false, true}, {OpUnbind, false, true}, {OpConnect, true, false}, {OpDisconnect, true, false}} {
		judge(t, ForBind(nothing), access(t, e.op, "inproc://x"), e.bind)
		judge(t, ForConnect(nothing), access(t, e.op, "inproc://x"), e.connect)
	}
	judge(t, AllowPlaintext("tcp://*:*"), access(t, OpConnect, "tcp://10.0.0.1:5"), false)
}

func TestErrorOfAForeignPolicyIsKept(t *testing.T) {
	cause := errors.New("not on Sundays")
	p := PolicyFunc(func(Access) error { return cause })
	a := access(t, OpConnect, "tcp://a:5")
	for name, p := range map[string]EndpointPolicy{"All": All(p), "Any": Any(p)} {
		judge(t, p, a, false)
		if err := p.Check(a); !errors.Is(err, cause) || !strings.Contains(err.Error(), "denied by policy: not on Sundays") {
			t.Errorf("%s: %v hides its cause", name, err)
		}
	}
	if denied := checkPolicy(p, a); !errors.Is(denied, cause) || !errors.Is(denied, ErrDenied) {
		t.Errorf("%v hides its cause", denied)
	}
}

func TestAPolicyThatPanicsHasRefused(t *testing.T) {
	a := access(t, OpConnect, "tcp://a:5")
	bad := PolicyFunc(func(Access) error { panic("not today") })
	judge(t, All(bad), a, false)
	judge(t, Deny(bad), a, false) // it may have been about to forbid this
	judge(t, Any(bad, All()), a, true)
	for name, p := range map[string]EndpointPolicy{
		"exit":  PolicyFunc(func(Access) error { runtime.Goexit(); return nil }),
		"error": PolicyFunc(func(Access) error { return meanCause{} }),
		"name":  panicsAsName{},
	} {
		judge(t, All(p), a, false)
		judge(t, Any(p), a, false)
		judge(t, Deny(p), a, name == "error") // which is a verdict
		if denied := checkPolicy(p, a); denied == nil || denied.Error() == "" {
			t.Errorf("%s: %v", name, denied)
		}
	}
	if err := All(bad).Check(a); !strings.Contains(err.Error(), "it could not decide") {
		t.Error(err)
	}
	judge(t, All(PolicyFunc(func(Access) error { return (*DeniedError)(nil) })), a, false)
}

type panicsAsName struct{}

func (panicsAsName) Check(Access) error { panic("no verdict") }
func (panicsAsName) String() string     { panic("no name") }

func TestPasswordsInPlainTextStayOnThisMachine(t *testing.T) {
	for text, local := range map[string]bool{"tcp://127.0.0.1:5": true, "tcp://[::1]:5": true, "ipc:///tmp/x": true, "inproc://x": true,
		"tcp://10.0.0.1:5": false, "tcp://example.org:5": false, "tcp://[2001:db8::1]:5": false} {
		a := access(t, OpConnect, text)
		a.Mechanism = MechanismPlain
		judge(t, DefaultPolicy(), a, local)
		a.Mechanism = MechanismNull
		judge(t, DefaultPolicy(), a, true)
	}
	a := access(t, OpConnect, "tcp://10.0.0.1:5")
	a.Mechanism = MechanismPlain
	judge(t, Any(DefaultPolicy(), AllowPlaintext("tcp://10.0.0.1:5")), a, true)
	judge(t, Any(DefaultPolicy(), AllowPlaintext("tcp://10.0.0.1:*")), a, true)
	judge(t, Any(DefaultPolicy(), AllowPlaintext("tcp://*:5")), a, false) // that was about binds
	if err := DefaultPolicy().Check(a); !strings.Contains(err.Error(), `AllowPlaintext("tcp://10.0.0.1:5")`) {
		t.Error(err)
	}
}

func TestPrefixesOfMappedAddressesAreThoseOfIPv4(t *testing.T) {
	mapped := CIDR(netip.MustParsePrefix("::ffff:10.0.0.0/104"))
	for _, text := range []string{"tcp://10.1.2.3:5", "tcp://[::ffff:10.1.2.3]:5"} {
		judge(t, mapped, access(t, OpConnect, text), true)
		judge(t, Deny(mapped), access(t, OpConnect, text), false)
	}
	judge(t, mapped, access(t, OpConnect, "tcp://11.1.2.3:5"), false)
}

func TestUnderFollowsSymbolicLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	// t.TempDir can be longer than the 107 bytes of an ipc path; relative paths are not.
	t.Chdir(t.TempDir())
	for _, directory := range []string{"root/deep", "rooted", "outside"} {
		if err := os.MkdirAll(directory, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"root/out": "../outside", "in": "root/deep", "alias": "root", "root/link": "../outside/feed", "outside/link": "../root/feed", "root/dangling": "nowhere"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"root/feed", "outside/feed"} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	absolute, err := filepath.Abs("root")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct {
		path                      string
		under, surelyNotUnderRoot bool
	}{
		{"root/feed", true, false},
		{"root/new", true, false},
		{"root/deep/new", true, false},
		{"in/new", true, false},
		{"root/../root/new", true, false},
		{"rooted/new", false, true},
		{"outside/new", false, true},
		{"root/out/new", false, true},
		{"root/../outside/new", false, true},
		{"root", false, true},
		{"root/link", false, false},
		{"outside/link", false, false},
		{"root/dangling", false, false},
		{"root/missing/new", false, false},
		{"*", false, false},
	} {
		a := access(t, OpBind, "ipc://"+e.path)
		for _, root := range []string{"root", absolute, "alias", "in/../root/"} {
			judge(t, Under(root), a, e.under)
			judge(t, Deny(Under(root)), a, e.surelyNotUnderRoot)
		}
		judge(t, Under("no-such-directory"), a, false)
		judge(t, Deny(Under("no-such-directory")), a, false)
	}
	judge(t, Under("root"), access(t, OpBind, "inproc://root/feed"), false)
	if runtime.GOOS == "linux" {
		judge(t, Under("/"), access(t, OpBind, "ipc://@root/feed"), false)
	}
}

func TestGlobMatchesTheWholeText(t *testing.T) {
	for _, e := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"?", "", false}, {"?", "a", true}, {"a*", "ba", false},
		{"a*c", "abbc", true}, {"a*c", "abbcd", false}, {"*a*b*", "xxaxxbxx", true}, {"*ab", "aab", true}, {"*aab", "aaaab", true},
		{"a**", "a", true}, {"a?*", "a", false}, {"[a]", "a", false}, {"[a]", "[a]", true},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 200), false},
	} {
		if got := glob(e.pattern, e.text); got != e.want {
			t.Errorf("glob(%q, %q) = %v", e.pattern, e.text, got)
		}
	}
}

func TestOpsHaveNames(t *testing.T) {
	for op, want := range map[Op]string{OpBind: "bind", OpConnect: "connect", OpUnbind: "unbind", OpDisconnect: "disconnect", 9: "Op(9)"} {
		if op.String() != want {
			t.Errorf("%d is %q, want %q", int(op), op, want)
		}
	}
}
