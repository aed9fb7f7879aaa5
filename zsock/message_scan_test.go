package zsock

import (
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
)

type level int8

type topic string

func TestScanReadsWhatValuesWrote(t *testing.T) {
	same := func(a string, b []byte, c int64, d uint16, e bool, f float64, g float32, h level, i []byte) bool {
		a = strings.ToValidUTF8(a, "?")
		m, err := Values(a, b, c, d, e, f, g, h, RoutingID(i), topic(a))
		if err != nil || m.Len() != 10 {
			t.Log(m.Frames(), err)
			return false
		}
		var (
			a2 string
			b2 []byte
			c2 int64
			d2 uint16
			e2 bool
			f2 float64
			g2 float32
			h2 level
			i2 RoutingID
			j2 topic
		)
		if err := m.Scan(&a2, &b2, &c2, &d2, &e2, &f2, &g2, &h2, &i2, &j2); err != nil {
			t.Log(err)
			return false
		}
		return a2 == a && string(b2) == string(b) && c2 == c && d2 == d && e2 == e && f2 == f && g2 == g && h2 == h && i2 == RoutingID(i) && j2 == topic(a)
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
	addr := netip.MustParseAddr("2001:db8::1")
	m, err := Values(addr, &addr, json.RawMessage("{}"), math.Inf(1))
	must(t, err)
	var first, second netip.Addr
	var raw json.RawMessage
	if err := m.Scan(&first, &second, &raw, nil); err != nil || first != addr || second != addr || string(raw) != "{}" {
		t.Errorf("%v, %v, %s, %v", first, second, raw, err)
	}
	if m, err := Values(); err != nil || !m.Equal(Message{}) {
		t.Errorf("%q, %v", m.Frames(), err)
	}
}

func TestScanSaysWhichFrameDoesNotFit(t *testing.T) {
	var (
		s  string
		i  int
		i8 int8
		u  uint
		f  float32
		b  bool
		a  netip.Addr
		st struct{}
		ch chan int
	)
	for _, e := range []struct {
		frame string
		into  any
		is    error
	}{
		{"\xff", &s, ErrText}, {"\xff", new(topic), ErrText},
		{"", &i, ErrFrame}, {"x", &i, ErrFrame}, {"1.5", &i, ErrFrame}, {" 1", &i, ErrFrame}, {"0x10", &i, ErrFrame}, {"1_0", &i, ErrFrame},
		{"99999999999999999999", &i, ErrFrame}, {"128", &i8, ErrFrame}, {"-129", &i8, ErrFrame}, {"-1", &u, ErrFrame},
		{"1e99", &f, ErrFrame}, {"yes", &b, ErrFrame}, {"127.1", &a, ErrFrame},
		{"x", &st, ErrFrame}, {"x", &ch, ErrFrame}, {"x", s, ErrFrame}, {"x", (*string)(nil), ErrFrame}, {"x", (*[]byte)(nil), ErrFrame},
		{"x", (*int)(nil), ErrFrame}, {"x", (*netip.Addr)(nil), ErrFrame}, {"x", (*RoutingID)(nil), ErrFrame}, {"x", (*any)(nil), ErrFrame}, {"x", new(any), ErrFrame},
	} {
		err := Text("before", e.frame).Scan(nil, e.into)
		if !errors.Is(err, e.is) || !strings.Contains(err.Error(), "frame 1 of 2") || !strings.HasPrefix(err.Error(), "zsock: ") {
			t.Errorf("%q into %T: %v", e.frame, e.into, err)
		}
	}
	for _, bad := range []any{nil, struct{}{}, make(chan int), []string{"a"}, (*netip.Addr)(nil), 1i} {
		if _, err := Values("before", bad); !errors.Is(err, ErrFrame) || !strings.Contains(err.Error(), "value 1 of 2") {
			t.Errorf("a value %v: %v", reflect.TypeOf(bad), err)
		}
	}
	if _, err := Values("\xff"); !errors.Is(err, ErrText) {
		t.Error(err)
	}
}

func TestScannedBytesDoNotRunIntoTheNextFrame(t *testing.T) {
	body := []byte("onetwo")
	m := newMessage(body[:3], [][]byte{body[3:]})
	var first []byte
	must(t, m.Scan(&first, nil))
	_ = append(first, 'X')
	if string(m.Frame(1)) != "two" {
		t.Errorf("the second frame became %q", m.Frame(1))
	}
}

func TestScanOfNumbersCostsNoMemory(t *testing.T) {
	m := Text("-12345", "6.25", "true", "anything")
	var n int
	var f float64
	var b bool
	var frame []byte
	if allocs := testing.AllocsPerRun(100, func() {
		if err := m.Scan(&n, &f, &b, &frame); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
}

// FuzzScan: whatever comes off the wire, Scan refuses it with one of its three errors or reads a value that writes the same frame
// again.
func FuzzScan(f *testing.F) {
	f.Add([]byte("12"), []byte("true"), []byte("x"))
	f.Add([]byte("-9223372036854775808"), []byte("T"), []byte("\xff"))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		var n int64
		var yes bool
		var text string
		err := Bytes(a, b, c).Scan(&n, &yes, &text)
		if err != nil {
			if !errors.Is(err, ErrText) && !errors.Is(err, ErrFrame) {
				t.Error(err)
			}
			return
		}
		m, err := Values(n, yes, text)
		if err != nil {
			t.Fatal(err)
		}
		var n2 int64
		var yes2 bool
		var text2 string
		if err := m.Scan(&n2, &yes2, &text2); err != nil || n2 != n || yes2 != yes || text2 != text || text != string(c) {
			t.Errorf("%v, %v, %q became %v, %v, %q: %v", n, yes, text, n2, yes2, text2, err)
		}
	})
}
