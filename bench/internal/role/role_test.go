package role

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMessagesOfEachSizeDifferByNumberAndInEachByte(t *testing.T) {
	for size := 1; size <= 40; size++ {
		one, other := make([]byte, size), make([]byte, size)
		Fill(one, 1)
		Fill(other, 2)
		if bytes.Equal(one, other) || value(one) == value(other) {
			t.Errorf("messages 1 and 2 of %d bytes do not differ", size)
		}
		for i := range one {
			changed := bytes.Clone(one)
			changed[i] ^= 1
			if value(changed) == value(one) {
				t.Errorf("a change of byte %d of %d does not show", i, size)
			}
		}
	}
}

func TestSheetGivesTheChecksumOfTheRightOrderWhateverOrderTheyCameIn(t *testing.T) {
	const size, total = 20, 50
	sheet := NewSheet(total)
	for i := range total {
		number := uint64(i * 7 % total) // 7 and 50 have no common divisor: each number once
		m := make([]byte, size)
		Fill(m, number)
		sheet.Take(number, m)
	}
	if n, sum := sheet.fold(); n != total || sum != Expected(size, total) {
		t.Errorf("%d messages, checksum %x, want %d, %x", n, sum, total, Expected(size, total))
	}
}

func TestSheetRefusesWhatCameTwiceOrBelongsToNoWork(t *testing.T) {
	for _, strange := range []uint64{2, 3} {
		sheet := NewSheet(3)
		m := make([]byte, 8)
		for _, number := range []uint64{0, 2, strange} {
			Fill(m, number)
			sheet.Take(number, m)
		}
		if n, _ := sheet.fold(); n == 3 {
			t.Errorf("message %d counts after 0 and 2 of 3", strange)
		}
	}
}

func TestWorkSurvivesTheCommandLine(t *testing.T) {
	for _, w := range []Work{
		{Size: 1, Warmup: 2, Count: 3, HWM: 4, Pairs: 1, Flight: 1},
		{Size: 1, Warmup: 10, Count: 20, HWM: 4, Pairs: 5, Flight: 6, Idle: 7},
	} {
		endpoint, got, err := parseWork(w.Arguments("inproc://x"))
		if err != nil || endpoint != "inproc://x" || got != w {
			t.Errorf("%q, %+v, %v, want %+v", endpoint, got, err, w)
		}
	}
	for _, w := range []Work{{}, {Size: 1, Warmup: 1, Count: 10, HWM: 1, Pairs: 3, Flight: 1}} {
		if err := w.Check(); !errors.Is(err, ErrWork) {
			t.Errorf("%+v: %v, want ErrWork", w, err)
		}
	}
}

func TestPlayWritesTheProfilesThatTheEnvironmentAsksFor(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(ProfileVariable, filepath.Join(dir, "a=b")+"=cpu,heap,trace")
	var out bytes.Buffer
	if err := Play("nobody", func() (Session, error) { return silent{}, nil }, []string{"count", "x", "8", "1", "10", "1"}, &out); err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Messages != 11 || r.Checksum != Expected(8, 11) {
		t.Errorf("%s, %v", out.String(), err)
	}
	for _, kind := range ProfileKinds {
		if info, err := os.Stat(filepath.Join(dir, "a=b."+kind)); err != nil || info.Size() == 0 {
			t.Errorf("no %s profile: %v", kind, err)
		}
	}
}

// silent plays without sockets.
type silent struct{}

func (silent) Close() error { return nil }

func (silent) Roles() map[string]Role {
	return map[string]Role{"count": func(w Work, _ string, _ func(string)) (*Tally, error) {
		t := NewTally(w)
		for seq := range w.Total() {
			t.TakeNumber(uint64(seq))
		}
		return t, nil
	}}
}
