package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/oauth2"

	"signet/e2e/browser"
	"signet/internal/cert/certtest"
)

// levels are the words of the mission document for the places below the system.
var levels = map[string]map[string]string{
	"fr": {"dashboard": "Tableau de bord", "organizations": "Organisations", "applications": "Applications"},
	"en": {"dashboard": "Dashboard", "organizations": "Organizations", "applications": "Applications"},
}

// newcomer makes Marie, who chooses her password by the link that the
// administrator hands over, in a browser of her own, and signs in.
func (v *visitor) newcomer(ca *certtest.CA) *visitor {
	v.t.Helper()
	v.Navigate(v.e.issuer + "/admin/users")
	v.Click(v.words.T("people.new"), "link")
	v.on(v.words.T("people.new_title"))
	v.Fill(v.words.T("console.login"), "marie")
	browser.Eval[bool](v.Page, `(document.querySelector("[name=name]").value = "Marie Curie", true)`)
	v.Click(v.words.T("people.create"), "button")
	v.on(v.words.T("people.link_title", "Name", "Marie Curie"))
	link := browser.Eval[string](v.Page, `document.querySelector("#password-link").innerText.trim()`)

	m := v.e.visitor(v.t, v.words.Lang(), "Marie Curie")
	m.login = "marie"
	m.b.Import(p12(v.t, ca, "Marie Curie"), "secret")
	m.Navigate(link)
	m.on(v.words.T("profile.link_title"))
	m.choosePassword()
	m.Click(v.words.T("profile.link_save"), "button")
	m.signIn()
	return m
}

// TestMissionOfAnOrganization walks the mission document at the level of an
// organization (rows S29 and S37), click by click in Chromium: its manager opens
// the dashboard, configures mTLS, and signs in with a certificate.
func TestMissionOfAnOrganization(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"fr", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			e, say, at := serve(t), mission[language], levels[language]
			ca := certtest.NewCA(t, certtest.CASpec{Name: "Clinic CA"})
			ada := e.visitor(t, language, "nobody")
			ada.setUpAndSignIn()
			marie := ada.newcomer(ca)

			ada.Navigate(e.issuer + "/admin")
			ada.Click(at["organizations"], "link")
			ada.on(at["organizations"])
			browser.Eval[bool](ada.Page, `(document.querySelector(".page-actions a.button-primary").focus(), true)`)
			ada.Press("Enter")
			ada.on(ada.words.T("organization.new_title"))
			ada.Fill(ada.words.T("organization.name"), "Clinique du Nord")
			ada.Fill(ada.words.T("organization.handle"), "clinique-du-nord")
			ada.Click(ada.words.T("organization.create_submit"), "button")
			ada.WaitText(ada.words.T("organization.created", "Name", "Clinique du Nord"))
			ada.Click(ada.words.T("organization.tab_members"), "link")
			ada.Click(ada.words.T("organization.add_or_invite"), "link")
			ada.on(ada.words.T("organization.add_title"))
			ada.Fill(ada.words.T("organization.add_name"), "marie")
			browser.Eval[bool](ada.Page, `(document.querySelector("form:has([name=name]) [value=organization_manager]").click(), true)`)
			ada.Click(ada.words.T("organization.add_submit"), "button")
			ada.WaitText(ada.words.T("organization.added", "Name", "Marie Curie"))

			// Étape 2: the dashboard, the block, the button, the template, the form.
			marie.Navigate(e.issuer + "/profile")
			marie.Click(marie.words.T("web.account"))
			marie.Click(say["admin"], "link")
			marie.on("Clinique du Nord")
			marie.WaitText(at["dashboard"])
			marie.WaitText(say["methods"])
			marie.Click(say["configure"], "link")
			marie.on(say["methods"])
			marie.createMethod(say, ca, true)
			marie.switchOn("Clinique du Nord")

			marie.link(say, "Marie Curie")

			// Vérifier: in the organization's own form, and nowhere above it.
			marie.signOut()
			marie.Navigate(e.issuer + "/signin?to=/organizations/clinique-du-nord")
			marie.Click(marie.words.T("signin.with", "Method", "mTLS"), "button")
			marie.on("Clinique du Nord")
			marie.signOut()
			marie.Navigate(e.issuer + "/signin?to=/profile")
			marie.WaitURL(e.issuer + "/signin/")
			if marie.Has("button", marie.words.T("signin.with", "Method", "mTLS")) {
				t.Error("the organization's method stands in the form of Signet itself")
			}
		})
	}
}

// TestMissionOfAnApplication walks the mission document at the level of an
// application: its settings have the same block, and whoever uses it links and
// shows a certificate.
func TestMissionOfAnApplication(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"fr", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			e, say, at := serve(t), mission[language], levels[language]
			ca := certtest.NewCA(t, certtest.CASpec{Name: "Library CA"})
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = fmt.Fprintf(w, `<!doctype html><title>Library</title><link rel="icon" href="data:,"><h1>Library</h1><p>code %t</p>`, r.URL.Query().Get("code") != "")
			}))
			t.Cleanup(site.Close)
			ada := e.visitor(t, language, "nobody")
			ada.setUpAndSignIn()
			marie := ada.newcomer(ca)

			ada.Navigate(e.issuer + "/admin")
			ada.Click(at["applications"], "link")
			ada.on(at["applications"])
			ada.Click(ada.words.T("apps.create_link"), "link")
			ada.on(ada.words.T("apps.new_title"))
			ada.Fill(ada.words.T("apps.name"), "Library")
			browser.Eval[bool](ada.Page, `(document.querySelector("[value=native]").click(), true)`)
			ada.Fill(ada.words.T("apps.redirect_uris"), site.URL+"/callback")
			ada.Click(ada.words.T("apps.create"), "button")
			ada.WaitText(ada.words.T("apps.created_done", "Name", "Library"))

			// Étape 2: the application's settings have the same block.
			ada.Click(say["settings"], "link")
			ada.on("Library")
			ada.WaitText(say["methods"])
			id := browser.Eval[string](ada.Page, `location.pathname.split("/").pop()`)
			ada.Click(say["configure"], "link")
			ada.on(say["methods"])
			ada.createMethod(say, ca, false)
			ada.switchOn("Library")

			// In a test application's sign-in form: the button with the logo (S50).
			ada.Navigate(e.issuer + "/applications/" + id)
			ada.Click(ada.words.T("apps.test_form"), "button")
			ada.WaitURL(e.issuer + "/try/")
			if !ada.Has("link", ada.words.T("try.open")) {
				t.Error("the test application does not open the form")
			}

			// The person knows the application, adds the identifier, and needs no password
			// from then on.
			config := oauth2.Config{ClientID: id, RedirectURL: site.URL + "/callback", Scopes: []string{"openid"}, Endpoint: oauth2.Endpoint{AuthURL: e.issuer + "/oidc/authorize"}}
			open := config.AuthCodeURL("state", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()), oauth2.SetAuthURLParam("ui_locales", language))
			marie.Navigate(open)
			marie.WaitFor(`document.querySelector("form[action$='/consent']")`)
			marie.Click(marie.words.T("signin.agree"), "button")
			marie.on("Library")
			marie.WaitText("code true")
			marie.link(say, "Marie Curie")
			marie.signOut()
			marie.Navigate(open)
			marie.Click(marie.words.T("signin.with", "Method", "mTLS"), "button")
			marie.on("Library")
			marie.WaitText("code true")
		})
	}
}
