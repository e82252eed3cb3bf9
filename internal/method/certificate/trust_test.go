package certificate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store/storetest"
)

// systemRoot is the CA in the system store of this test process. It is set once,
// by TestMain.
var systemRoot authority

// withSystemRoot runs the tests in a process whose system store holds one CA.
func withSystemRoot(m *testing.M) int {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Public CA"}, NotBefore: storetest.Start().AddDate(-5, 0, 0), NotAfter: storetest.Start().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	systemRoot = authority{cert: parsed, key: key}
	dir, err := os.MkdirTemp("", "signet-roots-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(file, []byte(pemOf(&systemRoot)), 0o600); err != nil {
		panic(err)
	}
	_ = os.Setenv("SSL_CERT_FILE", file) // fails for malformed names only
	_ = os.Setenv("SSL_CERT_DIR", dir)
	return m.Run()
}

// Keycloak #33172: what the system trusts must not sign people in.
func TestT20SystemStoreIsNotTrusted(t *testing.T) {
	h := newHouse(t)
	public := systemRoot
	public.t = t
	stranger := public.person("Stranger")
	if _, err := stranger.Leaf.Verify(x509.VerifyOptions{CurrentTime: h.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Skipf("this system has no store that a test could fill: %v", err)
	}
	at := h.start(h.mtls)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: stranger})); r.Cause != string(cert.CauseUnknownIssuer) {
		t.Errorf("refused with %s", r.Cause)
	}
}

// Keycloak #52801: a CA is known by its key and not by its name.
func TestT21AnotherCAOfTheSameName(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice.ID, h.mtls, h.ca.person("Alice"), h.ca)
	twin := newAuthority(t, h.ca.cert.Subject.CommonName, func(c *x509.Certificate) { c.SubjectKeyId = h.ca.cert.SubjectKeyId })
	at := h.start(h.mtls)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: twin.person("Alice")})); r.Cause != string(cert.CauseBadSignature) {
		t.Errorf("refused with %s", r.Cause)
	}
	// Sending the twin along as a link of the chain makes it no anchor.
	at = h.start(h.mtls)
	forged := twin.person("Alice")
	forged.Certificate = append(forged.Certificate, twin.cert.Raw)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: forged})); r.Cause != string(cert.CauseBadSignature) {
		t.Errorf("with its CA along, refused with %s", r.Cause)
	}
	// Where one method trusts both, the accounts behind them are still two.
	both := h.method(iam.CertificateSettings{Anchors: pemOf(h.ca, twin)})
	key := newKey(t)
	mine, theirs := h.ca.personWith(key, "Alice"), twin.personWith(key, "Alice")
	h.link(h.alice.ID, both, mine, h.ca)
	at = h.start(both)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: theirs})); r.Cause != login.CauseNotLinked {
		t.Errorf("of the other CA, refused with %s", r.Cause)
	}
	at = h.start(both)
	if out := h.returned(at, h.visit(visit{url: at.url, as: mine})); out.Step != login.StepDone {
		t.Errorf("of the right CA, the login goes on with %s", out.Step)
	}
}

// CVE-2024-2048: everything of a certificate can be copied but its key.
func TestT22CopiedCertificateWithAnotherKey(t *testing.T) {
	h := newHouse(t)
	same := func(c *x509.Certificate) {
		c.SerialNumber, c.SubjectKeyId, c.EmailAddresses = big.NewInt(0x5e71a1), []byte{1, 2, 3}, []string{"alice@example.org"}
	}
	mine, copied := h.ca.person("Alice", same), h.ca.person("Alice", same)
	h.link(h.alice.ID, h.mtls, mine, h.ca)
	at := h.start(h.mtls)
	a := h.visit(visit{url: at.url, as: copied})
	if e := h.stored(at).Evidence; e == nil || e.Key == string(cert.KeyOf(mine.Leaf, h.ca.cert)) {
		t.Fatalf("the evidence is %+v, want one with another key", e)
	}
	if r := h.refusal(at, a); r.Cause != login.CauseNotLinked {
		t.Errorf("refused with %s", r.Cause)
	}
}

// CVE-2023-2422: of several certificates only the one whose key was proved
// speaks.
func TestT25AppendedCertificateOfAVictim(t *testing.T) {
	h := newHouse(t)
	victim := h.ca.person("Alice")
	h.link(h.alice.ID, h.mtls, victim, h.ca)
	mallory, err := h.directory.CreateUser(t.Context(), h.program, iam.User{Login: "mallory", Name: "Mallory"}, "correct horse battery")
	must(t, err)
	own := h.ca.person("Mallory")
	h.link(mallory.ID, h.mtls, own, h.ca)

	with := func(c *tls.Certificate, appended ...[]byte) *tls.Certificate {
		return &tls.Certificate{PrivateKey: c.PrivateKey, Leaf: c.Leaf, Certificate: append(c.Certificate[:1:1], appended...)}
	}
	at := h.start(h.mtls)
	out := h.returned(at, h.visit(visit{url: at.url, as: with(own, victim.Certificate[0], h.ca.cert.Raw)}))
	if out.Opened == nil || out.Opened.Session.User != mallory.ID {
		t.Errorf("signed in %+v, want mallory", out.Opened)
	}
	stranger := newAuthority(t, "Mallory CA").person("Stranger")
	at = h.start(h.mtls)
	r := h.refusal(at, h.visit(visit{url: at.url, as: with(stranger, victim.Certificate[0], h.ca.cert.Raw)}))
	if r.Cause != string(cert.CauseUnknownIssuer) || r.Certificate.CommonName != "Stranger" {
		t.Errorf("refused with %s, %+v", r.Cause, r.Certificate)
	}
}

// CVE-2018-16886: a CA that is trusted for something else signs nobody in.
func TestT28CAOfAnotherPurpose(t *testing.T) {
	h := newHouse(t)
	machines := newAuthority(t, "Machine CA")
	other := h.method(iam.CertificateSettings{Anchors: pemOf(machines)})
	h.link(h.alice.ID, h.mtls, h.ca.person("alice"), h.ca)
	for name, c := range map[string]*tls.Certificate{
		"a CA of another method": machines.person("alice"),
		"the CA of the listener": h.served.person("alice"),
		"no CA at all":           selfSigned(t, "alice"),
	} {
		at := h.start(h.mtls)
		if r := h.refusal(at, h.visit(visit{url: at.url, as: c})); r.Cause != string(cert.CauseUnknownIssuer) {
			t.Errorf("%s: refused with %s", name, r.Cause)
		}
	}
	// Also where it stands on the shared name, where all CAs are named.
	at := h.startOn(h.mtls, "id.localhost")
	if r := h.refusal(at, h.visit(visit{url: at.url, as: machines.person("alice")})); r.Cause != string(cert.CauseUnknownIssuer) {
		t.Errorf("on the fixed name: refused with %s", r.Cause)
	}
	// A key that is linked under one method is nobody's under another.
	both := h.method(iam.CertificateSettings{Anchors: pemOf(h.ca, machines)})
	linked := machines.person("alice")
	h.link(h.alice.ID, other, linked, machines)
	at = h.start(both)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: linked})); r.Cause != login.CauseNotLinked {
		t.Errorf("under another method: refused with %s", r.Cause)
	}
}

func selfSigned(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key := newKey(t)
	c := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: storetest.Start().Add(-time.Hour), NotAfter: storetest.Start().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, nil, nil, key)
	return &tls.Certificate{PrivateKey: key, Leaf: c, Certificate: [][]byte{c.Raw}}
}

// T30: what is sent is bounded before it costs anything, and the host lives on.
func TestT30FloodsOfCertificates(t *testing.T) {
	h := newHouse(t)
	me := h.ca.person("Alice")
	big := h.ca.person("Big", func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Value: make([]byte, 60<<10)}}
	})
	chain := func(first *tls.Certificate, n int, der []byte) *tls.Certificate {
		c := &tls.Certificate{PrivateKey: first.PrivateKey, Leaf: first.Leaf, Certificate: first.Certificate[:1:1]}
		for range n {
			c.Certificate = append(c.Certificate, der)
		}
		return c
	}
	for name, c := range map[string]struct {
		sent  *tls.Certificate
		cause cert.Cause // none: the connection is ended
	}{
		"100 certificates":           {chain(me, 99, h.ca.cert.Raw), cert.CauseChainTooLarge},
		"500 certificates":           {chain(me, 499, h.ca.cert.Raw), ""},
		"one of 60 KiB":              {big, cert.CauseNone},
		"three of 60 KiB":            {chain(big, 2, big.Certificate[0]), ""},
		"five of 60 KiB":             {chain(big, 4, big.Certificate[0]), ""},
		"garbage as the certificate": {&tls.Certificate{PrivateKey: me.PrivateKey, Certificate: [][]byte{[]byte("garbage")}}, ""},
		"garbage behind it":          {chain(me, 1, []byte(strings.Repeat("\x30\x80", 1000))), ""},
		"an empty one":               {&tls.Certificate{PrivateKey: me.PrivateKey, Certificate: [][]byte{{}}}, ""},
		"a cut one":                  {&tls.Certificate{PrivateKey: me.PrivateKey, Certificate: [][]byte{me.Certificate[0][:100]}}, ""},
		"a certificate and more":     {&tls.Certificate{PrivateKey: me.PrivateKey, Certificate: [][]byte{append(me.Certificate[0][:len(me.Certificate[0]):len(me.Certificate[0])], 0)}}, ""},
		"the key of another one":     {&tls.Certificate{PrivateKey: newKey(t), Certificate: me.Certificate}, ""},
		"an RSA key of 16384 bits":   {wideRSA(t, h.ca, me), ""},
		"the CA's own, with our key": {&tls.Certificate{PrivateKey: me.PrivateKey, Certificate: [][]byte{h.ca.cert.Raw}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				at := h.start(h.mtls)
				a, err := h.try(visit{url: at.url, as: c.sent, tls: func(config *tls.Config) { config.MinVersion, config.MaxVersion = version, version }})
				switch {
				case c.cause == "" && name != "one of 60 KiB":
					if err == nil {
						t.Errorf("%s: answered %d to %q, want no answer", tls.VersionName(version), a.status, a.location)
					}
					if !h.stored(at).JudgedAt.IsZero() {
						t.Error("the ticket was spent")
					}
				case err != nil:
					t.Errorf("%s: %v", tls.VersionName(version), err)
				case c.cause == "":
					returnTicket(t, at, a)
				default:
					if r := h.refusal(at, a); r.Cause != string(c.cause) {
						t.Errorf("%s: refused with %s", tls.VersionName(version), r.Cause)
					}
				}
			}
		})
	}
	at := h.start(h.mtls)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: me})); r.Cause != login.CauseNotLinked {
		t.Errorf("after all that, a good certificate is refused with %s", r.Cause)
	}
}

// wideRSA is a certificate for an RSA key that costs the server dearly to verify;
// nobody needs the private key to send it.
func wideRSA(t *testing.T, by *authority, me *tls.Certificate) *tls.Certificate {
	t.Helper()
	modulus := new(big.Int).Lsh(big.NewInt(1), 16383)
	modulus.SetBit(modulus, 0, 1)
	template := *me.Leaf
	der, err := x509.CreateCertificate(rand.Reader, &template, by.cert, wideKey(modulus), by.key)
	must(t, err)
	return &tls.Certificate{PrivateKey: me.PrivateKey, Certificate: [][]byte{der}}
}
