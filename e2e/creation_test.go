package e2e

import (
	"net/http"
	"net/url"
	"testing"

	"signet/internal/cert/certtest"
)

// TestAccountIsMadeFromACertificate: a new colleague with a card of the company signs
// in to an application without anybody having prepared anything.
func TestAccountIsMadeFromACertificate(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	method := d.Issuer + "/admin/methods/" + d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`)
	admin.open(method)
	rule := url.Values{
		"version": {admin.form("Save").values.Get("version")}, "name": {"mTLS"}, "linking": {"sign_in"}, "renewal": {"ask"}, "publicity": {"only_me"}, "public": {"on"},
		"creation_source": {"san_upn"}, "creation_field": {"login_local"}, "creation_email": {"on"}, "creation_vouched": {"on"},
	}
	save := func() {
		t.Helper()
		if err := admin.walk(http.MethodPost, method, rule); err != nil {
			t.Fatal(err)
		}
	}
	save()
	admin.sees("To take what stands before the @, say of which domain.")
	rule.Set("creation_domain", "clinic.example")
	save()
	admin.sees("Please confirm this, or make no accounts.")
	rule.Set("creation_accepted", "on")
	save()

	a, ca := d.party(t, "profile", "email"), d.clientCA(t)
	zoe := shown(ca.Issue(t, certtest.Spec{CN: "Zoé Roux", UPNs: []string{"zroux@clinic.example"}, Emails: []string{"zoe.roux@clinic.example"}}))
	p, q := d.personIn("fr", zoe), a.request()
	p.open(q.url)
	p.press("Se connecter avec mTLS")
	p.stands("Créer votre compte ?")
	p.sees("zroux", "Zoé Roux", "zoe.roux@clinic.example", "Se connecter autrement et le lier", "Utiliser un autre certificat")
	p.stop = d.Client.RedirectURI
	p.press("Créer mon compte")
	if p.stopped == nil {
		p.press("Autoriser")
	}
	_, id := a.tokens(q, a.answered(q, p.stopped))
	if id.Subject != d.query(t, `SELECT id FROM users WHERE login = 'zroux' AND email_verified`) {
		t.Errorf("signed in %s", id.Subject)
	}
	// The next time nothing is asked.
	again, q := d.newPerson(zoe), a.request()
	if _, next := a.tokens(q, again.signIn(a, q)); next.Subject != id.Subject {
		t.Errorf("the second sign-in is %s", next.Subject)
	}
	profile := d.newPerson(zoe)
	profile.open(d.Issuer + "/profile")
	profile.press("Sign in with mTLS")
	profile.stands("Profile")

	// Whose login is taken is told so, and links by another way.
	bob := d.newPerson(shown(ca.Issue(t, certtest.Spec{CN: "Bob", UPNs: []string{"bob@clinic.example"}})))
	q = a.request()
	bob.open(q.url)
	bob.press("Sign in with mTLS")
	bob.stands("An account of this name exists already")
	attempt := d.query(t, `SELECT attempt_id FROM events WHERE cause = 'account_taken'`)
	bob.sees(attempt)
	admin.finds(t, attempt, "Somebody has the login")
}
