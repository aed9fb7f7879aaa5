package zsock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pebbe/zmq4"
)

func TestZ85IsThatOfLibzmq(t *testing.T) {
	// The example of RFC 32.
	raw := []byte{0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b}
	if got := z85Encode(raw); got != "HelloWorld" {
		t.Error(got)
	}
	for range 100 {
		key := certificate(t).Public()
		if got := zmq4.Z85encode(string(key[:])); got != key.String() {
			t.Errorf("%s, libzmq has %s", key, got)
		}
		if again, err := ParsePublicKey(key.String()); again != key || err != nil {
			t.Error(again, err)
		}
	}
	for _, wrong := range []string{"", "Hello", strings.Repeat("#", 40), strings.Repeat(" ", 40), strings.Repeat("0", 39), strings.Repeat("0", 41)} {
		if key, err := ParsePublicKey(wrong); !errors.Is(err, ErrKey) {
			t.Errorf("%q: %v %v", wrong, key, err)
		}
	}
	var key PublicKey
	text, err := json.Marshal(map[string]PublicKey{"key": certificate(t).Public()})
	must(t, err)
	must(t, json.Unmarshal(text, &map[string]*PublicKey{"key": &key}))
}

func TestACertificateIsSavedAndLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.key")
	c := certificate(t).WithMeta("name", `the "server"`).WithMeta("email", "it's@example.org # no comment")
	must(t, c.Save(path))
	if info, err := os.Stat(path + "_secret"); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	whole, err := LoadCertificate(path + "_secret")
	must(t, err)
	if whole.Public() != c.Public() || whole.SecretKey() != c.SecretKey() || whole.Meta("name") != c.Meta("name") || whole.Meta("email") != c.Meta("email") {
		t.Error(whole)
	}
	half, err := LoadCertificate(path)
	must(t, err)
	if half.Public() != c.Public() || half.HasSecret() || half.SecretKey() != "" || half.Meta("name") != c.Meta("name") {
		t.Error(half)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte(c.SecretKey())) {
		t.Error("the public file has the secret key", err)
	}
	if err := certificate(t).Save(path); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if again, err := LoadCertificate(path + "_secret"); err != nil || again.Public() != c.Public() {
		t.Error("a Save that failed changed the files", err)
	}
	// Where only the public file is there already, no secret one is left behind.
	alone := filepath.Join(t.TempDir(), "alone")
	must(t, c.PublicOnly().Save(alone))
	if err := c.Save(alone); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if _, err := os.Stat(alone + "_secret"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, wrong := range []Certificate{{}, c.WithMeta("a b", "x"), c.WithMeta("", "x"), c.WithMeta("a", "x\ny"), c.WithMeta("a", `"'`)} {
		if err := wrong.Save(filepath.Join(t.TempDir(), "x")); err == nil {
			t.Error("saved:", wrong)
		}
	}
	if own, err := NewCertificate(c.SecretKey()); err != nil || own.Public() != c.Public() {
		t.Error(own, err)
	}
}

func TestFilesOfOtherToolsAreRead(t *testing.T) {
	c := certificate(t)
	for name, text := range map[string]string{
		"CZMQ": "#   ****  Generated on 2026-01-01 12:00:00 by CZMQ  ****\n#   ZeroMQ CURVE **Secret** Certificate\n\n" +
			"metadata\n    name = \"ann\"\n    email = 'a@b'\ncurve\n    public-key = \"%s\"\n    secret-key = \"%s\"\n",
		"pyzmq":   "metadata\ncurve\n    public-key = \"%s\"\n    secret-key = \"%s\"",
		"windows": "metadata\r\n    name = ann # a comment\r\ncurve\r\n\tpublic-key = '%s'  # the key\r\n\tsecret-key = '%s'\r\nother\r\n    public-key = x\r\n",
	} {
		path := filepath.Join(t.TempDir(), "key_secret")
		must(t, os.WriteFile(path, fmt.Appendf(nil, text, c.Public(), c.SecretKey()), 0o600))
		got, err := LoadCertificate(path)
		if err != nil || got.Public() != c.Public() || got.SecretKey() != c.SecretKey() || strings.Contains(text, "ann") && got.Meta("name") != "ann" {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

func TestAFileThatCanNotBeTrustedIsRefused(t *testing.T) {
	c, other := certificate(t), certificate(t)
	for name, e := range map[string]struct {
		text string
		mode fs.FileMode
		want error
	}{
		"readable by the group": {string(c.text(true)), 0o640, ErrKeyFile},
		"readable by all":       {string(c.text(true)), 0o604, ErrKeyFile},
		"empty":                 {"", 0o600, ErrKeyFile},
		"no key":                {"curve\n", 0o600, ErrKeyFile},
		"key of zeros cut":      {"curve\n    public-key = \"0000\"\n", 0o600, ErrKey},
		"open quote":            {"curve\n    public-key = \"" + c.Public().String() + "\n", 0o600, ErrKeyFile},
		"keys of two pairs":     {strings.ReplaceAll(string(c.text(true)), c.Public().String(), other.Public().String()), 0o600, ErrKey},
		"half a secret":         {strings.ReplaceAll(string(c.text(true)), c.SecretKey(), c.SecretKey()[:20]), 0o600, ErrKey},
		"endless":               {strings.Repeat("#", certificateMax+1), 0o600, ErrKeyFile},
		"binary":                {"\x00\x01\x02=\xff", 0o600, ErrKeyFile},
	} {
		path := filepath.Join(t.TempDir(), "key")
		must(t, os.WriteFile(path, []byte(e.text), e.mode))
		must(t, os.Chmod(path, e.mode)) // whatever the umask
		got, err := LoadCertificate(path)
		if !errors.Is(err, e.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), c.SecretKey()[:20]) {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if strings.Count(err.Error(), "zsock:") != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LoadCertificate(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := LoadCertificate(t.TempDir()); !errors.Is(err, ErrKeyFile) {
		t.Error(err)
	}
}

func TestADirectoryOfClientsIsLoadedWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	ann, bob := certificate(t).WithMeta("name", "Ann"), certificate(t)
	must(t, ann.Save(filepath.Join(dir, "1.key")))
	must(t, bob.PublicOnly().Save(filepath.Join(dir, "bob.key")))
	must(t, os.WriteFile(filepath.Join(dir, ".hidden"), nil, 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	clients, err := LoadClients(dir)
	if err != nil || len(clients) != 2 || clients[ann.Public()] != "Ann" || clients[bob.Public()] != "bob" {
		t.Fatal(clients, err)
	}
	auth := testSystem(t).Authenticator()
	if n, err := auth.ReloadClients("d", dir); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	for name, spoil := range map[string]func(path string) error{
		"nonsense":           func(path string) error { return os.WriteFile(path, []byte("nonsense"), 0o600) },
		"the same key twice": func(path string) error { return ann.PublicOnly().Save(path) },
		"writable by everyone": func(path string) error {
			return errors.Join(certificate(t).PublicOnly().Save(path), os.Chmod(path, 0o666))
		},
	} {
		path := filepath.Join(dir, "spoilt")
		must(t, spoil(path))
		if n, err := auth.ReloadClients("d", dir); n != 0 || err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %d %v", name, n, err)
		}
		if got := auth.rulesOf("d").Clients; len(got) != 2 {
			t.Errorf("%s: %v", name, got)
		}
		must(t, os.Remove(path))
	}
	must(t, os.Chmod(dir, 0o777))
	if _, err := LoadClients(dir); !errors.Is(err, ErrKeyFile) {
		t.Error(err)
	}
}

func TestSecretsDoNotShowHoweverTheyArePrinted(t *testing.T) {
	c := certificate(t).WithMeta("name", "ann")
	password := Password("correct horse")
	var b bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&b, nil))
	nested := struct {
		C    Certificate
		P    Password
		hide Certificate
		opts []any
	}{c, password, c, []any{c}}
	for _, value := range []any{c, &c, []Certificate{c}, map[string]any{"c": c}, nested, &nested, password, []Password{password},
		Rules{Users: map[string]Password{"ann": password}}, Credentials{Password: password}, &Credentials{Password: password},
		SetOption{Name: "curve_secretkey", Value: c.SecretKey()}, SetOption{Name: "plain_password", Value: "correct horse"},
		setting{value: guarded(&optionSpec{name: "curve_secretkey"}, c.SecretKey())}, authCheck{who: func() *Credentials { return &Credentials{Password: password} }}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&b, verb, value)
		}
		logger.Info("value", "value", value)
		if text, err := json.Marshal(value); err == nil {
			b.Write(text)
		}
	}
	for _, leak := range []string{c.SecretKey(), "correct horse", fmt.Sprintf("%x", c.SecretKey()), fmt.Sprintf("%x", "correct horse"), fmt.Sprintf("%q", c.SecretKey())} {
		if strings.Contains(b.String(), leak) {
			at := strings.Index(b.String(), leak)
			t.Errorf("%q shows behind %q", leak, b.String()[max(0, at-100):at])
		}
	}
	if !strings.Contains(b.String(), c.Public().String()) {
		t.Error("the public key does not show")
	}
}
