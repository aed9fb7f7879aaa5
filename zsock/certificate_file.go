package zsock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// Files of certificates are ZPL (ZeroMQ RFC 4): sections by indentation, values in quotes.
const (
	secretSuffix   = "_secret"
	certificateMax = 64 << 10 // bytes of a file
	othersMay      = 0o077
	othersMayWrite = 0o002
	loadClientsOp  = "load clients"
)

// Save writes the certificate as CZMQ and pyzmq do: the public half to path, readable by all, and, if there is one, the whole
// to path_secret, readable by the owner only (mode 0600). Files that exist are not overwritten: the error is fs.ErrExist.
func (c Certificate) Save(path string) error {
	if c.public.IsZero() {
		return &Error{Op: "save certificate", Endpoint: path, Err: ErrKey, Hint: "the zero Certificate has no key"}
	}
	for name, value := range c.meta {
		if name == "" || strings.Trim(name, zplName) != "" || !zplValue(value) {
			return &Error{Op: "save certificate", Endpoint: path, Err: fmt.Errorf("the metadata %q can't be written", name)}
		}
	}
	if c.secret != nil {
		if err := create(path+secretSuffix, 0o600, c.text(true)); err != nil {
			return &Error{Op: "save certificate", Err: err}
		}
	}
	if err := create(path, 0o644, c.text(false)); err != nil {
		if c.secret != nil {
			_ = os.Remove(path + secretSuffix)
		}
		return &Error{Op: "save certificate", Err: err}
	}
	return nil
}

func create(path string, mode fs.FileMode, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func (c Certificate) text(private bool) []byte {
	var b bytes.Buffer
	if private {
		b.WriteString("#   ZeroMQ CURVE **Secret** Certificate\n#   Give this file to nobody, and let nobody else read it.\n\n")
	} else {
		b.WriteString("#   ZeroMQ CURVE Public Certificate\n#   Give this file to whom it may concern by a way that nobody can alter.\n\n")
	}
	b.WriteString("metadata\n")
	for _, name := range slices.Sorted(maps.Keys(c.meta)) {
		quote := `"`
		if strings.Contains(c.meta[name], quote) {
			quote = "'"
		}
		fmt.Fprintf(&b, "    %s = %s%s%s\n", name, quote, c.meta[name], quote)
	}
	fmt.Fprintf(&b, "curve\n    public-key = %q\n", c.public.String())
	if private {
		fmt.Fprintf(&b, "    secret-key = \"%s\"\n", c.secret())
	}
	return b.Bytes()
}

// LoadCertificate reads a file that Save, CZMQ or pyzmq wrote: the secret one to get both keys, the public one to get the
// public key. A file with a secret key that others may read or write is refused (chmod 600), as ErrKeyFile; so is one whose
// keys do not belong together.
func LoadCertificate(path string) (Certificate, error) {
	c, err := loadCertificate(path)
	if err != nil {
		return Certificate{}, &Error{Op: "load certificate", Endpoint: path, Err: err}
	}
	return c, nil
}

func loadCertificate(path string) (Certificate, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // else a pipe without a writer would have it wait
	if err != nil {
		return Certificate{}, err
	}
	defer f.Close()
	info, err := f.Stat() // of what is read, not of what has the name by now
	if err != nil {
		return Certificate{}, err
	}
	if !info.Mode().IsRegular() {
		return Certificate{}, fmt.Errorf("%w: it is no regular file", ErrKeyFile)
	}
	text, err := io.ReadAll(io.LimitReader(f, certificateMax+1))
	if err != nil {
		return Certificate{}, err
	}
	if len(text) > certificateMax {
		return Certificate{}, fmt.Errorf("%w: it has more than %d bytes", ErrKeyFile, certificateMax)
	}
	c, err := parseCertificate(string(text))
	if err != nil {
		return Certificate{}, err
	}
	if c.secret != nil && runtime.GOOS != "windows" && info.Mode().Perm()&othersMay != 0 {
		return Certificate{}, fmt.Errorf("%w: others may read or write the secret key (mode %04o): chmod 600, or make a new key",
			ErrKeyFile, info.Mode().Perm())
	}
	return c, nil
}

const zplName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_@.&+/"

func zplValue(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) &&
		!(strings.Contains(v, `"`) && strings.Contains(v, "'"))
}

// parseCertificate reads the sections that matter, and leaves others alone. No error shows a value.
func parseCertificate(text string) (Certificate, error) {
	var public, private string
	meta := make(map[string]string)
	section := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		content := strings.TrimLeft(line, " \t")
		if content == "" || content[0] == '#' {
			continue
		}
		name, value, assigned := strings.Cut(content, "=")
		name = strings.TrimRight(name, " \t")
		value, err := zplUnquote(value)
		if err != nil || strings.Trim(name, zplName) != "" {
			return Certificate{}, fmt.Errorf("%w: line %d is not ZPL", ErrKeyFile, i+1)
		}
		if len(content) == len(line) {
			section = name
			continue
		}
		switch {
		case !assigned:
		case section == "metadata":
			meta[name] = value
		case section == "curve" && name == "public-key":
			public = value
		case section == "curve" && name == "secret-key":
			private = value
		}
	}
	if public == "" {
		return Certificate{}, fmt.Errorf("%w: it has no public-key in a section curve", ErrKeyFile)
	}
	key, err := ParsePublicKey(public)
	if err != nil {
		return Certificate{}, err
	}
	c := PublicCertificate(key)
	if private != "" {
		if c, err = NewCertificate(private); err != nil {
			return Certificate{}, err
		}
		if c.public != key {
			return Certificate{}, fmt.Errorf("%w: its two keys do not belong together", ErrKey)
		}
	}
	if len(meta) > 0 {
		c.meta = meta
	}
	return c, nil
}

// zplUnquote takes the quotes off, and a comment behind the value.
func zplUnquote(value string) (string, error) {
	value = strings.TrimLeft(value, " \t")
	if value == "" {
		return "", nil
	}
	if quote := value[0]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(value[1:], quote)
		if end < 0 {
			return "", errors.New("a quote does not end")
		}
		rest := strings.TrimLeft(value[2+end:], " \t")
		if rest != "" && rest[0] != '#' {
			return "", errors.New("something follows the quotes")
		}
		return value[1 : 1+end], nil
	}
	value, _, _ = strings.Cut(value, "#")
	return strings.TrimRight(value, " \t"), nil
}

// Clients are those who may connect with CURVE: the user id of each public key. An empty user id stands for the key's text.
type Clients map[PublicKey]string

// LoadClients reads every certificate in a directory: regular files, except hidden ones and those that end in _secret. The
// user id of a client is the name in its metadata, or else that of its file without the extension. A directory or file that
// everybody may write to is refused, as ErrKeyFile; so is a key that occurs twice. On an error there are no clients at all.
func LoadClients(dir string) (Clients, error) {
	clients, err := loadClients(dir)
	if err != nil {
		var own *Error
		if !errors.As(err, &own) {
			own = &Error{Op: loadClientsOp, Endpoint: dir, Err: err}
		}
		return nil, own
	}
	return clients, nil
}

func loadClients(dir string) (Clients, error) {
	writable := func(info fs.FileInfo) bool {
		return runtime.GOOS != "windows" && info.Mode().Perm()&othersMayWrite != 0
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if writable(info) {
		return nil, fmt.Errorf("%w: everybody may add keys to this directory: chmod o-w", ErrKeyFile)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	clients := make(Clients)
	for _, entry := range entries {
		name := entry.Name()
		path := filepath.Join(dir, name)
		if name[0] == '.' || strings.HasSuffix(name, secretSuffix) {
			continue
		}
		refuse := func(err error) error { return &Error{Op: loadClientsOp, Endpoint: path, Err: err} }
		info, err := os.Stat(path)
		if err != nil {
			return nil, refuse(err)
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if writable(info) {
			return nil, refuse(fmt.Errorf("%w: everybody may change it: chmod o-w", ErrKeyFile))
		}
		c, err := loadCertificate(path)
		if err != nil {
			return nil, refuse(err)
		}
		user := c.Meta("name")
		if user == "" {
			user = strings.TrimSuffix(name, filepath.Ext(name))
		}
		if other, twice := clients[c.public]; twice {
			return nil, refuse(fmt.Errorf("%w: it has the key of %s", ErrKeyFile, other))
		}
		clients[c.public] = user
	}
	return clients, nil
}
