package e2e

import (
	"testing"

	"golang.org/x/oauth2"
)

// The first page of a sign-in answers the request of the application. It has an
// address of its own nevertheless: who comes back to it, keeps it as a bookmark or
// reloads it asks for the page, and sends no second answer to an application that
// does not wait for one any more.
func TestFirstPageHasAnAddressOfItsOwn(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Alice Martin")
	b.has("alice")
	w := b.window(t)
	logins := func() string { return d.query(t, `SELECT count(*) FROM logins`) }

	w.begin()
	w.WaitURL(d.Issuer + "/signin/")
	first := w.URL()
	before := logins()
	w.Reload()
	w.on("Sign in to Demo application")
	w.Click("Français", "button")
	w.on("Se connecter à Demo application")
	w.Click("English", "button")
	w.on("Sign in to Demo application")
	if after := logins(); after != before || w.URL() != first {
		t.Errorf("reloaded and in another language it stands at %s, with %s logins after %s", w.URL(), after, before)
	}

	w.Click("Sign in with mTLS", "button")
	w.on("Demo application would like to know who you are")
	w.Click("Allow", "button")
	w.on("Welcome, Alice Martin")
	b.Allow("404") // a page that says so
	w.Navigate(first)
	w.on("This sign-in is over")
	w.reads("You are signed in.")

	// Signed in already, the form is not the page before.
	w.Navigate(d.AppURL)
	w.signOut()
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Welcome, Alice Martin")
	w.Back()
	w.on("This sign-in is over")
	w.reads("You are signed in.")
}

// A switch of language begins nothing anew, whatever the first page is.
func TestSwitchOfLanguageKeepsTheLogin(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	for name, c := range map[string]struct {
		first string // address before
		login string
		stand []string
	}{
		"sign-in": {"", "", []string{"Sign in to Demo application", "Se connecter à Demo application"}},
		"consent": {d.Issuer + "/profile", "alice", []string{"Demo application would like to know who you are", "Demo application souhaite savoir qui vous êtes"}},
	} {
		p := d.newPerson(nil)
		if c.login != "" {
			p.open(c.first)
			p.password(c.login, d.user(c.login).Password, "Sign in")
		}
		// A browser leaves \ as it is in a query.
		p.open(a.request(oauth2.SetAuthURLParam("prompt", "consent")).url + `&more=\`)
		p.stands(c.stand[0])
		login := p.page.loginPath(t).String()
		p.press("Français")
		p.stands(c.stand[1])
		if p.page.url.String() != login {
			t.Errorf("%s: the switch of language leads to %s, not to %s", name, p.page.url, login)
		}
	}
}
