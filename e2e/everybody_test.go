package e2e

import (
	"testing"

	"signet/e2e/browser"
)

// TestRefusalsInABrowser shows in French what a person sees whose certificate
// does not do, one wrong choice after the other in one session of a browser.
func TestRefusalsInABrowser(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	b := d.chromium(t, "fr", "")
	w := b.window(t)
	w.Navigate(d.AppURL)
	w.Click("Se connecter avec Signet", "link")
	w.on("Se connecter à Demo application")
	w.Click("Se connecter avec mTLS", "button")
	w.on("Aucun certificat n’a été envoyé")
	admin.finds(t, w.attempt(), "No certificate was sent", "Demo application")
	w.Click("Comment installer un certificat", "link")
	w.WaitText("Linux")
	w.Back()
	// Chromium does not offer what has expired, so the page has to think of it.
	b.has("dave")
	b.choose("Dave Okafor")
	w.Click("Réessayer", "button")
	w.on("Aucun certificat n’a été envoyé")
	w.reads("soit ceux qui le sont ont expiré")
	again := "Réessayer" // after no certificate
	for _, c := range []struct{ login, name, heading, why, logged string }{
		{"carol", "Carol Lindqvist", "Votre compte est bloqué", "un administrateur a bloqué le compte", "The user is blocked"},
		{"bob", "Bob Keller", "Ce certificat n’est encore lié à personne", "Il est valable, mais mTLS ne sait pas à qui il est.", "The certificate is linked to nobody"},
	} {
		b.has(c.login)
		b.choose(c.name)
		w.Click(again, "button")
		again = "Utiliser un autre certificat"
		w.on(c.heading)
		w.reads(c.why, c.name, "Signet demo client CA")
		admin.finds(t, w.attempt(), c.logged, c.name)
	}
	b.has("alice")
	b.choose("Alice Martin")
	w.Click(again, "button")
	w.on("Demo application souhaite savoir qui vous êtes")
	w.Click("Autoriser", "button")
	w.WaitText("Alice Martin")
	w.WaitURL(d.AppURL)
}

// TestT18NoCoalescing: the main site is open when the certificate host is
// needed. The browser must open another connection, on which it is asked for a
// certificate, and must not be asked on the first.
func TestT18NoCoalescing(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Alice Martin")
	b.has("alice")
	w := b.window(t)
	protocol := func() string {
		return browser.Eval[string](w.Page, `performance.getEntriesByType("navigation")[0].nextHopProtocol`)
	}
	for range 2 {
		w.Navigate(d.Issuer + "/signin") // no picker opens: none is asked for
		w.on("Sign in to Signet")
		if got := protocol(); got != "h2" {
			t.Errorf("the main site speaks %s", got)
		}
		for _, host := range []string{d.CertificateHostFixed, "https://" + d.attemptHost()} {
			w.Navigate(host + "/")
			w.WaitText("mTLS endpoints only. Use port 443 for regular access.")
			if got := protocol(); got != "http/1.1" {
				t.Errorf("%s speaks %s", host, got)
			}
		}
	}
	w.Navigate(d.Issuer + "/signin")
	w.Click("Sign in with mTLS", "button")
	w.on("Profile")
	w.reads("Alice Martin", "Last used")
}

// TestWithoutScripts: what a person came for needs no JavaScript.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Alice Martin")
	b.has("alice", "bob")
	w := b.window(t)
	w.WithoutScripts()
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Demo application would like to know who you are")
	w.Click("Allow", "button")
	w.on("Welcome, Alice Martin")
	w.Click("Your profile at Signet", "link")
	w.on("Profile")
	b.choose("Bob Keller")
	w.Click("Add", "link")
	w.Click("Continue with mTLS", "button")
	w.on("Link this certificate?")
	w.Click("Link this certificate", "button")
	w.reads("The certificate Bob Keller is now linked to you.")
	w.Click("Remove Bob Keller", "link")
	w.on("Remove this identifier?")
	w.Click("Remove the identifier", "button")
	w.reads("Bob Keller has been removed.")
	w.signOut()
}

// TestAdministratorWithoutScripts: neither do the consoles, and no button is there
// that would do nothing.
func TestAdministratorWithoutScripts(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	w := d.chromium(t, "en", "Nobody").window(t)
	w.WithoutScripts()
	w.Navigate(d.Issuer + "/admin/organizations")
	w.Fill("Login or e-mail", d.Admin.Login)
	w.Click("Continue", "button")
	w.Fill("Password", d.Admin.Password)
	w.Click("Sign in", "button")
	w.on("Organizations")
	w.Click("Create an organization", "link")
	w.Fill("Name", "North Clinic")
	w.Fill("Short name", "north-clinic")
	w.Click("Create", "button")
	w.on("North Clinic")
	w.Click("Create application", "link")
	w.on("New application")
	w.reads("It will belong to the organization North Clinic.")
	w.Fill("Name", "Records")
	w.Fill("Redirect URIs", "https://records.example/cb")
	w.Click("Create application", "button")
	w.on("Connect Records")
	w.reads("The new secret")
	if w.Has("button", "Copy the secret") || w.Has("button", "Copy: Discovery") {
		t.Error("there are buttons that do nothing without scripts")
	}
	w.Navigate(d.Issuer + "/organizations/north-clinic")
	w.Click("Adapt the sign-in form", "link")
	w.Fill("Title", "Welcome to APP_NAME")
	w.Click("Save", "button")
	w.reads("The sign-in form has been saved.", "Welcome to North Clinic")
	w.Click("Login methods", "link")
	w.reads("Welcome to North Clinic")
}

// TestKeyboardAlone: no mouse, and the focus can be seen wherever it goes.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Alice Martin")
	b.has("alice")
	w := b.window(t)
	w.Navigate(d.AppURL)
	for _, step := range []struct{ press, then string }{
		{"Sign in with Signet", "Sign in to Demo application"},
		{"Sign in with mTLS", "Demo application would like to know who you are"},
		{"Allow", "Welcome, Alice Martin"},
		{"Your profile at Signet", "Profile"},
		{"Add", "Add an identifier"},
	} {
		w.tabTo(step.press)
		w.Press("Enter")
		w.on(step.then)
	}
	w.Navigate(d.AppURL)
	w.tabTo("Sign out")
	w.Press("Enter")
	w.WaitText("You are signed out.")
}

// tabTo presses the tabulator until the focus is on what says this.
func (w *window) tabTo(name string) {
	w.t.Helper()
	var passed []string
	for range 40 {
		w.Press("Tab")
		at := browser.Eval[struct {
			Name string `json:"name"`
			HTML string `json:"html"`
			Seen bool   `json:"seen"`
		}](w.Page, `(e => {
			// A field with a button in it is framed together with that.
			const framed = e => (s => s.outlineStyle !== "none" || s.boxShadow !== "none")(getComputedStyle(e))
			return {
				name: (e.getAttribute("aria-label") ?? e.innerText ?? "").trim(),
				html: e.outerHTML.slice(0, 200), seen: e.matches(":focus-visible") && (framed(e) || framed(e.parentElement)),
			}
		})(document.activeElement)`)
		if !at.Seen {
			w.t.Errorf("the focus cannot be seen on %s", at.HTML)
		}
		if at.Name == name {
			return
		}
		passed = append(passed, at.Name)
	}
	w.t.Fatalf("the tabulator does not lead to %q, but to %q", name, passed)
}
