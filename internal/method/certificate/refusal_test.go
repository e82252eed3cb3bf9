package certificate_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store/storetest"
)

// TestEveryRefusal walks every way in which a certificate can be refused, from
// the handshake to the page: what was sent and why is stored on the attempt and
// told to the event log, and the person is always sent back.
func TestEveryRefusal(t *testing.T) {
	h := newHouse(t)
	root := newAuthority(t, "Refusing CA")
	start := storetest.Start()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	forger := newAuthority(t, "Refusing CA") // the same name, another key
	narrow := root.sub("Narrow CA", func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"hospital.example"} })
	old := root.sub("Old CA", func(c *x509.Certificate) { c.NotAfter = start.Add(-time.Hour) })
	early := root.sub("Early CA", func(c *x509.Certificate) { c.NotBefore = start.Add(time.Hour) })
	deep := root.sub("Sub 1").sub("Sub 2")
	crowd := root.person("Crowd")
	for range cert.MaxPresented {
		crowd.Certificate = append(crowd.Certificate, forger.cert.Raw)
	}

	covered := []cert.Cause{}
	for _, c := range []struct {
		cause    cert.Cause
		settings iam.CertificateSettings
		sent     *tls.Certificate
	}{
		{cause: cert.CauseNoCertificate},
		{cause: cert.CauseChainTooLarge, sent: crowd},
		{cause: cert.CauseUnknownIssuer, sent: newAuthority(t, "Unknown CA").person("Stranger")},
		{cause: cert.CauseBadSignature, sent: forger.person("Forged")},
		{cause: cert.CauseNotAPerson, sent: root.person("CA", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true })},
		{cause: cert.CauseExpired, sent: root.person("Late", func(c *x509.Certificate) { c.NotAfter = start.Add(-time.Second) })},
		{cause: cert.CauseNotYetValid, sent: root.person("Early", func(c *x509.Certificate) { c.NotBefore = start.Add(time.Minute) })},
		{cause: cert.CauseIssuerExpired, sent: old.person("Of old CA")},
		{cause: cert.CauseIssuerNotYetValid, sent: early.person("Of early CA")},
		{cause: cert.CauseWrongPurpose, sent: root.server("server.example")},
		{cause: cert.CauseWrongPurpose, sent: root.person("No purpose", func(c *x509.Certificate) { c.ExtKeyUsage = nil })},
		{cause: cert.CauseTooWeak, settings: iam.CertificateSettings{MinRSABits: 3072}, sent: root.personWith(rsaKey, "RSA 2048")},
		{cause: cert.CauseChainTooDeep, settings: iam.CertificateSettings{MaxDepth: 1}, sent: deep.person("Deep")},
		{cause: cert.CauseTooOld, settings: iam.CertificateSettings{MaxAgeDays: 30}, sent: root.person("Old")},
		{cause: cert.CausePolicyMissing, settings: iam.CertificateSettings{PolicyOIDs: []string{"1.2.3.4"}}, sent: root.person("No policy")},
		{cause: cert.CauseConstraint, sent: narrow.person("Outside", func(c *x509.Certificate) { c.EmailAddresses = []string{"x@evil.example"} })},
	} {
		name := string(c.cause)
		if c.sent != nil {
			name += "/" + c.sent.Leaf.Subject.CommonName
		}
		covered = append(covered, c.cause)
		c.settings.Anchors = pemOf(root)
		at := h.start(h.method(c.settings))
		t.Run(name, func(t *testing.T) {
			a := h.visit(visit{url: at.url, as: c.sent})
			kept := h.stored(at)
			if kept.Evidence != nil || kept.Refusal == nil || kept.Refusal.Cause != string(c.cause) || kept.JudgedAt.IsZero() {
				t.Fatalf("the attempt holds evidence %+v and the refusal %+v, want the refusal %s", kept.Evidence, kept.Refusal, c.cause)
			}
			r := h.refusal(at, a)
			if r.Cause != string(c.cause) || r.Attempt != at.ID || r.Provider != at.Provider {
				t.Errorf("the login says %+v", r)
			}
			told := h.event(at.ID).Certificate
			if c.sent == nil || c.cause == cert.CauseChainTooLarge { // too much is not read at all
				if r.Certificate != nil || told != nil {
					t.Errorf("facts of a certificate that was not read: %+v, %+v", r.Certificate, told)
				}
				return
			}
			sum := sha256.Sum256(c.sent.Certificate[0])
			if r.Certificate == nil || r.Certificate.SHA256 != hex.EncodeToString(sum[:]) || told == nil || told.SHA256 != r.Certificate.SHA256 {
				t.Errorf("the facts %+v and those of the event %+v are not those of the certificate that was sent", r.Certificate, told)
			}
		})
	}

	// Not reached through a listener: crypto/tls ends the handshake over what it
	// cannot parse (TestT30), and nothing tells of revocation yet.
	beyond := []cert.Cause{cert.CauseMalformed, cert.CauseRevoked, cert.CauseRevocationUnknown}
	for _, cause := range cert.Causes() {
		if !slices.Contains(covered, cause) && !slices.Contains(beyond, cause) {
			t.Errorf("no case is refused with %s", cause)
		}
	}
}
