package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// said is what an application learns of how somebody signed in.
type said struct {
	ACR     string   `json:"acr"`
	AMR     []string `json:"amr"`
	Session string   `json:"sid"`
}

func (s said) card() bool {
	return s.ACR == "phrh" && slices.Equal(s.AMR, []string{"pop", "hwk", "sc", "mfa"})
}

// said returns what the ID token of a sign-in and introspection say.
func (a *party) said(q request, code string) (id, token said) {
	a.t.Helper()
	got, verified := a.tokens(q, code)
	if err := verified.Claims(&id); err != nil {
		a.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(a.ctx, http.MethodPost, a.d.Issuer+"/oidc/introspect", strings.NewReader(url.Values{"token": {got.AccessToken}}.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(a.config.ClientID), url.QueryEscape(a.config.ClientSecret))
	client, _ := a.ctx.Value(oauth2.HTTPClient).(*http.Client)
	answer, err := client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		a.t.Fatal(err)
	}
	return id, token
}

// keysOf says in the console where the keys of the demo's client CA are.
func (admin *person) keysOf(where string) {
	admin.t.Helper()
	admin.method("assurance_key_0", where)
}

// method changes one setting of the demo's method in the console.
func (admin *person) method(field, value string) {
	admin.t.Helper()
	admin.open(admin.d.Issuer + "/admin/methods/" + admin.d.query(admin.t, `SELECT id FROM providers WHERE type = 'certificate'`))
	f, values := admin.form("Save"), url.Values{"publicity": {"only_me"}, "public": {"on"}, "linking": {"sign_in"}, "renewal": {"ask"}, field: {value}}
	for _, name := range []string{"name", "version", "assurance", "assurance_ca_0"} {
		values.Set(name, f.values.Get(name)) // what the form reader takes for checked is not
	}
	f.values = values
	admin.send(f)
	admin.sees("mTLS has been saved")
}

// TestSmartCardCountsAsTwoFactors: an administrator says in the form of the
// method that the CA issues smart cards, and applications are told so from the
// next sign-in on, by ID token and introspection.
func TestSmartCardCountsAsTwoFactors(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	q := a.request()
	before := d.newPerson(d.certificate("alice"))
	if id, token := a.said(q, before.signIn(a, q)); id.ACR != "phr" || !slices.Equal(id.AMR, []string{"pop"}) || token.ACR != "phr" {
		t.Errorf("nothing was stated: %+v, %+v", id, token)
	}
	admin := d.administrator()
	for where, amr := range map[string][]string{"card": {"pop", "hwk", "sc", "mfa"}, "software": {"pop", "swk"}} {
		admin.keysOf(where)
		q := a.request()
		id, token := a.said(q, d.newPerson(d.certificate("alice")).signIn(a, q))
		if !slices.Equal(id.AMR, amr) || id.card() != (where == "card") || token.ACR != id.ACR || !slices.Equal(token.AMR, amr) {
			t.Errorf("%s: the ID token says %+v, introspection %+v", where, id, token)
		}
	}
	// What stands is not raised by what is said later.
	admin.keysOf("card")
	q = a.request()
	if id, _ := a.said(q, before.signIn(a, q)); id.ACR != "phr" {
		t.Errorf("a session from before counts for %+v", id)
	}
}

// TestPasswordLockoutDoesNotBlockCertificates: whoever guesses passwords can keep
// a person from using theirs for a while, and never from their certificate.
func TestPasswordLockoutDoesNotBlockCertificates(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	stranger := d.newPerson(nil)
	stranger.open(d.Issuer + "/signin?to=/profile")
	for range 12 {
		stranger.password("alice", "not her password", "Sign in")
		if strings.Contains(stranger.page.text, "Too many") {
			break
		}
		stranger.open(d.Issuer + "/signin?to=/profile")
	}
	locked := d.newPerson(d.certificate("alice"))
	locked.open(d.Issuer + "/profile")
	locked.password("alice", d.user("alice").Password, "Sign in")
	locked.sees("Too many")
	if locked.page.heading == "Profile" {
		t.Fatal("the password is not locked")
	}
	q := a.request()
	if id, _ := a.said(q, locked.signIn(a, q)); id.ACR != "phr" {
		t.Errorf("signed in as %+v", id)
	}
}
