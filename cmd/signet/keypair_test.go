package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"signet/internal/ca"
	"signet/internal/config"
)

// certificateFiles writes a certificate for the hosts and returns its files.
func certificateFiles(t *testing.T, dir string, hosts ...string) (certificate, key string) {
	t.Helper()
	now := time.Now()
	authority, err := ca.New(ca.Options{Name: "Test CA", NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := authority.IssueServer(hosts, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "site.pem"), filepath.Join(dir, "site-key.pem")
	if err := leaf.Save(certificate, key); err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func TestKeyPairFollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	certificate, key := certificateFiles(t, dir, "id.example.org")
	pair, err := openKeyPair("tls-cert", certificate, key, []string{"id.example.org"}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	pair.now = func() time.Time { return now }
	serial := func() string {
		t.Helper()
		c, err := pair.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.String()
	}
	first := serial()

	certificateFiles(t, dir, "id.example.org")
	// File systems count time coarsely; the test must not depend on how.
	touch(t, now.Add(time.Minute), certificate, key)
	if serial() != first {
		t.Error("the files are looked at on every handshake")
	}
	now = now.Add(checkEvery)
	second := serial()
	if second == first {
		t.Error("the renewed certificate is not used")
	}

	if err := os.WriteFile(certificate, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	touch(t, now.Add(2*time.Minute), certificate)
	now = now.Add(checkEvery)
	if serial() != second {
		t.Error("a broken file takes the good certificate away")
	}
	if err := os.Remove(certificate); err != nil {
		t.Fatal(err)
	}
	now = now.Add(checkEvery)
	if serial() != second {
		t.Error("a missing file takes the good certificate away")
	}
	certificateFiles(t, dir, "id.example.org")
	touch(t, now.Add(3*time.Minute), certificate, key)
	now = now.Add(checkEvery)
	if serial() == second {
		t.Error("after the mend the new certificate is not used")
	}
}

func touch(t *testing.T, at time.Time, files ...string) {
	t.Helper()
	for _, f := range files {
		if err := os.Chtimes(f, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeyPairRefuses(t *testing.T) {
	dir := t.TempDir()
	certificate, key := certificateFiles(t, dir, "*.cert.example.org", "id.example.org")
	for _, c := range []struct {
		name             string
		certificate, key string
		hosts            []string
		ok               bool
	}{
		{"all its names", certificate, key, []string{"*.cert.example.org", "id.example.org"}, true},
		{"another name", certificate, key, []string{"other.example.org"}, false},
		{"another wildcard", certificate, key, []string{"*.example.org"}, false},
		{"no such file", filepath.Join(dir, "none.pem"), key, nil, false},
		{"key and certificate changed round", key, certificate, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := openKeyPair("tls-cert", c.certificate, c.key, c.hosts, slog.Default())
			var problem *config.Problem
			if c.ok != (err == nil) || err != nil && !errors.As(err, &problem) {
				t.Errorf("got %v", err)
			}
		})
	}
}
