package patterns

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/actomq/actomq/actor"
	"github.com/actomq/actomq/patterns/internal/mean"
)

type point struct{ X, Y int }

type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("boom") }
func (*explosive) UnmarshalJSON([]byte) error  { panic("boom") }

func TestJSONMakesARoundTripAndRefusesTheRest(t *testing.T) {
	data, err := JSON.Marshal(point{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	var p point
	if err := JSON.Unmarshal(data, &p); err != nil || p != (point{1, 2}) {
		t.Fatal(p, err)
	}
	for _, bad := range []string{"", "{", `{"X":"one"}`, `{"X":1} {"X":2}`, "\xff\xfe", "[1,2]"} {
		if err := JSON.Unmarshal([]byte(bad), &p); !errors.Is(err, ErrCodec) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := JSON.Marshal(func() {}); !errors.Is(err, ErrCodec) {
		t.Error(err)
	}
}

// hostile is a value whose methods do what they are told.
type hostile struct{ do func() error }

func (h hostile) MarshalJSON() ([]byte, error)  { return nil, h.do() }
func (h *hostile) UnmarshalJSON(b []byte) error { return h.do() }

type key struct{}

func (key) MarshalText() ([]byte, error) { runtime.Goexit(); return nil, nil }

func TestWhatAMethodOfTheUsersDoesIsAnErrorOfJSON(t *testing.T) {
	for how, fail := range mean.Failures {
		h := hostile{fail}
		for _, value := range []any{h, &h, []any{h}, map[string]*hostile{"a": &h}, struct{ Deep []struct{ H hostile } }{[]struct{ H hostile }{{h}}}} {
			if _, err := JSON.Marshal(value); !errors.Is(err, ErrCodec) {
				t.Errorf("%s: %T: %v", how, value, err)
			}
		}
		for _, into := range []any{&h, &struct{ H *hostile }{&h}} {
			if err := JSON.Unmarshal([]byte(`{"H":{}}`), into); !errors.Is(err, ErrCodec) {
				t.Errorf("%s: %T: %v", how, into, err)
			}
		}
	}
	if _, err := JSON.Marshal(map[key]int{{}: 1}); !errors.Is(err, actor.ErrGoexit) {
		t.Error(err)
	}
}

type list struct {
	Next *list
	At   time.Time
	Raw  json.RawMessage
	Many map[string][]point
}

func TestOnlyWhatMayCallTheUsersMethodsCostsAGoroutine(t *testing.T) {
	for _, c := range []struct {
		value any
		want  bool
	}{
		{nil, false}, {1, false}, {point{}, false}, {&list{}, false}, {[]any{}, true}, {hostile{}, true}, {&explosive{}, true},
		{map[key]int{}, true}, {struct{ E error }{}, true}, {struct{ explosive }{}, true},
	} {
		for range 2 { // found out, and known
			if got := foreign(reflect.TypeOf(c.value)); got != c.want {
				t.Errorf("%T: %v", c.value, got)
			}
		}
	}
	if data, err := JSON.Marshal(nil); err != nil || string(data) != "null" {
		t.Error(data, err)
	}
}

func TestRawCopiesWhatIsSent(t *testing.T) {
	value := []byte("before")
	data, err := Raw.Marshal(value)
	if copy(value, "after!"); err != nil || string(data) != "before" {
		t.Errorf("%q %v", data, err)
	}
}

func TestRawTakesBytesAndText(t *testing.T) {
	var b []byte
	var s string
	if data, err := Raw.Marshal([]byte{1, 2}); err != nil || Raw.Unmarshal(data, &b) != nil || !bytes.Equal(b, data) {
		t.Error(b, err)
	}
	if data, err := Raw.Marshal("text"); err != nil || Raw.Unmarshal(data, &s) != nil || s != "text" {
		t.Error(s, err)
	}
	if _, err := Raw.Marshal(1); !errors.Is(err, ErrCodec) {
		t.Error(err)
	}
	if err := Raw.Unmarshal(nil, new(int)); !errors.Is(err, ErrCodec) {
		t.Error(err)
	}
}
