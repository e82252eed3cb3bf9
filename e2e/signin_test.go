package e2e

import "testing"

// TestSignInWithACertificate is what Signet exists for (rows S1, S7, S45, S55,
// S65–S67): the button, the picker, the application. The second time the browser
// asks nothing.
func TestSignInWithACertificate(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Alice Martin")
	b.has("alice")
	w := b.window(t)

	w.Navigate(d.AppURL)
	w.on("Sign in without a password")
	w.Click("Sign in with Signet", "link")
	w.on("Sign in to Demo application")
	w.Click("Sign in with mTLS", "button")
	w.on("Demo application would like to know who you are")
	w.reads("Alice Martin", hostOf(d.AppURL))
	w.Click("Allow", "button")
	w.on("Welcome, Alice Martin")
	w.reads("Signed in with a certificate", "alice@example.org")

	w.signOut()
	b.chooseNothing()
	w.begin() // signed out at Signet, too
	w.on("Sign in to Demo application")
	w.Click("Sign in with mTLS", "button")
	w.on("Welcome, Alice Martin") // no picker, and no consent

	w.Click("Your profile at Signet", "link")
	w.on("Profile")
	w.reads("Alice Martin", "Issued by Signet demo client CA", "Last used")
	w.Click("Sessions", "link")
	w.on("Sessions")
	w.reads("This session", "Signed in with the certificate Alice Martin")
	w.Click("Consents", "link")
	w.on("Consents")
	w.reads("Demo application")
	w.Click("Event log", "link")
	w.on("Event log")
	w.reads("Signed in", "Session ended", "Consent given", "Alice Martin")
}

// TestUnlinkedCertificateIsLinkedAtSignIn is row S69: bob's certificate is
// valid, and linked to nobody.
func TestUnlinkedCertificateIsLinkedAtSignIn(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Bob Keller")
	b.has("bob")
	w := b.window(t)

	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("This certificate is not linked to anyone yet")
	w.reads("Bob Keller", "Issued by Signet demo client CA")
	d.administrator().finds(t, w.attempt(), "The certificate is linked to nobody", "Bob Keller")
	w.Click("Sign in another way and link it", "button")
	w.on("Sign in to link your certificate")
	w.reads("Bob Keller")
	w.Fill("Login or e-mail", "bob")
	w.Press("Enter")
	w.reads("Change", "Bob Keller") // the certificate that waits
	w.Fill("Password", "not his password")
	w.Press("Enter")
	w.on("Sign in to link your certificate")
	w.reads("The login or the password is wrong.")
	w.Fill("Password", d.user("bob").Password)
	w.Press("Enter")
	w.on("Link this certificate?")
	w.reads("Bob Keller", "bob", "Check that it is yours")
	w.Click("Link this certificate", "button")
	w.on("Demo application would like to know who you are")
	w.Click("Allow", "button")
	w.on("Welcome, Bob Keller")
	w.reads("Signed in with a certificate")

	w.signOut()
	b.chooseNothing()
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Welcome, Bob Keller") // the certificate is enough now
}
