package cert_test

import (
	"crypto/x509"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// A certificate that is not at hand is judged by what is known of its CA.
func TestIssuerPath(t *testing.T) {
	root := newCA(t, "Root")
	sub := root.Sub(t, certtest.CASpec{Name: "Sub"})
	over := func(ca *certtest.CA) *certtest.CA {
		return ca.Renewed(t, func(c *x509.Certificate) { c.NotAfter = at().AddDate(0, 0, -1) })
	}
	limited := root.Sub(t, certtest.CASpec{Name: "Servers", Change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }})
	silent := certtest.NewCA(t, certtest.CASpec{Name: "Silent", Now: at(), Change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }})
	rolled := sub.Sub(t, certtest.CASpec{Change: func(c *x509.Certificate) { c.RawSubject = sub.Cert.RawSubject }})
	for _, c := range []struct {
		what string
		p    cert.Policy
		ca   *certtest.CA
		want cert.Cause
		path int
	}{
		{"the anchor", trusting(root), root, cert.CauseNone, 1},
		{"below the anchor", trusting(root), sub, cert.CauseNone, 2},
		{"a new key", cert.Policy{Anchors: trusting(root).Anchors, Intermediates: []*x509.Certificate{sub.Cert}}, rolled, cert.CauseNone, 3},
		{"of another root", trusting(newCA(t, "Other")), sub, cert.CauseUnknownIssuer, 0},
		{"a twin of the root's", trusting(root.Twin(t)), sub, cert.CauseBadSignature, 0},
		{"the anchor has expired", trusting(over(root)), over(root), cert.CauseIssuerExpired, 0},
		{"expired", trusting(root), over(sub), cert.CauseIssuerExpired, 0},
		{"for servers", trusting(root), limited, cert.CauseWrongPurpose, 0},
		{"an anchor that may not sign certificates", trusting(silent), silent, cert.CauseUnknownIssuer, 0},
		{"nobody is trusted", cert.Policy{}, root, cert.CauseUnknownIssuer, 0},
	} {
		p := c.p
		if c.what == "the anchor has expired" {
			c.ca = &certtest.CA{Cert: p.Anchors[0]}
		}
		if path, got := cert.IssuerPath(p, c.ca.Cert, at()); got != c.want || len(path) != c.path {
			t.Errorf("%s: %q, %d certificates, want %q, %d", c.what, got, len(path), c.want, c.path)
		}
	}
}

// Where a CA writes its name otherwise in what it issues, its own list still
// covers that (RFC 5280, section 7.1).
func TestListOfACAThatWritesItsNameOtherwise(t *testing.T) {
	root := newCA(t, "Root")
	name := certtest.Name(t, []certtest.Attribute{certtest.Organization("SIGNET TEST")}, []certtest.Attribute{certtest.CommonName("root")})
	shouting := &certtest.CA{Cert: root.Renewed(t, func(c *x509.Certificate) { c.RawSubject = name }).Cert, Key: root.Key, Now: at()}
	alice := shouting.Issue(t, certtest.Spec{})
	mustAccept(t, cert.Judge(trusting(root), alice.Chain, at(), nil))
	for what, ca := range map[string]*certtest.CA{"as itself": root, "as its certificates": shouting} {
		list, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{alice.Cert}}), root.Cert)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if s, err := list.Standing(alice.Cert, root.Cert, at()); err != nil || !s.Revoked {
			t.Errorf("%s: %+v, %v", what, s, err)
		}
	}
}
