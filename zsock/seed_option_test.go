package zsock

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/actomq/actomq/internal/libzmq"
)

func TestSeed_S02_TheVersionOfLibzmqIsThreeNumbers(t *testing.T) {
	major, minor, patch, ok := Version()
	if !ok || major < 4 || major == 4 && minor < 3 || patch < 0 {
		t.Errorf("%d.%d.%d, %v; want 4.3 or later", major, minor, patch, ok)
	}
}

func TestAnOldLibzmqIsKnown(t *testing.T) {
	for version, old := range map[[3]int]bool{{4, 2, 5}: true, {4, 3, 2}: true, {4, 3, 3}: false, {4, 3, 4}: false, {4, 4, 0}: false, {5, 0, 0}: false} {
		if outdated(version[0], version[1], version[2]) != old {
			t.Errorf("%v: outdated is %v", version, !old)
		}
	}
}

func TestSeed_S07_ASocketLingersShortlyUnlessToldOtherwise(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	for _, typ := range allTypes() {
		s := open(t, sys, typ)
		if v, err := s.Option(ctx, "linger"); err != nil || v != 100*time.Millisecond {
			t.Errorf("%v lingers %v, %v", typ, v, err)
		}
		must(t, s.SetOption(ctx, "linger", time.Second))
		if v, err := s.Option(ctx, "linger"); err != nil || v != time.Second {
			t.Errorf("%v lingers %v, %v", typ, v, err)
		}
	}
	// What the option says is what a close does: a message that nobody fetches holds it up for that long, and no longer.
	s := open(t, sys, Push, WithLinger(0), WithConnect("ipc://"+t.TempDir()+"/nobody"))
	must(t, s.Send(ctx, Text("lost")))
	must(t, s.Close())
}

func allTypes() []Type {
	types := make([]Type, len(typeNames))
	for i := range types {
		types[i] = Type(i)
	}
	return types
}

// others are values that an option accepts besides what its kind suggests, and values of its type that it refuses.
var others = map[string]struct{ good, bad []any }{
	"bindtodevice":        {good: []any{"lo"}},
	"connect_routing_id":  {good: []any{[]byte("peer")}, bad: []any{"", "\x00a", strings.Repeat("x", 256)}},
	"connect_timeout":     {bad: []any{-time.Second}},
	"curve_publickey":     {good: []any{someKey}, bad: []any{"", "short", strings.Repeat("\x01", 40), []byte("short")}},
	"curve_secretkey":     {good: []any{someKey, bytes.Repeat([]byte{7}, 32)}, bad: []any{"", "short"}},
	"curve_serverkey":     {good: []any{someKey}, bad: []any{"", "short"}},
	"handshake_ivl":       {bad: []any{-time.Second, 1000 * time.Hour}},
	"linger":              {good: []any{time.Duration(-1)}},
	"maxmsgsize":          {good: []any{int64(-1), int64(1 << 40)}, bad: []any{-2}},
	"multicast_hops":      {bad: []any{0, -1}},
	"multicast_maxtpdu":   {bad: []any{0, -1}},
	"plain_password":      {good: []any{"secret"}, bad: []any{"", strings.Repeat("x", 256)}},
	"plain_username":      {good: []any{"ann"}, bad: []any{"", strings.Repeat("x", 256), "a\x00b"}},
	"rate":                {bad: []any{0, -1}},
	"rcvbuf":              {good: []any{-1}, bad: []any{-2}},
	"rcvhwm":              {bad: []any{-1, 1 << 40}},
	"reconnect_ivl":       {good: []any{time.Duration(-1)}},
	"reconnect_ivl_max":   {bad: []any{-time.Second}},
	"recovery_ivl":        {bad: []any{-time.Second}},
	"routing_id":          {good: []any{[]byte("id"), bytes.Repeat([]byte{255}, 255)}, bad: []any{"", "\x00a", strings.Repeat("x", 256)}},
	"sndbuf":              {good: []any{-1}, bad: []any{-2}},
	"sndhwm":              {bad: []any{-1}},
	"tcp_accept_filter":   {good: []any{"127.0.0.1", "10.0.0.0/8"}, bad: []any{"nonsense/99"}},
	"tcp_keepalive":       {good: []any{-1, 0}, bad: []any{2}},
	"tcp_keepalive_cnt":   {good: []any{-1}, bad: []any{-2}},
	"tcp_keepalive_idle":  {good: []any{-1}, bad: []any{-2}},
	"tcp_keepalive_intvl": {good: []any{-1}, bad: []any{-2}},
	"tcp_maxrt":           {bad: []any{-time.Second}},
	"tos":                 {bad: []any{-1}},
	"zap_domain":          {good: []any{"domain"}, bad: []any{strings.Repeat("x", 256)}},
}

const someKey = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

func TestSeed_S12_EveryLegalOptionIsWrittenAndReadBackOnEverySocketType(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	for _, typ := range allTypes() {
		t.Run(typ.String(), func(t *testing.T) {
			for _, o := range optionTable {
				if o.reserved != "" {
					continue
				}
				s := open(t, sys, typ)
				if o.suits(typ) != nil {
					if o.rights&writable != 0 {
						err := s.SetOption(ctx, o.name, zero(o.kind))
						if !errors.Is(err, ErrType) {
							t.Errorf("set %s, which %v has not: %v", o.name, typ, err)
						}
					}
					must(t, s.Close())
					continue
				}
				if o.rights&writable == 0 {
					if v, err := s.Option(ctx, o.name); err != nil || reflect.TypeOf(v) != reflect.TypeOf(zero(o.kind)) {
						t.Errorf("%s: %T %v, %v", o.name, v, v, err)
					}
				}
				for _, value := range good(o) {
					roundTrip(t, s, o, value)
				}
				for _, value := range others[o.name].bad {
					err := s.SetOption(ctx, o.name, value)
					if !(errors.Is(err, ErrOptionValue) || o.name == "zap_domain" && errors.Is(err, ErrSecurity)) {
						t.Errorf("%s = %v: %v", o.name, value, err)
					} else if o.accepts != "" && !strings.Contains(err.Error(), o.accepts) {
						t.Errorf("%v does not say what is accepted", err)
					}
				}
				must(t, s.Close())
			}
		})
	}
}

func zero(k optionKind) any {
	return [...]any{false, 0, int64(0), uint64(0), time.Duration(0), "", []byte(nil), ""}[k]
}

func good(o *optionSpec) []any {
	if o.rights&writable == 0 {
		return nil
	}
	values := slices.Clone(others[o.name].good)
	switch o.kind {
	case kindBool:
		if o.name != zapEnforce {
			values = append(values, false)
		}
		values = append(values, true)
	case kindInt:
		values = append(values, 1)
	case kindInt64:
		values = append(values, int64(1000))
	case kindUint64:
		values = append(values, uint64(1))
	case kindDuration:
		values = append(values, 1200*time.Millisecond)
	case kindString, kindBytes:
		if len(values) == 0 && o.kind == kindString {
			values = append(values, "127.0.0.1:1080")
		} else if len(values) == 0 {
			values = append(values, []byte("welcome"))
		}
	}
	return values
}

func roundTrip(t *testing.T, s *Socket, o *optionSpec, value any) {
	t.Helper()
	ctx := testContext(t)
	err := s.SetOption(ctx, o.name, value)
	if o.needs != "" && !libzmq.Has(o.needs) {
		if !errors.Is(err, ErrOptionValue) || !strings.Contains(err.Error(), "without "+o.needs) {
			t.Errorf("%s without %s: %v", o.name, o.needs, err)
		}
		return
	}
	if err != nil {
		t.Errorf("%s = %v: %v", o.name, value, err)
		return
	}
	got, err := s.Option(ctx, o.name)
	if o.rights&readable == 0 {
		if !errors.Is(err, ErrOptionDirection) {
			t.Errorf("%s can be read: %v, %v", o.name, got, err)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(got, value) {
		t.Errorf("%s: set %v, got %v, %v", o.name, value, got, err)
	}
}

func TestOptionsOutliveARestart(t *testing.T) {
	sys := testSystem(t, quickRestarts())
	ctx := testContext(t)
	want := map[string]any{}
	s := open(t, sys, Router, WithKeepalive(3*time.Second, 1500*time.Millisecond, 4), WithReconnect(50*time.Millisecond, time.Second), WithMaxMessageSize(1000),
		WithImmediate(), WithHandshakeTimeout(2*time.Second), WithConnectTimeout(time.Second), WithSendHWM(7), WithRecvHWM(8),
		WithOption("tcp_accept_filter", "127.0.0.1"), WithOption("tcp_accept_filter", "10.0.0.0/8"), WithOption("tos", 8))
	for _, name := range Options(Get) {
		o, err := findOption(name)
		must(t, err)
		if o.suits(Router) == nil && (o.needs == "" || libzmq.Has(o.needs)) {
			want[name], err = s.Option(ctx, name)
			must(t, err)
		}
	}
	for name, value := range map[string]any{"tcp_keepalive_idle": 3, "tcp_keepalive_intvl": 2, "tcp_keepalive_cnt": 4, "reconnect_ivl": 50 * time.Millisecond,
		"reconnect_ivl_max": time.Second, "maxmsgsize": int64(1000), "immediate": true, "handshake_ivl": 2 * time.Second,
		"connect_timeout": time.Second, "sndhwm": 7, "rcvhwm": 8, "tos": 8} {
		if want[name] != value {
			t.Errorf("%s is %v, want %v", name, want[name], value)
		}
	}
	lose(t, s)
	for name, value := range want {
		if got, err := s.Option(ctx, name); err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("%s was %v, is %v, %v", name, value, got, err)
		}
	}
	// Some options add up.
	var d desired
	for _, address := range []string{"127.0.0.1", "10.0.0.0/8"} {
		option, value, err := writableOption(Router, "tcp_accept_filter", address)
		must(t, err)
		d.set(option, value)
	}
	if len(d.options) != 2 {
		t.Errorf("%v are kept, want both", d.options)
	}
}

func TestSeed_S13_TheOptionsThatCanBeReadAndWrittenAreListed(t *testing.T) {
	get, set := Options(Get), Options(Set)
	if !slices.IsSorted(get) || !slices.IsSorted(set) {
		t.Error("they are not in order")
	}
	for _, name := range []string{"mechanism", "last_endpoint", "rcvhwm"} {
		if !slices.Contains(get, name) {
			t.Errorf("%s can't be read", name)
		}
	}
	for _, name := range []string{"router_mandatory", "curve_secretkey", "rcvhwm"} {
		if !slices.Contains(set, name) {
			t.Errorf("%s can't be written", name)
		}
	}
	for _, list := range [][]string{get, set} {
		for _, name := range []string{"fd", "events", "subscribe", "unsubscribe", "rcvmore", "sndtimeo", "rcvtimeo", "use_fd", "nonsense"} {
			if slices.Contains(list, name) {
				t.Errorf("%s is listed", name)
			}
		}
	}
	if slices.Contains(get, "curve_secretkey") || slices.Contains(get, "plain_password") {
		t.Error("secrets can be read")
	}
}

func TestSeed_S14_TheTableKnowsEveryOptionOfLibzmq(t *testing.T) {
	names := map[string]bool{}
	for i, o := range optionTable {
		if names[o.name] || i > 0 && optionTable[i-1].name >= o.name {
			t.Errorf("%s is not at its place", o.name)
		}
		names[o.name] = true
		info, err := DescribeOption(o.name)
		must(t, err)
		if info.About == "" || info.Since == "" || info.Type == "" {
			t.Errorf("%+v says too little", info)
		}
		if reserved := info.Reserved != ""; reserved == (info.Readable || info.Writable) {
			t.Errorf("%s is reserved or it is not", o.name)
		}
		if reserved := info.Reserved != ""; !reserved && info.Default == "" {
			t.Errorf("%s has no default", o.name)
		}
	}
	// The header lists what there is. Deprecated names of the same number are other names of one option.
	header, err := os.ReadFile("/usr/include/zmq.h")
	if err != nil {
		t.Skip("the header of libzmq is not where most systems have it:", err)
	}
	numbers := map[string]string{}
	inside := false
	for line := range strings.Lines(string(header)) {
		switch {
		case strings.HasPrefix(line, "/*  Socket options"), strings.HasPrefix(line, "/*  Deprecated options"):
			inside = true
		case strings.HasPrefix(line, "/*"): // the next heading
			inside = inside && strings.HasPrefix(line, "/***")
		}
		if m := regexp.MustCompile(`^#define ZMQ_([A-Z0-9_]+) +([0-9]+)`).FindStringSubmatch(line); inside && m != nil {
			numbers[strings.ToLower(m[1])] = m[2]
		}
	}
	if len(numbers) < 70 {
		t.Fatalf("only %d options in the header", len(numbers))
	}
	delete(numbers, "blocky") // of contexts
	for name, number := range numbers {
		o := slices.IndexFunc(optionTable, func(o *optionSpec) bool { return o.name == name })
		if o < 0 {
			t.Errorf("%s is not in the table", name)
		} else if fmt.Sprint(optionTable[o].number) != number {
			t.Errorf("%s is %s, not %d", name, number, optionTable[o].number)
		}
	}
	for old, name := range map[string]string{"identity": "routing_id", "delay_attach_on_connect": "immediate", "fail_unroutable": "router_mandatory"} {
		if info, err := DescribeOption(old); err != nil || info.Name != name {
			t.Errorf("%s is %v, %v", old, info.Name, err)
		}
	}
}

func TestSeed_S15_AWrongOptionIsOneOfThreeErrorsBeforeLibzmqSeesIt(t *testing.T) {
	sys := testSystem(t)
	ctx := testContext(t)
	s := open(t, sys, Rep)
	kinds := []error{ErrUnknownOption, ErrOptionDirection, ErrOptionType}
	check := func(what string, err, want error) {
		t.Helper()
		for _, kind := range kinds {
			if errors.Is(err, kind) != (kind == want) {
				t.Errorf("%s: %v, want %v alone", what, err, want)
			}
		}
	}
	_, err := s.Option(ctx, "nonsense")
	check("read an unknown option", err, ErrUnknownOption)
	_, err = DescribeOption("nonsense")
	check("describe an unknown option", err, ErrUnknownOption)
	_, err = s.Option(ctx, "curve_secretkey")
	check("read a secret", err, ErrOptionDirection)
	check("write an unknown option", s.SetOption(ctx, "nonsense", 1), ErrUnknownOption)
	check("write what can be read only", s.SetOption(ctx, "mechanism", 1), ErrOptionDirection)
	for _, o := range optionTable {
		if o.reserved != "" {
			err := s.SetOption(ctx, o.name, zero(o.kind))
			check("write reserved "+o.name, err, ErrOptionDirection)
			if err == nil || !strings.Contains(err.Error(), o.reserved) {
				t.Errorf("%v does not say why", err)
			}
			_, err = s.Option(ctx, o.name)
			check("read reserved "+o.name, err, ErrOptionDirection)
			continue
		}
		if o.rights&writable == 0 || o.suits(Rep) != nil {
			continue
		}
		for _, wrong := range []any{nil, struct{}{}, 1.5, []string{"a"}, int8(1)} {
			check(fmt.Sprintf("%s = %T", o.name, wrong), s.SetOption(ctx, o.name, wrong), ErrOptionType)
		}
	}
	// So does an option of Open, and it is the name of the step that failed.
	_, err = sys.Open(Rep, WithOption("sndhwm", "many"))
	check("open", err, ErrOptionType)
}
