package e2e

import (
	"net/url"
	"testing"

	"golang.org/x/oauth2"

	"signet/internal/cert/certtest"
)

// require lets the demo's application require so much, in the console.
func (admin *person) require(strength string) {
	admin.t.Helper()
	at := admin.d.Issuer + "/applications/" + admin.d.Client.ID
	admin.open(at + "/access")
	f := admin.form("Save")
	f.values = url.Values{"version": f.values["version"], "min_strength": {strength}}
	admin.send(f)
}

// cards adds a CA to the demo's method of which the administrator says that it
// issues smart cards; the keys of the other are in software.
func (admin *person) cards(t *testing.T) *certtest.CA {
	t.Helper()
	ca := admin.d.clientCA(t)
	cards := certtest.NewCA(t, certtest.CASpec{Name: "Cards CA", Now: ca.Now})
	for _, more := range []url.Values{
		{"anchors": {string(cards.PEM())}, "revocation": {"none"}},
		{"assurance": {"1"}, "assurance_key_0": {"software"}, "assurance_key_1": {"card"}},
	} {
		admin.open(admin.d.Issuer + "/admin/methods/" + admin.d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`))
		f, values := admin.form("Save"), url.Values{"publicity": {"only_me"}, "public": {"on"}, "linking": {"sign_in"}, "renewal": {"ask"}}
		for _, name := range []string{"name", "version", "assurance_ca_0", "assurance_ca_1"} {
			values.Set(name, f.values.Get(name))
		}
		for name, value := range more {
			values[name] = value
		}
		f.values = values
		admin.send(f)
		admin.sees("mTLS has been saved")
	}
	return cards
}

// TestStepUp: an application comes to require a smart card. Who is signed in with
// less is told so in words, is offered what could reach it and nothing else, and
// comes out with a new session; the application is told the truth.
func TestStepUp(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()
	alice := d.newPerson(d.certificate("alice"))
	first := a.request()
	before, _ := a.said(first, alice.signIn(a, first))

	admin.require("4")
	admin.sees("No login method in the sign-in form of this application gives this much")
	cards := admin.cards(t)
	admin.require("4")
	admin.sees("Who may enter has been saved", "Whoever signs in with a smart card or token with PIN")

	alice.stop = d.Client.RedirectURI
	silent := a.request(oauth2.SetAuthURLParam("prompt", "none"))
	alice.open(silent.url)
	if alice.stopped == nil || alice.stopped.Query().Get("error") != "login_required" {
		t.Errorf("silently: %v", alice.stopped)
	}
	q := a.request()
	alice.open(q.url)
	alice.sees("Demo application needs a smart card or a token with a PIN.", "Alice Martin", "You are signed in, with less than that.")
	for _, f := range alice.page.forms {
		if f.button == "Next" || f.button == "Go on as I am" || f.values.Has("login") {
			t.Errorf("a way that leads nowhere is offered: %+v", f)
		}
	}
	alice.press("Sign in with mTLS")
	alice.stands("This certificate is not enough here")
	alice.sees("Demo application needs a smart card")
	admin.finds(t, alice.page.attempt, "The certificate counts for less than the application requires")

	// Her card belongs to nobody yet: who she is is asked again, then it is linked.
	alice.certificate = shown(cards.Issue(t, certtest.Spec{CN: "Alice with a card"}))
	alice.press("Use another certificate")
	alice.stands("This certificate is not linked to anyone yet")
	alice.press("Sign in another way and link it")
	alice.password("alice", d.user("alice").Password, "Sign in")
	alice.stands("Link this certificate?")
	alice.press("Link this certificate")
	if alice.stopped == nil {
		alice.press("Allow")
	}
	id, token := a.said(q, a.answered(q, alice.stopped))
	if id.ACR != "phrh" || token.ACR != "phrh" || id.Session == before.Session || id.Session == "" {
		t.Errorf("raised to %+v, introspection %+v; before %+v", id, token, before)
	}
	if ended := d.query(t, `SELECT end_reason FROM sessions WHERE id = '`+before.Session+`'`); ended != "replaced" {
		t.Errorf("the session before: %q", ended)
	}
	again := a.request(oauth2.SetAuthURLParam("prompt", "none"))
	if id, _ := a.said(again, alice.signIn(a, again)); id.Session == before.Session || id.ACR != "phrh" {
		t.Errorf("the raised session is told as %+v", id)
	}
}

// TestRequestedAssurance: what an application asks by acr_values is a wish, and
// by an essential claim a demand (OpenID Connect Core, sections 3.1.2.1 and
// 5.5.1.1). Discovery names what can be asked for.
func TestRequestedAssurance(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	essential := func(acr string) oauth2.AuthCodeOption {
		return oauth2.SetAuthURLParam("claims", `{"id_token":{"acr":{"essential":true,"values":["`+acr+`"]}}}`)
	}
	var told struct {
		ACR []string `json:"acr_values_supported"`
	}
	supported := func() map[string]bool {
		t.Helper()
		fresh := d.party(t)
		if err := fresh.provider.Claims(&told); err != nil {
			t.Fatal(err)
		}
		all := map[string]bool{}
		for _, acr := range told.ACR {
			all[acr] = true
		}
		return all
	}
	if s := supported(); s["phrh"] || !s["phr"] || !s["urn:signet:acr:password"] {
		t.Errorf("nobody has said that there are cards: %v", told.ACR)
	}
	alice := d.newPerson(d.certificate("alice"))
	alice.stop = d.Client.RedirectURI
	unmet := a.request(essential("phrh"))
	alice.open(unmet.url)
	if alice.stopped == nil || alice.stopped.Query().Get("error") != "unmet_authentication_requirements" || alice.stopped.Query().Get("state") != unmet.state {
		t.Errorf("nobody signed in: %v", alice.stopped)
	}
	plain := a.request(oauth2.SetAuthURLParam("acr_values", "phrh"))
	if id, _ := a.said(plain, alice.signIn(a, plain)); id.ACR != "phr" {
		t.Errorf("wished for what nobody can give: %+v", id)
	}
	for _, more := range [][]oauth2.AuthCodeOption{{essential("phrh")}, {essential("phrh"), oauth2.SetAuthURLParam("prompt", "none")}} {
		alice.open(a.request(more...).url)
		if alice.stopped == nil || alice.stopped.Query().Get("error") != "unmet_authentication_requirements" {
			t.Errorf("signed in: %v", alice.stopped)
		}
	}

	cards := d.administrator().cards(t)
	if !supported()["phrh"] {
		t.Errorf("there are cards: %v", told.ACR)
	}
	wish := a.request(oauth2.SetAuthURLParam("acr_values", "phrh phr"))
	if id, _ := a.said(wish, alice.signIn(a, wish)); id.ACR != "phr" {
		t.Errorf("the second of two wishes: %+v", id)
	}
	wish = a.request(oauth2.SetAuthURLParam("acr_values", "phrh"))
	alice.open(wish.url)
	alice.sees("Demo application would like you to use a smart card", "You are signed in, with less than that.")
	alice.press("Go on as I am")
	if id, _ := a.said(wish, a.answered(wish, alice.stopped)); id.ACR != "phr" {
		t.Errorf("went on as she is: %+v", id)
	}
	silent := a.request(essential("phrh"), oauth2.SetAuthURLParam("prompt", "none"))
	alice.open(silent.url)
	if alice.stopped == nil || alice.stopped.Query().Get("error") != "login_required" {
		t.Errorf("silently, and it could be reached: %v", alice.stopped)
	}

	// Bob's card raises no session of Alice's.
	admin := d.administrator()
	card := cards.Issue(t, certtest.Spec{CN: "Bob with a card"})
	bob := d.newPerson(shown(card))
	bob.open(d.Issuer + "/profile")
	bob.password("bob", d.user("bob").Password, "Sign in")
	bob.link(shown(card))
	demand := a.request(essential("phrh"))
	alice.certificate = shown(card)
	alice.open(demand.url)
	alice.press("Sign in with mTLS")
	alice.stands("This certificate belongs to somebody else")
	admin.finds(t, alice.page.attempt, "The certificate belongs to somebody else")
}
