package e2e

import (
	"crypto/tls"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"signet/internal/cert/certtest"
)

// TestIdentifiersInTheProfile links, refuses and removes certificates as the
// mission document walks it (rows S56–S62, S68): Profile → Identifiers → Add →
// mTLS → pick the certificate.
func TestIdentifiersInTheProfile(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	bobs := d.chromium(t, "en", "Bob Keller")
	bobs.has("bob", "alice") // her certificate has got into his browser, too
	bob := bobs.window(t)
	bob.Navigate(d.Issuer + "/profile")
	bob.on("Sign in to Signet")
	bob.Fill("Login or e-mail", "bob")
	bob.Press("Enter")
	bob.reads("Change")
	bob.Fill("Password", d.user("bob").Password)
	bob.Press("Enter")
	bob.on("Profile")
	bob.reads("No certificate yet")

	add := func() {
		t.Helper()
		bob.Navigate(d.Issuer + "/profile")
		bob.Click("Add", "link")
		bob.on("Add an identifier")
		bob.Click("Continue with mTLS", "button")
	}
	add()
	bob.on("Link this certificate?") // S57: which one it is, before it is linked
	bob.reads("Bob Keller", "Issued by Signet demo client CA", "Valid until", "whoever holds this certificate and its key signs in as this person")
	bob.Click("Cancel", "button")
	bob.on("Profile")
	bob.reads("No certificate yet")
	add()
	bob.on("Link this certificate?")
	bob.Click("Link this certificate", "button")
	bob.on("Profile") // S58
	bob.reads("The certificate Bob Keller is now linked to you.", "Issued by Signet demo client CA", "Never used")

	add() // S60
	bob.on("This certificate is already linked to you")
	if hosts := d.certificateHosts(t); len(hosts) != 3 || hosts[1] == hosts[2] {
		t.Errorf("on %q: where a certificate is remembered, nobody can pick another", hosts)
	}
	bob.reads("There is nothing to do: you can sign in with it.")
	admin.finds(t, bob.attempt(), "The certificate is linked to this person already", "bob")
	bobs.choose("Alice Martin")
	bob.Click("Use another certificate", "button")
	bob.on("This certificate is linked to another user") // S59
	bob.reads("Alice Martin", "It must first be removed from that user’s profile")
	admin.finds(t, bob.attempt(), "The certificate is linked to another user", "bob")
	bob.Click("Back to my profile", "button")
	bob.on("Profile")

	// An application holds a token that her certificate gave.
	a := d.party(t)
	q := a.request()
	token, _ := a.tokens(q, d.newPerson(d.certificate("alice")).signIn(a, q))
	alices := d.chromium(t, "en", "Alice Martin")
	alices.has("alice")
	alice := alices.window(t)
	alice.Navigate(d.Issuer + "/profile")
	alice.Click("Sign in with mTLS", "button")
	alice.on("Profile")
	alice.Click("Remove Alice Martin", "link")
	alice.on("Remove this identifier?") // S62
	alice.reads("2 sessions that it opened", "Also this session: you will be signed out here")
	alice.Click("Cancel", "link")
	alice.on("Profile")
	alice.Click("Remove Alice Martin", "link")
	alice.Click("Remove the identifier", "button")
	alice.on("Sign in to Signet")
	if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("a token that the certificate gave still works")
	}
	admin.findsKind(t, "identity.removed", "Alice Martin")

	add() // S61, S68
	bob.on("Link this certificate?")
	bob.reads("Alice Martin")
	bob.Click("Link this certificate", "button")
	bob.on("Profile")
	bob.reads("The certificate Alice Martin is now linked to you.", "Bob Keller")
	alice.Click("Sign in with mTLS", "button")
	alice.on("Profile")
	alice.reads("Bob Keller")
}

// TestSeveralCertificatesOfOnePerson is row S68: the old card works beside the
// new one.
func TestSeveralCertificatesOfOnePerson(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t, "profile")
	alice := d.newPerson(d.certificate("alice"))
	q := a.request()
	_, first := a.tokens(q, alice.signIn(a, q))
	second := shown(d.clientCA(t).Issue(t, certtest.Spec{CN: "Alice Martin, new card"}))
	alice.link(second)
	alice.stands("Profile")
	alice.sees("The certificate Alice Martin, new card is now linked to you.")
	for name, certificate := range map[string]*person{"old": d.newPerson(d.certificate("alice")), "new": d.newPerson(second)} {
		q := a.request()
		if _, id := a.tokens(q, certificate.signIn(a, q)); id.Subject != first.Subject {
			t.Errorf("the %s card signs in %s, not %s", name, id.Subject, first.Subject)
		}
	}
}

// TestCertificateOfTwoPeopleAtOnce is row S61 where it hurts: both have read the
// page that asks, and press its button in the same moment.
func TestCertificateOfTwoPeopleAtOnce(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	people := []*person{d.newPerson(d.certificate("bob")), d.newPerson(d.certificate("bob")), d.newPerson(d.certificate("bob"))}
	for i, login := range []string{"alice", "bob", "dave"} {
		people[i].open(d.Issuer + "/profile")
		people[i].password(login, d.user(login).Password, "Sign in")
		people[i].stands("Profile")
		people[i].open(d.Issuer + "/profile/identifiers/add")
		people[i].press("Continue with mTLS")
		people[i].stands("Link this certificate?")
	}
	var all sync.WaitGroup
	for _, p := range people {
		confirm := p.form("Link this certificate")
		all.Go(func() {
			if err := p.walk(confirm.method, confirm.action.String(), confirm.values); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	linked := 0
	for _, p := range people {
		switch p.page.heading {
		case "Profile":
			p.sees("The certificate Bob Keller is now linked to you.")
			linked++
		default:
			p.stands("This certificate is linked to another user")
		}
	}
	if linked != 1 {
		t.Errorf("the certificate is linked to %d people", linked)
	}
}

// link adds a certificate in the profile of a person who is signed in.
func (p *person) link(certificate *tls.Certificate) {
	p.t.Helper()
	p.certificate = certificate
	p.open(p.d.Issuer + "/profile/identifiers/add")
	p.press("Continue with mTLS")
	p.stands("Link this certificate?")
	p.press("Link this certificate")
}
