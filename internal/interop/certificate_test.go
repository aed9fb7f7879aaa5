package interop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// certificates has each side take what the other wrote: key pairs, and files where the peer has them.
func (r *rig) certificates(t *testing.T, files bool) {
	exchange(t, "their key pair is one of ours", func(ctx context.Context, t *testing.T) {
		public, secret := r.keys(ctx, t, "keys")
		same(t, certificate(t, secret), public, secret)
	})
	if !files {
		return
	}
	exchange(t, "they load the certificate that we saved", func(ctx context.Context, t *testing.T) {
		ours := generate(t).WithMeta("name", "our certificate").WithMeta("email", "ann@example.org")
		path := filepath.Join(t.TempDir(), "ours.key")
		if err := ours.Save(path); err != nil {
			t.Fatal(err)
		}
		public, secret := r.keys(ctx, t, "load", path+"_secret")
		same(t, ours, public, secret)
		if err := os.Remove(path + "_secret"); err != nil { // CZMQ would look there first
			t.Fatal(err)
		}
		if public, secret = r.keys(ctx, t, "load", path); public != ours.Public().String() || secret != "-" {
			t.Errorf("they read %s and a secret key of %d characters", public, len(secret))
		}
	})
	exchange(t, "we load the certificate that they saved", func(ctx context.Context, t *testing.T) {
		path := filepath.Join(t.TempDir(), "theirs.key")
		public, secret := r.keys(ctx, t, "save", path)
		whole, err := zsock.LoadCertificate(path + "_secret")
		if errors.Is(err, zsock.ErrKeyFile) { // pyzmq leaves it readable by all, which is not for us to accept
			if err := os.Chmod(path+"_secret", 0o600); err != nil {
				t.Fatal(err)
			}
			whole, err = zsock.LoadCertificate(path + "_secret")
		}
		if err != nil {
			t.Fatal(err)
		}
		same(t, whole, public, secret)
		half, err := zsock.LoadCertificate(path)
		if err != nil || half.HasSecret() || half.Public() != whole.Public() {
			t.Errorf("%v, %v", half, err)
		}
		if name := whole.Meta("name"); name != "their certificate" { // the other half of pyzmq has none
			t.Errorf("the name is %q", name)
		}
	})
}

// keys has the peer answer with a key pair.
func (r *rig) keys(ctx context.Context, t *testing.T, words ...any) (public, secret string) {
	t.Helper()
	answer := r.agent.do(ctx, t, words...)
	public, secret, ok := strings.Cut(answer, " ")
	if !ok {
		t.Fatalf("no two keys in an answer of %d characters", len(answer))
	}
	return public, secret
}

func same(t *testing.T, c zsock.Certificate, public, secret string) {
	t.Helper()
	if c.Public().String() != public {
		t.Errorf("the public key is %s, want %s", c.Public(), public)
	}
	if c.SecretKey() != secret {
		t.Error("the secret key is another one")
	}
}

func certificate(t *testing.T, secret string) zsock.Certificate {
	t.Helper()
	c, err := zsock.NewCertificate(secret)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func generate(t *testing.T) zsock.Certificate {
	t.Helper()
	c, err := zsock.GenerateCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
