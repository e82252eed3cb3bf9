package e2e

import (
	"slices"
	"strings"
	"testing"
)

// TestWrongChoiceCanBeCorrected is what browsers make hard (row S13, S67): they
// remember the choice of certificate by host, so that a second try must take
// place on another name, in the same session of the browser.
func TestWrongChoiceCanBeCorrected(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Bob Keller")
	b.has("alice", "bob")
	w := b.window(t)
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("This certificate is not linked to anyone yet")
	b.choose("Alice Martin")
	w.Click("Use another certificate", "button")
	w.on("Demo application would like to know who you are")
	w.reads("Alice Martin")
	w.Click("Allow", "button")
	w.on("Welcome, Alice Martin")

	// From now on the host that served her well is asked, and remembers her.
	w.signOut()
	b.chooseNothing()
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Welcome, Alice Martin")

	hosts := d.certificateHosts(t)
	if len(hosts) != 3 || hosts[0] == hosts[1] || hosts[1] != hosts[2] || !strings.HasSuffix(hosts[1], ".cert.id.localhost") {
		t.Errorf("attempts took place on %q", hosts)
	}
}

// TestWrongChoiceIsForgotten: who leaves after a wrong choice, and comes back
// through the application, is asked again, too.
func TestWrongChoiceIsForgotten(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Carol Lindqvist")
	b.has("alice", "carol")
	w := b.window(t)
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Your account is blocked")
	w.Click("Back to Demo application", "button")
	w.on("You are not signed in")
	b.choose("Alice Martin")
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("Demo application would like to know who you are")
	w.reads("Alice Martin")
	if hosts := d.certificateHosts(t); len(slices.Compact(hosts)) != 2 {
		t.Errorf("attempts took place on %q", hosts)
	}
}

// TestAnotherCertificateAfterASignIn: where the browser has come to sign in without
// asking, another certificate is one press away, also for whoever forgets the
// account that signed in (row S67).
func TestAnotherCertificateAfterASignIn(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Alice Martin")
	b.has("alice", "bob")
	w := b.window(t)
	w.begin()
	if w.Has("button", "Use another certificate") {
		t.Error("a browser that has shown none is offered another one")
	}
	w.Click("Sign in with mTLS", "button")
	w.on("Demo application would like to know who you are")
	w.Click("Allow", "button")
	w.on("Welcome, Alice Martin")

	b.choose("Bob Keller")
	w.Click("Sign in as someone else", "link")
	w.on("Sign in to Demo application")
	w.Click("Use another certificate", "button")
	w.on("This certificate is not linked to anyone yet")
	w.reads("Bob Keller")

	w.signOut()
	b.choose("Alice Martin")
	w.begin()
	w.Click("Use another certificate", "button")
	w.on("Welcome, Alice Martin")
	w.signOut()
	b.choose("Bob Keller")
	w.begin()
	w.Click("Forget Alice Martin", "button")
	w.WaitGone("Alice Martin")
	w.Click("Sign in with mTLS", "button")
	w.on("This certificate is not linked to anyone yet")
	w.reads("Bob Keller")
}

// TestChosenAccountSignsIn: two people sign in with the same browser, which goes on
// showing the certificate of the last one without asking. Whoever presses their own
// name is not signed in as the other (row S67).
func TestChosenAccountSignsIn(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.chromium(t, "en", "Bob Keller")
	b.has("alice", "bob")
	w := b.window(t)
	w.begin()
	w.Click("Sign in with mTLS", "button")
	w.on("This certificate is not linked to anyone yet")
	w.Click("Sign in another way and link it", "button")
	w.Fill("Login or e-mail", "bob")
	w.Press("Enter")
	w.reads("Change")
	w.Fill("Password", d.user("bob").Password)
	w.Press("Enter")
	w.on("Link this certificate?")
	w.Click("Link this certificate", "button")
	w.Click("Allow", "button")
	w.on("Welcome, Bob Keller")

	w.signOut()
	b.choose("Alice Martin")
	w.begin()
	w.Click("Use another certificate", "button")
	w.Click("Allow", "button")
	w.on("Welcome, Alice Martin")

	b.chooseNothing() // each on the host that knows them
	for _, name := range []string{"Bob Keller", "Alice Martin", "Alice Martin", "Bob Keller"} {
		w.signOut()
		w.begin()
		w.Click(name+" "+strings.ToLower(strings.Fields(name)[0]), "button")
		w.on("Welcome, " + name)
	}
}
