package zsock

import (
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/actomq/actomq/internal/libzmq"
)

// PublicKey is the public half of a CURVE key pair: 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32). It is no
// secret. Keys are comparable with ==; the zero value is no key.
type PublicKey [32]byte

// ParsePublicKey reads a key from its 40 characters of Z85.
func ParsePublicKey(z85 string) (PublicKey, error) {
	var key PublicKey
	if len(z85) != keyLength {
		return key, fmt.Errorf("%w: want %d characters of Z85, got %d", ErrKey, keyLength, len(z85))
	}
	data, err := z85Decode(z85)
	if err != nil {
		return key, fmt.Errorf("%w: %w", ErrKey, err)
	}
	copy(key[:], data)
	return key, nil
}

const keyLength = 40 // characters of Z85

// String gives the 40 characters of Z85.
func (k PublicKey) String() string { return z85Encode(k[:]) }

// MarshalText gives what String gives.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is ParsePublicKey.
func (k *PublicKey) UnmarshalText(text []byte) (err error) {
	*k, err = ParsePublicKey(string(text))
	return err
}

// IsZero reports whether k is no key.
func (k PublicKey) IsZero() bool { return k == PublicKey{} }

// secret gives a text that must not be shown. Packages that print values look through unexported fields without asking the
// value how, and with a wrong verb even through pointers, but into no function.
type secret func() string

func conceal(text string) secret { return func() string { return text } }

// hidden stands for a secret wherever one would be printed.
const hidden = "[hidden]"

// Certificate is a CURVE identity: a public key, the secret key that belongs to it unless only the public half is known, and
// free metadata such as a name. It is a small value that never changes. However it is printed or logged, it shows no secret.
//
// GenerateCertificate makes one, Save writes the pair of files that CZMQ and pyzmq read, too, and LoadCertificate reads them.
type Certificate struct {
	public PublicKey
	secret secret
	meta   map[string]string
}

// GenerateCertificate makes a new key pair (zmq_curve_keypair). It fails where libzmq was built without CURVE.
func GenerateCertificate() (Certificate, error) {
	public, private, err := libzmq.CurveKeyPair()
	if err != nil {
		return Certificate{}, &Error{Op: "generate certificate", Err: err}
	}
	key, err := ParsePublicKey(public)
	return Certificate{public: key, secret: conceal(private)}, err
}

// NewCertificate makes a certificate of the Z85 text of a secret key, from which the public one follows.
func NewCertificate(secretKey string) (Certificate, error) {
	if _, err := ParsePublicKey(secretKey); err != nil { // both halves are written in the same way
		return Certificate{}, err
	}
	public, err := libzmq.CurvePublic(secretKey)
	if err != nil {
		return Certificate{}, fmt.Errorf("%w: the secret key has no public one: %w", ErrKey, err)
	}
	key, err := ParsePublicKey(public)
	return Certificate{public: key, secret: conceal(secretKey)}, err
}

// PublicCertificate makes a certificate without a secret key, to be saved for others.
func PublicCertificate(key PublicKey) Certificate { return Certificate{public: key} }

// Public is the public key.
func (c Certificate) Public() PublicKey { return c.public }

// HasSecret reports whether the secret key is there, which a socket needs for its own certificate.
func (c Certificate) HasSecret() bool { return c.secret != nil }

// SecretKey gives the secret key as Z85 text, to be kept somewhere else than in a file. It is empty without HasSecret.
func (c Certificate) SecretKey() string {
	if c.secret == nil {
		return ""
	}
	return c.secret()
}

// PublicOnly gives the certificate without its secret key.
func (c Certificate) PublicOnly() Certificate {
	c.secret = nil
	return c
}

// Meta gives a value of the metadata, such as "name"; empty if there is none.
func (c Certificate) Meta(name string) string { return c.meta[name] }

// WithMeta gives the certificate with one more value of metadata. Names are of letters, digits and $-_@.&+, values of
// anything but control characters, and not of both kinds of quotes; Save refuses others.
func (c Certificate) WithMeta(name, value string) Certificate {
	c.meta = maps.Clone(c.meta)
	if c.meta == nil {
		c.meta = make(map[string]string)
	}
	c.meta[name] = value
	return c
}

// String shows the public key and the metadata, and whether there is a secret.
func (c Certificate) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "certificate %s", c.public)
	for _, name := range slices.Sorted(maps.Keys(c.meta)) {
		fmt.Fprintf(&b, " %s=%q", name, c.meta[name])
	}
	if c.secret != nil {
		b.WriteString(" secret=" + hidden)
	}
	return b.String()
}

// Format prints String, whatever the verb.
func (c Certificate) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue gives slog what String shows.
func (c Certificate) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText gives what String gives, so that no encoder shows the secret either. Use Save and LoadCertificate to keep one.
func (c Certificate) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Password is a password of PLAIN. It is a string that does not show itself when it is printed, logged or encoded.
type Password string

// Format prints a placeholder, whatever the verb.
func (Password) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String gives a placeholder; string(p) is the password.
func (Password) String() string { return hidden }

// GoString gives a placeholder.
func (Password) GoString() string { return hidden }

// LogValue gives slog a placeholder.
func (Password) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText gives encoders a placeholder.
func (Password) MarshalText() ([]byte, error) { return []byte(hidden), nil }

var (
	_ fmt.Formatter          = Certificate{}
	_ encoding.TextMarshaler = Certificate{}
	_ fmt.Formatter          = Password("")
)
