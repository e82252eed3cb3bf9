package e2e

import (
	"regexp"
	"testing"

	"signet/internal/cert/certtest"
)

// TestOrganization walks an organization from its creation to a login method of
// its own (rows S29, S37): the administrator invites a manager by a link, who
// accepts and configures the organization, of which others see nothing.
func TestOrganization(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	create := func(name, handle string) {
		t.Helper()
		admin.open(d.Issuer + "/admin/organizations")
		admin.press("Create an organization")
		admin.fill("name", name)
		admin.fill("handle", handle)
		admin.press("Create")
		admin.sees("The organization " + name + " is created.")
	}
	create("North clinic", "north-clinic")
	admin.press("Members")
	admin.press("Add or invite")
	f := admin.form("Make a link")
	f.values.Set("role", "organization_manager")
	admin.send(f)
	admin.stands("Invitation")
	link := regexp.MustCompile(`https://\S+/invitations/\S+`).FindString(admin.page.text)
	if link == "" {
		t.Fatalf("there is no link:\n%s", admin.page)
	}

	bob := d.newPerson(nil)
	bob.open(link)
	bob.stands("Invitation to North clinic")
	bob.sees("Organization manager", "No account yet?")
	bob.press("Sign in to accept")
	bob.password("bob", d.user("bob").Password, "Sign in")
	bob.stands("Invitation to North clinic")
	bob.press("Accept")
	bob.sees("Welcome to North clinic.")

	late := d.newPerson(nil)
	late.open(link)
	late.stands("This invitation no longer works")

	place := d.Issuer + "/organizations/north-clinic"
	bob.open(place)
	bob.stands("North clinic")
	bob.open(place + "/methods/new/mtls")
	bob.fill("name", "Clinic card")
	f = bob.form("Create")
	f.values.Set("anchors", string(certtest.NewCA(t, certtest.CASpec{Name: "Clinic CA"}).PEM()))
	f.values.Set("revocation", "none")
	bob.send(f)
	bob.stands("Login methods")
	bob.sees("Clinic card has been created.")

	// A manager of another organization, and somebody of none.
	create("South clinic", "south-clinic")
	admin.press("Members")
	admin.press("Add or invite")
	f = admin.form("Add")
	f.values.Set("name", "alice")
	f.values.Set("role", "organization_manager")
	admin.send(f)
	admin.sees("Alice Martin is added.")
	method := d.query(t, `SELECT id FROM providers WHERE name = 'Clinic card'`)
	alice := d.newPerson(nil)
	alice.open(d.Issuer + "/signin?to=/organizations/south-clinic")
	alice.password("alice", d.user("alice").Password, "Sign in")
	alice.stands("South clinic")
	for _, path := range []string{"", "/members", "/methods", "/methods/" + method, "/applications", "/events", "/settings", "/delete"} {
		alice.open(place + path)
		if alice.page.status != 404 {
			t.Errorf("a manager of another organization gets %d from %s", alice.page.status, path)
		}
	}
	alice.open(d.Issuer + "/organizations/south-clinic/methods/" + method)
	if alice.page.status != 404 {
		t.Errorf("by her own organization she gets %d for the method of another", alice.page.status)
	}
	bob.open(d.Issuer + "/admin/organizations")
	if bob.page.status != 404 {
		t.Errorf("a manager gets %d from the list of all organizations", bob.page.status)
	}
}
