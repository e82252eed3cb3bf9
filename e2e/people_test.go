package e2e

import (
	"regexp"
	"testing"

	"signet/internal/cert/certtest"
)

// TestPersonFromCreationToBlock is the life of an account: an administrator makes
// it, the person chooses a password by the link, the administrator brings a
// certificate (S63), the person signs in with it, and is blocked (S70).
func TestPersonFromCreationToBlock(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	const password = "a password that zoe chose"
	admin := d.administrator()
	admin.open(d.Issuer + "/admin/users")
	admin.press("New user")
	admin.fill("login", "zoe")
	admin.fill("name", "Zoé Martin")
	admin.press("Create the user")
	admin.sees("Zoé Martin has been created")
	link := regexp.MustCompile(regexp.QuoteMeta(d.Issuer) + `/password/\S+`).FindString(admin.page.text)
	if link == "" {
		t.Fatalf("no link:\n%s", admin.page)
	}

	leaf := d.clientCA(t).Issue(t, certtest.Spec{CN: "Zoe by upload"})
	zoe := d.newPerson(shown(leaf))
	zoe.open(link)
	zoe.stands("Choose a password")
	f := zoe.form("Save the password")
	f.values.Set("password", password)
	f.values.Set("again", password)
	zoe.send(f)
	zoe.password("zoe", password, "Sign in")
	zoe.stands("Profile")
	late := d.newPerson(nil)
	late.open(link)
	late.stands("This link no longer works")

	admin.open(d.Issuer + "/admin/users?q=zoe+mar")
	admin.sees("Zoé Martin")
	admin.open(d.Issuer + "/admin/users/" + d.query(t, `SELECT id FROM users WHERE login = 'zoe'`))
	admin.press("Add a certificate")
	f = admin.form("Look at the certificate")
	f.values.Set("provider", d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`))
	f.values.Set("text", string(leaf.PEM()))
	admin.send(f)
	admin.sees("Zoe by upload", "Link this certificate to Zoé Martin")
	admin.press("Link the certificate")
	admin.sees("Zoe by upload is linked.")

	byCard := d.newPerson(shown(leaf))
	byCard.open(d.Issuer + "/profile")
	byCard.press("Sign in with mTLS")
	byCard.stands("Profile")
	byCard.sees("Zoe by upload")

	admin.press("Block")
	admin.press("Block the user")
	admin.sees("Zoé Martin is blocked.")
	byCard.open(d.Issuer + "/profile")
	byCard.press("Sign in with mTLS")
	byCard.stands("Your account is blocked")
}
