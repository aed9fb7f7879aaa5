package patterns

import (
	"bytes"
	"errors"
	"testing"
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

func TestAPanicOfTheUsersMethodIsAnError(t *testing.T) {
	if _, err := JSON.Marshal(explosive{}); !errors.Is(err, ErrCodec) {
		t.Error(err)
	}
	if err := JSON.Unmarshal([]byte("{}"), &explosive{}); !errors.Is(err, ErrCodec) {
		t.Error(err)
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
