package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
)

// TestAnnouncedCertificateLeadsToItsPerson announces a certificate by the key of
// its CA and its serial number. The first sign-in with it is the person's; the same
// number of another CA is nobody's.
func TestAnnouncedCertificateLeadsToItsPerson(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	ca := d.clientCA(t)
	method, bob := d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`), d.query(t, `SELECT id FROM users WHERE login = 'bob'`)
	card := ca.Issue(t, certtest.Spec{CN: "Card 4711"})
	sum := sha256.Sum256(ca.Cert.RawSubjectPublicKeyInfo)

	admin := d.administrator()
	admin.open(d.Issuer + "/admin/users/" + bob + "/identifiers/announce")
	if err := admin.walk(http.MethodPost, admin.page.url.String(), url.Values{
		"provider": {method}, "kind": {"issuer_serial"}, "issuer": {hex.EncodeToString(sum[:])}, "value": {fmt.Sprintf("%x", card.Cert.SerialNumber)},
	}); err != nil {
		t.Fatal(err)
	}
	admin.sees("is awaited")

	a := d.party(t)
	refused := func(what string, leaf certtest.Leaf) {
		p, q := d.newPerson(shown(leaf)), a.request()
		p.open(q.url)
		p.press("Sign in with mTLS")
		if p.stopped != nil || !strings.Contains(p.page.text, "not ") {
			t.Errorf("%s is let in:\n%s", what, p.page)
		}
	}
	refused("another number", ca.Issue(t, certtest.Spec{CN: "Card 4711"}))
	// A CA that the method does not trust, and one below the trusted one, which has
	// a key of its own: the number is not theirs.
	refused("the number of a CA that nobody trusts", certtest.NewCA(t, certtest.CASpec{Name: ca.Cert.Subject.CommonName}).TwinOf(t, card))
	refused("the number of another CA", ca.Sub(t, certtest.CASpec{Name: "Branch CA"}).TwinOf(t, card))
	if n := d.query(t, `SELECT COUNT(*) FROM announced`); n != "1" {
		t.Fatalf("%s announcements wait, want 1", n)
	}

	for range 2 { // announced, then linked
		p, q := d.newPerson(shown(card)), a.request()
		p.open(q.url)
		p.stop = d.Client.RedirectURI
		p.press("Sign in with mTLS")
		if p.stopped == nil {
			p.press("Allow")
		}
		if _, id := a.tokens(q, a.answered(q, p.stopped)); id.Subject != bob {
			t.Errorf("signed in %s, want bob, who is %s", id.Subject, bob)
		}
	}
	if n := d.query(t, `SELECT COUNT(*) FROM announced`); n != "0" {
		t.Errorf("%s announcements wait after the link", n)
	}
	if told := d.query(t, `SELECT details_json FROM events WHERE kind = 'identity.linked' AND user_id = '`+bob+`' ORDER BY at DESC LIMIT 1`); !strings.Contains(told, "announced:issuer_serial") {
		t.Errorf("the event log says %s", told)
	}
}
