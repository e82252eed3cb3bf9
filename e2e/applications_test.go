package e2e

import (
	"net/url"
	"regexp"
	"testing"

	"golang.org/x/oauth2"
)

// TestAdministratorConnectsAnApplication creates an application in the console and
// signs in to it with what its page says; then it accepts certificates only
// (S12), and blocks the person in this one application.
func TestAdministratorConnectsAnApplication(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	const callback = "https://grafana.localhost/login/generic_oauth"
	admin := d.administrator()
	admin.press("Applications")
	admin.press("Create application")
	admin.stands("New application")
	admin.fill("name", "Grafana")
	f := admin.form("Create application")
	f.values.Set("redirect_uris", callback)
	f.values.Set("type", "web")
	f.values.Set("signing_algorithm", "ES256")
	f.values.Del("skip_consent") // a switch that is off is not sent
	admin.send(f)
	admin.stands("Connect Grafana")
	found := regexp.MustCompile(`client_id = (\S+)\s+client_secret = (\S+)`).FindStringSubmatch(admin.page.text)
	if found == nil {
		t.Fatalf("the page has no settings for Grafana:\n%s", admin.page)
	}
	at := d.Issuer + "/applications/" + found[1]
	mtls := d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`)
	open, err := url.Parse(at + "/methods/" + mtls + "/switch")
	if err != nil {
		t.Fatal(err)
	}
	admin.send(form{method: "POST", action: open, values: url.Values{"on": {"on"}}})

	a := d.party(t, "profile", "offline_access")
	a.config.ClientID, a.config.ClientSecret, a.config.RedirectURL = found[1], found[2], callback
	enter := func(p *person) (*oauth2.Token, request) {
		p.stop = callback
		q := a.request()
		p.open(q.url)
		if p.stopped == nil && p.can("Sign in with mTLS") {
			p.press("Sign in with mTLS")
		}
		if p.stopped == nil && p.can("Allow") {
			p.press("Allow")
		}
		if p.stopped == nil {
			return nil, q
		}
		token, idToken := a.tokens(q, a.answered(q, p.stopped))
		if idToken.Subject == "" {
			t.Error("the ID token names nobody")
		}
		return token, q
	}
	alice := d.newPerson(d.certificate("alice"))
	token, _ := enter(alice)
	if token == nil {
		t.Fatalf("alice did not come in:\n%s", alice.page)
	}

	admin.open(at + "/access")
	f = admin.form("Save")
	f.values.Set("certificate_only", "on")
	f.values.Del("authority")
	f.values.Del("members_only")
	admin.send(f)
	admin.sees("Only with a certificate.")
	bob := d.newPerson(nil)
	bob.open(d.Issuer + "/profile")
	bob.password("bob", d.user("bob").Password, "Sign in")
	if token, _ := enter(bob); token != nil {
		t.Fatal("the session of a password opened an application that accepts certificates only")
	}
	if token, _ = enter(alice); token == nil {
		t.Fatalf("the session of a certificate did not do:\n%s", alice.page)
	}

	admin.open(at + "/people")
	admin.sees("Alice", "Has access now")
	admin.press("Block here")
	admin.press("Block here")
	admin.sees("Blocked here")
	if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("the access token of a person who is blocked here still works")
	}
	if _, err := a.config.TokenSource(a.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); err == nil {
		t.Error("the refresh token of a person who is blocked here still works")
	}
	if token, _ := enter(alice); token != nil {
		t.Fatal("a person who is blocked here came in")
	}
	alice.stands("You cannot enter this application")
	alice.open(d.Issuer + "/profile") // and everywhere else she is who she was
	alice.sees("Alice")
}

// S45, S50: one click opens the test application, whose sign-in form has the
// button of the method that is switched on.
func TestAdministratorTriesTheSignInForm(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	admin.open(d.Issuer + "/applications/signet")
	admin.press("Try the sign-in form")
	admin.press("Open the sign-in form")
	if !admin.can("Sign in with mTLS") {
		t.Fatalf("the sign-in form has no button of mTLS:\n%s", admin.page)
	}
	tryout := d.query(t, `SELECT id FROM applications WHERE test`)
	alice := d.newPerson(d.certificate("alice"))
	alice.open(d.Issuer + "/try/" + tryout)
	alice.press("Open the sign-in form")
	alice.press("Sign in with mTLS")
	alice.press("Allow")
	alice.sees("Alice", "With a certificate.", "phr", "pop")
}
