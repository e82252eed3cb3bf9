package e2e

import (
	"testing"

	"golang.org/x/oauth2"
)

// TestStrangerCreatesAnAccount is the other half of row S69: where the settings
// let people create accounts, somebody whom nobody knows reaches an application
// with a new account, by password, and with a certificate that is linked to it.
func TestStrangerCreatesAnAccount(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Bob Keller")
	b.has("bob") // valid, and linked to nobody
	w := b.window(t)
	w.begin()
	w.reads("Login or e-mail")
	if w.Has("link", "Create account") {
		t.Error("a stranger finds “Create account” where nobody opened it")
	}

	admin := d.administrator()
	admin.open(d.Issuer + "/admin/settings/general")
	f := admin.form("Save")
	f.values.Set("registration", "on")
	admin.send(f)
	admin.sees("The settings are saved.", "People create their own")

	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("This certificate is not linked to anyone yet")
	w.Click("Create an account and link it", "link")
	w.on("Create an account")
	w.reads("Bob Keller", "Issued by Signet demo client CA", "This certificate will be linked to the new account.", "At least 8 characters.")
	w.Fill("Login", "alice")
	w.Fill("Password", "a few words to remember")
	w.Fill("Password, once more", "a few words to remember")
	w.Click("Create account and link this certificate", "button")
	w.on("Create an account")
	w.reads("The login alice is taken.")
	admin.finds(t, w.attempt(), "An account was not created", "The login is taken")
	w.Fill("Login", "bertram")
	w.Fill("Password", "a few words to remember")
	w.Fill("Password, once more", "a few words to remember")
	w.Press("Enter")
	w.on("Demo application would like to know who you are")
	w.Click("Allow", "button")
	w.on("Welcome, Bob Keller") // the name that the certificate proposed
	w.reads("Signed in with a certificate")
	w.signOut()
	b.chooseNothing()
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Welcome, Bob Keller")

	// Without a certificate, and without scripts.
	p := d.newPerson(nil)
	p.open(d.Issuer + "/signin?to=/profile")
	p.press("Create account")
	p.stands("Create an account")
	p.fill("login", "carla")
	p.fill("password", "a few words to remember")
	p.fill("again", "a few words to remember")
	p.press("Create account")
	p.stands("Profile")
	p.sees("carla")

	// An application sends somebody new straight to the form (prompt=create), also
	// from a browser where somebody is signed in.
	a := d.party(t, "profile")
	q := a.request(oauth2.SetAuthURLParam("prompt", "create"))
	p.stop = d.Client.RedirectURI
	p.open(q.url)
	p.stands("Create an account")
	p.fill("login", "dora")
	p.fill("password", "a few words to remember")
	p.fill("again", "a few words to remember")
	p.press("Create account")
	p.press("Allow")
	_, idToken := a.tokens(q, a.answered(q, p.stopped))
	if dora := d.query(t, `SELECT id FROM users WHERE login = 'dora'`); idToken.Subject != dora {
		t.Errorf("the application learns of %q, not of dora", idToken.Subject)
	}
}
