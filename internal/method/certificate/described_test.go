package certificate

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/login"
)

// TestDescribedCertificateIsOfOneCAOfTheMethod: a name proves nothing where two bear
// it (CVE-2026-35616), and a method that demands more than a description tells has to
// see the certificate.
func TestDescribedCertificateIsOfOneCAOfTheMethod(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{Name: "People CA"})
	sub := ca.Sub(t, certtest.CASpec{Name: "Ward CA"})
	alice, nurse := ca.Issue(t, certtest.Spec{CN: "alice"}), sub.Issue(t, certtest.Spec{CN: "nurse"})
	anchors := func(all ...*certtest.CA) cert.Policy {
		p := cert.Policy{}
		for _, one := range all {
			p.Anchors = append(p.Anchors, one.Cert)
		}
		return p
	}
	with := func(change func(*cert.Policy)) cert.Policy {
		p := anchors(ca)
		change(&p)
		return p
	}
	late := ca.Now.AddDate(20, 0, 0)
	for what, c := range map[string]struct {
		policy cert.Policy
		leaf   certtest.Leaf
		at     time.Time
		want   cert.Cause
	}{
		"its CA":                 {anchors(ca), alice, ca.Now, cert.CauseNone},
		"its CA and another":     {anchors(certtest.NewCA(t, certtest.CASpec{Name: "Other CA"}), ca), alice, ca.Now, cert.CauseNone},
		"an intermediate CA":     {with(func(p *cert.Policy) { p.Intermediates = []*x509.Certificate{sub.Cert} }), nurse, ca.Now, cert.CauseNone},
		"a CA that is not there": {anchors(ca), nurse, ca.Now, cert.CauseUnknownIssuer},
		"two of the name":        {anchors(ca, ca.Twin(t)), alice, ca.Now, login.CauseCertificateMissing},
		"the same CA, renewed":   {anchors(ca, ca.Renewed(t, func(*x509.Certificate) {})), alice, ca.Now, cert.CauseNone},
		"a CA that is over":      {anchors(ca), alice, late, cert.CauseIssuerExpired},
		"policies are demanded":  {with(func(p *cert.Policy) { p.PolicyOIDs = []string{"1.2.3"} }), alice, ca.Now, login.CauseCertificateMissing},
		"an age is demanded":     {with(func(p *cert.Policy) { p.MaxAge = time.Hour }), alice, ca.Now, login.CauseCertificateMissing},
		"a size is demanded":     {with(func(p *cert.Policy) { p.MinRSABits = 3072 }), alice, ca.Now, login.CauseCertificateMissing},
		"a hash is demanded":     {with(func(p *cert.Policy) { p.MinHashBits = 384 }), alice, ca.Now, login.CauseCertificateMissing},
		"a key type is demanded": {with(func(p *cert.Policy) { p.KeyTypes = []string{"RSA"} }), alice, ca.Now, login.CauseCertificateMissing},
		"no CA at all":           {cert.Policy{}, alice, ca.Now, cert.CauseUnknownIssuer},
	} {
		told, cause := readNginx(headersOfNginx(t, c.leaf))
		if cause != "" {
			t.Fatal(cause)
		}
		linked, path, got := describe(c.policy, told.description, true, c.at)
		if got != c.want || (got == cert.CauseNone) != (len(path) > 0) {
			t.Errorf("%s: %q with a path of %d, want %q", what, got, len(path), c.want)
		}
		if k := linked.Certificate; !k.Described || k.SHA256+k.SPKI != "" || !k.NotAfter.IsZero() || k.SHA1 == "" || !strings.HasPrefix(linked.Key, describedLabel) {
			t.Errorf("%s: kept %+v under %s", what, k, linked.Key)
		}
		if got == cert.CauseNone && (!told.names(linked.Certificate) || len(linked.Certificate.Authorities) > 0) {
			t.Errorf("%s: it is not known again, or a name counts for a path: %+v", what, linked.Certificate)
		}
		if got == cert.CauseNone {
			if _, _, got := describe(c.policy, told.description, false, c.at); got != login.CauseCertificateMissing {
				t.Errorf("%s, beside methods that trust other CAs: %q", what, got)
			}
		}
	}
}

// TestDescriptionIsItsWholeKey: two certificates of which one field differs are two.
func TestDescriptionIsItsWholeKey(t *testing.T) {
	d := description{"CN=a", "CN=b", "0A", strings.Repeat("a", 40)}
	keys := map[string]bool{d.key(): true}
	for _, other := range []description{
		{"CN=aC", "N=b", d.Serial, d.SHA1}, {"CN=x", d.Issuer, d.Serial, d.SHA1}, {d.Subject, "CN=x", d.Serial, d.SHA1}, {d.Subject, d.Issuer, "0B", d.SHA1},
		{d.Subject, d.Issuer, d.Serial, strings.Repeat("b", 40)},
	} {
		if keys[other.key()] {
			t.Errorf("%+v has the key of another", other)
		}
		keys[other.key()] = true
		if other.names(&iam.Certificate{Described: true, Subject: d.Subject, Issuer: d.Issuer, Serial: d.Serial, SHA1: d.SHA1}) {
			t.Errorf("%+v is taken for another", other)
		}
	}
}
