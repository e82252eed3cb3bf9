package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
)

// TestCertificateIsFoundByItsNames signs in people whose certificates nobody has
// linked, by rules of the login method, and nobody else.
func TestCertificateIsFoundByItsNames(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	admin.open(d.Issuer + "/admin/methods/" + d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`))
	admin.stands("mTLS")
	stored := admin.form("Save").values
	rules := url.Values{
		"version": {stored.Get("version")}, "name": {"mTLS"}, "linking": {"sign_in"}, "renewal": {"ask"}, "publicity": {"only_me"}, "public": {"on"},
		"mapping_source_0": {"san_upn"}, "mapping_field_0": {"login_local"}, "mapping_domain_0": {"Clinic.Example"},
		"mapping_source_1": {"san_email"}, "mapping_field_1": {"email"},
	}
	method := admin.page.url.String()
	if err := admin.walk(http.MethodPost, method, rules); err != nil {
		t.Fatal(err)
	}
	admin.sees("Please confirm this, or remove the rules")
	if kept := admin.form("Save").values.Get("mapping_domain_0"); kept != "Clinic.Example" {
		t.Errorf("the refused form has the domain %q", kept)
	}
	rules.Set("names_accepted", "on")
	if err := admin.walk(http.MethodPost, method, rules); err != nil {
		t.Fatal(err)
	}

	ca := d.clientCA(t)
	a, bob := d.party(t), d.query(t, `SELECT id FROM users WHERE login = 'bob'`)
	for what, spec := range map[string]certtest.Spec{
		"the address":      {CN: "B. Durand", Emails: []string{"Bob@example.org"}},
		"the UPN":          {CN: "Bob at work", UPNs: []string{"bob@clinic.example"}},
		"the first of two": {CN: "Bob of two", UPNs: []string{"bob@clinic.example"}, Emails: []string{"alice@example.org"}},
	} {
		t.Run("found by "+what, func(t *testing.T) {
			certificate := shown(ca.Issue(t, spec))
			for range 2 { // by the rule, then by the link that it made
				p, q := d.newPerson(certificate), a.request()
				p.open(q.url)
				p.stop = d.Client.RedirectURI
				p.press("Sign in with mTLS")
				if p.stopped == nil {
					p.press("Allow")
				}
				if _, id := a.tokens(q, a.answered(q, p.stopped)); id.Subject != bob {
					t.Errorf("signed in %s, want bob, who is %s", id.Subject, bob)
				}
			}
		})
	}
	if rule := d.query(t, `SELECT details_json FROM events WHERE kind = 'identity.linked' AND details_json LIKE '%san_upn%' LIMIT 1`); !strings.Contains(rule, "san_upn=login_local@clinic.example") {
		t.Errorf("the event log says %s", rule)
	}

	for what, c := range map[string]struct {
		spec certtest.Spec
		want string
	}{
		"the domain of another":  {certtest.Spec{CN: "Mallory", UPNs: []string{"alice@clinic.example.evil.example"}}, "not linked"},
		"addresses of two":       {certtest.Spec{CN: "Two", Emails: []string{"alice@example.org", "bob@example.org"}}, "It is not clear whose certificate this is"},
		"a blocked person's":     {certtest.Spec{CN: "Carol", Emails: []string{"carol@example.org"}}, "blocked"},
		"an address of nobody's": {certtest.Spec{CN: "Nobody", Emails: []string{"nobody@example.org"}}, "not linked"},
	} {
		t.Run("not found by "+what, func(t *testing.T) {
			p, q := d.newPerson(shown(ca.Issue(t, c.spec))), a.request()
			p.open(q.url)
			p.press("Sign in with mTLS")
			if !strings.Contains(p.page.text, c.want) {
				t.Errorf("%q is not on the page:\n%s", c.want, p.page)
			}
		})
	}
}
