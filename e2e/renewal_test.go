package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"signet/internal/cert/certtest"
)

// TestRenewedCertificate is row S72: a new certificate of the same CA for the
// same holder is recognised, shown beside the old one and linked when its holder
// says so; the old one goes on working.
func TestRenewedCertificate(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	old := d.certificate("alice")
	ca := d.clientCA(t)
	renewed := shown(ca.Issue(t, certtest.Spec{RawSubject: old.Leaf.RawSubject}))

	a := d.party(t)
	q := a.request()
	sameName := certtest.NewCA(t, certtest.CASpec{Now: ca.Now, Change: func(c *x509.Certificate) { c.RawSubject = ca.Cert.RawSubject }})
	for name, stranger := range map[string]certtest.Leaf{
		"of somebody else":               ca.Issue(t, certtest.Spec{CN: "Alice Somebody"}),
		"of another CA of the same name": sameName.Issue(t, certtest.Spec{RawSubject: old.Leaf.RawSubject}),
	} {
		p := d.newPerson(shown(stranger))
		p.open(q.url)
		p.press("Sign in with mTLS")
		if p.page.heading == "Is this your new certificate?" {
			t.Errorf("a certificate %s is taken for a renewal", name)
		}
	}

	p := d.newPerson(renewed)
	p.open(q.url)
	p.press("Sign in with mTLS")
	p.stands("Is this your new certificate?")
	p.sees("Alice Martin", "The new certificate", "The one that is linked", "the old one goes on working until it expires")
	p.press("No, sign in another way")
	p.press("Sign in with mTLS")
	french := d.personIn("fr", renewed)
	french.open(q.url)
	french.press("Se connecter avec mTLS")
	french.stands("Est-ce votre nouveau certificat ?")

	p.stop = d.Client.RedirectURI
	p.press("Yes, link it and sign in")
	if p.stopped == nil {
		p.press("Allow")
	}
	a.tokens(q, a.answered(q, p.stopped))
	for _, certificate := range []*tls.Certificate{old, renewed} {
		again := a.request()
		a.tokens(again, d.newPerson(certificate).signIn(a, again))
	}
	admin.findsKind(t, "identity.renewed", "Certificate renewed: the new one was linked beside this one")
}
