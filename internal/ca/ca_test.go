package ca

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// day is when everything of these tests happens.
func day() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func newCA(t *testing.T, hosts ...string) *Authority {
	t.Helper()
	a, err := New(Options{Name: "Test CA", Organization: "Test", NotBefore: day().Add(-time.Hour), NotAfter: day().AddDate(10, 0, 0), Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func rootsOf(a *Authority) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

func TestConstrainedAuthority(t *testing.T) {
	for _, c := range []struct {
		name   string
		allows []string
		host   string
		ok     bool
	}{
		{"the host itself", []string{"id.example.org"}, "id.example.org", true},
		{"a name below", []string{"id.example.org"}, "x.cert.id.example.org", true},
		{"a wildcard's name", []string{"*.cert.example.org"}, "x.cert.example.org", true},
		{"every name under localhost", []string{"localhost"}, "app.localhost", true},
		{"another host", []string{"id.example.org"}, "bank.example", false},
		{"a host that ends alike", []string{"example.org"}, "badexample.org", false},
		{"an address where none is allowed", []string{"localhost"}, "127.0.0.1", false},
		{"an IPv6 address where none is allowed", []string{"localhost"}, "::1", false},
		{"the allowed address", []string{"192.0.2.7"}, "192.0.2.7", true},
		{"another address", []string{"192.0.2.7"}, "192.0.2.8", false},
		{"a name where only an address is allowed", []string{"192.0.2.7"}, "id.example.org", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newCA(t, c.allows...)
			l, err := a.IssueServer([]string{c.host}, day(), day().AddDate(1, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			_, err = l.Certificate.Verify(x509.VerifyOptions{Roots: rootsOf(a), CurrentTime: day(), DNSName: c.host})
			if (err == nil) != c.ok {
				t.Errorf("a certificate for %s by a CA for %v: %v", c.host, c.allows, err)
			}
		})
	}
}

func TestConstrainedAuthorityCannotIssueToPeople(t *testing.T) {
	a := newCA(t, "localhost")
	l, err := a.IssueClient(Person{Name: "Mallory"}, day(), day().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Certificate.Verify(x509.VerifyOptions{Roots: rootsOf(a), CurrentTime: day(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err == nil {
		t.Error("a CA for servers issued a certificate that is good for a person")
	}
}

func TestIssueClient(t *testing.T) {
	a := newCA(t)
	l, err := a.IssueClient(Person{Name: "Alice Martin", Organization: "Test", Email: "alice@example.org"}, day(), day().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(at time.Time, use x509.ExtKeyUsage) error {
		_, err := l.Certificate.Verify(x509.VerifyOptions{Roots: rootsOf(a), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{use}})
		return err
	}
	if err := verify(day(), x509.ExtKeyUsageClientAuth); err != nil {
		t.Errorf("client authentication: %v", err)
	}
	if verify(day(), x509.ExtKeyUsageServerAuth) == nil {
		t.Error("a person's certificate is good for a server")
	}
	if verify(day().AddDate(2, 0, 0), x509.ExtKeyUsageClientAuth) == nil {
		t.Error("it is good after its end")
	}
	if got := l.Certificate.EmailAddresses; len(got) != 1 || got[0] != "alice@example.org" {
		t.Errorf("e-mail addresses are %q", got)
	}
	if l.Certificate.IsCA || l.Certificate.Subject.CommonName != "Alice Martin" || l.Certificate.SerialNumber.BitLen() < 64 {
		t.Errorf("CA %v, name %q, serial %x", l.Certificate.IsCA, l.Certificate.Subject.CommonName, l.Certificate.SerialNumber)
	}
	if chain := l.Chain(a); len(chain) != 2 || chain[1] != a.Certificate {
		t.Errorf("the chain has %d certificates", len(chain))
	}
}

func TestPKCS12(t *testing.T) {
	a := newCA(t)
	l, err := a.IssueClient(Person{Name: "Alice Martin"}, day(), day().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.PKCS12(""); err == nil {
		t.Error("an empty password is accepted; Apple's systems import no such file")
	}
	packed, err := l.PKCS12("secret")
	if err != nil {
		t.Fatal(err)
	}
	key, certificate, err := pkcs12.Decode(packed, "secret")
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if !certificate.Equal(l.Certificate) || !l.key.Equal(key) {
		t.Error("another certificate or key comes out")
	}
	if _, _, err := pkcs12.Decode(packed, "wrong"); !errors.Is(err, pkcs12.ErrIncorrectPassword) {
		t.Errorf("a wrong password: %v", err)
	}

	dir := t.TempDir()
	file := filepath.Join(dir, "alice.p12")
	if err := WriteFile(file, packed); err != nil {
		t.Fatal(err)
	}
	t.Run("openssl", func(t *testing.T) {
		runInstalled(t, "openssl", "pkcs12", "-in", file, "-passin", "pass:secret", "-nodes")
	})
	t.Run("nss", func(t *testing.T) {
		runInstalled(t, "certutil", "-N", "-d", "sql:"+dir, "--empty-password")
		runInstalled(t, "pk12util", "-i", file, "-d", "sql:"+dir, "-W", "secret")
	})
}

// runInstalled runs a program of the system, if there is one.
func runInstalled(t *testing.T, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if _, err := Load(file("ca.pem"), file("ca-key.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	o := Options{Name: "Test CA", NotBefore: day(), NotAfter: day().AddDate(1, 0, 0)}
	made, err := LoadOrNew(file("ca.pem"), file("ca-key.pem"), o)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadOrNew(file("ca.pem"), file("ca-key.pem"), o)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Certificate.Equal(made.Certificate) || !again.key.Equal(made.key) {
		t.Error("the second start has another CA")
	}
	for _, name := range []string{"ca.pem", "ca-key.pem"} {
		if info, err := os.Stat(file(name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	l, err := made.IssueServer([]string{"id.example.org"}, day(), day().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Save(file("site.pem"), file("site-key.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadLeaf(file("site.pem"), file("ca-key.pem")); err == nil {
		t.Error("a certificate with the key of another is loaded")
	}
	if left, err := filepath.Glob(file("*.pem.*")); err != nil || len(left) > 0 {
		t.Errorf("half-written files are left: %v, %v", left, err)
	}
}

func TestDevelopment(t *testing.T) {
	dir := t.TempDir()
	open := func(now time.Time, hosts ...string) (*Development, *Leaf) {
		t.Helper()
		d, err := OpenDevelopment(dir, "Development CA", hosts, now)
		if err != nil {
			t.Fatal(err)
		}
		l, err := d.Server("site", []string{"id.localhost"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Certificate.Verify(x509.VerifyOptions{Roots: rootsOf(d.Authority), CurrentTime: now, DNSName: "id.localhost"}); err != nil {
			t.Fatalf("the site's certificate: %v", err)
		}
		return d, l
	}
	first, site := open(day(), "localhost")
	second, same := open(day().AddDate(0, 11, 0), "localhost")
	if !second.Certificate.Equal(first.Certificate) || !same.Certificate.Equal(site.Certificate) {
		t.Error("a later start has another CA or certificate; browsers that were told to accept it would ask again")
	}
	third, renewed := open(day().AddDate(0, 13, -5), "localhost")
	if !third.Certificate.Equal(first.Certificate) || renewed.Certificate.Equal(site.Certificate) {
		t.Error("the certificate's last month did not renew it, or the CA changed with it")
	}
	fourth, _ := open(day(), "localhost", "id.example.org")
	if fourth.Certificate.Equal(first.Certificate) {
		t.Error("the CA cannot issue for the new hosts, and was kept")
	}
	fifth, _ := open(day().AddDate(10, 0, 0), "localhost", "id.example.org")
	if fifth.Certificate.Equal(fourth.Certificate) {
		t.Error("the CA ends within a month, and was kept")
	}
	if other, err := fifth.Server("site", []string{"app.localhost"}); err != nil || other.Certificate.VerifyHostname("app.localhost") != nil {
		t.Errorf("the name was changed: %v", err)
	}
}

// An authority for people is one to others' eyes too: proxies in front are given its
// certificate.
func TestAuthorityForPeople(t *testing.T) {
	a, err := New(Options{Name: "People CA", Organization: "Test", NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0), People: true})
	if err != nil {
		t.Fatal(err)
	}
	l, err := a.IssueClient(Person{Name: "Alice Martin", Number: "7", Email: "alice@example.org"}, time.Now().Add(-time.Minute), time.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Certificate.Verify(x509.VerifyOptions{Roots: rootsOf(a), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err == nil {
		t.Error("it vouches for a server")
	}
	if l.Certificate.Subject.SerialNumber != "7" {
		t.Errorf("the subject is %s", l.Certificate.Subject)
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := a.Save(file("ca.pem"), file("ca-key.pem")); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(file("alice.pem"), file("alice-key.pem")); err != nil {
		t.Fatal(err)
	}
	runInstalled(t, "openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", file("ca.pem"), file("alice.pem"))

	key, err := a.Key()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse(a.Certificate.Raw, key); err != nil || !again.key.Equal(a.key) {
		t.Errorf("it is not read again: %v", err)
	}
	if _, err := Parse(l.Certificate.Raw, key); err == nil {
		t.Error("the key is taken for another certificate")
	}
}
