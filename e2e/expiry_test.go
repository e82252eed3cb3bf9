package e2e

import (
	"testing"
	"time"

	"signet/internal/cert/certtest"
)

// TestJustExpired: an expired certificate leads to the page of renewals, where
// its method allows that, and to nothing else: the renewed one signs in.
func TestJustExpired(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()
	ca, old := d.clientCA(t), d.certificate("alice")
	spec := certtest.Spec{RawSubject: old.Leaf.RawSubject, NotBefore: ca.Now.AddDate(0, 0, -30)}
	of := func(days int, signer bool, name string) certtest.Leaf {
		s := spec
		if s.NotAfter = ca.Now.AddDate(0, 0, -days); signer {
			s.Signer = signerOf(t, old)
		}
		if name != "" {
			s.RawSubject, s.CN = nil, name
		}
		return ca.Issue(t, s)
	}
	opens := func(p *person) {
		t.Helper()
		p.stop = d.Client.RedirectURI
		p.open(a.request().url)
		p.press("Sign in with mTLS")
	}
	yesterday := d.newPerson(shown(of(1, true, "")))
	opens(yesterday)
	yesterday.stands("This certificate has expired") // off by default
	admin.method("renewal_days", "7")
	for name, c := range map[string]certtest.Leaf{"too long ago": of(8, true, ""), "of nobody": of(1, false, "Nobody at all")} {
		p := d.newPerson(shown(c))
		opens(p)
		if p.page.heading != "This certificate has expired" {
			t.Errorf("%s: %s", name, p.page)
		}
	}
	opens(yesterday)
	yesterday.stands("Your certificate has just expired")
	yesterday.sees("signs in no more", "install it in this browser and show it here")
	if yesterday.stopped != nil || d.query(t, `SELECT count(*) FROM sessions WHERE user_id = (SELECT id FROM users WHERE login = 'alice')`) != "0" {
		t.Fatal("an expired certificate has opened a session")
	}
	admin.finds(t, yesterday.page.attempt, "The certificate has expired, within the days for renewals")
	// Going on from the page leads to the sign-in form and no further.
	login := yesterday.page.url.String()
	yesterday.press("Sign in another way")
	yesterday.stands("Sign in to Demo application")
	yesterday.open(login)
	yesterday.stands("Sign in to Demo application")

	opens(yesterday)
	yesterday.certificate = shown(ca.Issue(t, certtest.Spec{RawSubject: old.Leaf.RawSubject, NotAfter: ca.Now.Add(400 * 24 * time.Hour)}))
	yesterday.press("Show the renewed certificate")
	yesterday.stands("Is this your new certificate?")
	yesterday.press("Yes, link it and sign in")
	if yesterday.stopped == nil {
		yesterday.press("Allow")
	}
	if yesterday.stopped == nil || yesterday.stopped.Query().Get("code") == "" {
		t.Errorf("the renewed one does not sign in: %v", yesterday.page)
	}
}

// TestSoonExpiring: during a sign-in with a certificate that soon ends its holder
// is offered to add the renewed one, and goes on to the application either way.
func TestSoonExpiring(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	ca, old := d.clientCA(t), d.certificate("alice")
	near := shown(ca.Issue(t, certtest.Spec{RawSubject: old.Leaf.RawSubject, Signer: signerOf(t, old), NotBefore: ca.Now.AddDate(-1, 0, 0), NotAfter: ca.Now.AddDate(0, 0, 20)}))
	open := func(p *person) request {
		t.Helper()
		q := a.request()
		p.stop = d.Client.RedirectURI
		p.open(q.url)
		p.press("Sign in with mTLS")
		if p.stopped == nil && p.page.heading != "Your certificate will soon expire" {
			p.press("Allow")
		}
		return q
	}
	first := d.newPerson(near)
	q := open(first)
	first.stands("Your certificate will soon expire")
	first.press("Not now")
	a.tokens(q, a.answered(q, first.stopped))
	again := d.newPerson(near)
	q = open(again)
	a.tokens(q, a.answered(q, again.stopped)) // asked once a week

	d.change(t, `DELETE FROM expiry_offers`)
	adding := d.newPerson(near)
	q = open(adding)
	adding.stands("Your certificate will soon expire")
	adding.certificate = shown(ca.Issue(t, certtest.Spec{RawSubject: old.Leaf.RawSubject}))
	adding.press("Add a certificate with mTLS")
	adding.stands("Is this your new certificate?")
	adding.press("Yes, link it and sign in")
	a.tokens(q, a.answered(q, adding.stopped))
	d.change(t, `DELETE FROM expiry_offers`)
	last := d.newPerson(near)
	q = open(last)
	a.tokens(q, a.answered(q, last.stopped)) // holds one that lasts
}
