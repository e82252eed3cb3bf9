package e2e

import (
	"net/url"
	"testing"

	"signet/internal/cert/certtest"
)

// TestAdministratorMakesALoginMethod configures a running Signet as the mission
// document says, click by click and without scripts: Settings, Login methods,
// Configure, Create, mTLS, the form, the switch. Then a person links and uses a
// certificate of the new authority, and nothing was restarted.
func TestAdministratorMakesALoginMethod(t *testing.T) {
	t.Parallel()
	for language, in := range map[string]struct {
		signIn, settings, configure, create, added, sees, with, methods, gone string
	}{
		"en": {
			"Sign in", "Settings", "Configure", "Create", "Staff card has been created.", "Staff card is in the sign-in form of Signet.",
			"Sign in with Staff card", "Login methods", "Staff card is no longer in the sign-in form of Signet.",
		},
		"fr": {
			"Se connecter", "Paramètres", "Configurer", "Créer", "Staff card a été créée.", "Staff card figure dans le formulaire de connexion de Signet.",
			"Se connecter avec Staff card", "Méthodes de connexion", "Staff card ne figure plus dans le formulaire de connexion de Signet.",
		},
	} {
		t.Run(language, func(t *testing.T) {
			d := startDemo(t)
			ca := certtest.NewCA(t, certtest.CASpec{Name: "Staff CA"})
			admin := d.personIn(language, nil)
			admin.open(d.Issuer + "/admin")
			admin.password(d.Admin.Login, d.Admin.Password, in.signIn)
			admin.press(in.settings)
			admin.stands(in.settings)
			admin.press(in.configure)
			admin.stands(in.methods)
			admin.press(in.create)
			admin.open(d.Issuer + "/admin/methods/new/mtls")
			admin.fill("name", "Staff card")
			f := admin.form(in.create)
			f.values.Set("anchors", string(ca.PEM()))
			f.values.Set("revocation", "none")
			f.values.Set("public", "on")
			admin.send(f)
			admin.stands(in.methods)
			admin.sees(in.added)
			id := d.query(t, `SELECT id FROM providers WHERE name = 'Staff card'`)

			card := shown(ca.Issue(t, certtest.Spec{CN: "Alice of the staff"}))
			early := d.personIn(language, card)
			early.open(d.Issuer + "/signin?to=/profile")
			if early.can(in.with) {
				t.Fatalf("the method is not switched on, and yet there is a button:\n%s", early.page)
			}
			admin.send(form{method: "POST", action: admin.page.url.JoinPath(id, "switch"), values: url.Values{"on": {"on"}}})
			admin.sees(in.sees)

			alice := d.newPerson(card)
			alice.open(d.Issuer + "/profile")
			alice.password("alice", d.user("alice").Password, "Sign in")
			alice.open(d.Issuer + "/profile/identifiers/add")
			alice.press("Continue with Staff card")
			alice.stands("Link this certificate?")
			alice.press("Link this certificate")
			alice.sees("Alice of the staff", "Staff CA")

			again := d.personIn(language, card)
			again.open(d.Issuer + "/signin?to=/profile")
			again.press(in.with)
			again.sees("Alice of the staff")

			admin.send(form{method: "POST", action: admin.page.url.JoinPath(id, "switch"), values: url.Values{}})
			admin.sees(in.gone)
			late := d.personIn(language, card)
			late.open(d.Issuer + "/signin?to=/profile")
			if late.can(in.with) {
				t.Errorf("the method is switched off, and yet there is a button:\n%s", late.page)
			}
		})
	}
}
