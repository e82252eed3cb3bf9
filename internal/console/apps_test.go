package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
)

// appsHouse is the room with a password method, an issuer and an administrator
// who is signed in.
func appsHouse(t *testing.T) *house {
	h := newHouse(t)
	h.room.Issuer = "https://id.example"
	h.room.TestRedirect = func(issuer string, id iam.AppID) string { return issuer + "/try/" + string(id) + "/callback" }
	_, err := h.room.Providers.EnsurePassword(t.Context(), program, "Password")
	h.must(err)
	h.signIn(h.person("admin", systemAdministrator), "")
	return h
}

func (h *house) wiki() iam.App {
	h.t.Helper()
	a, _, err := h.room.Directory.CreateApp(h.t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	return a
}

func (h *house) only1() iam.App {
	h.t.Helper()
	apps, err := h.room.Directory.FindApps(h.t.Context(), program, iam.System(), "Grafana", "")
	h.must(err)
	if len(apps) != 1 {
		h.t.Fatalf("applications = %+v", apps)
	}
	return apps[0]
}

var hiddenID = regexp.MustCompile(`name="id" value="([a-z0-9]+)"`)

// full is a form as a browser sends it.
func full(pairs ...string) []string {
	form := url.Values{"type": {"web"}, "access_token_ttl": {"10"}, "refresh_token_ttl": {"720"}, "signing_algorithm": {"ES256"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	var all []string
	for k, v := range form {
		all = append(all, k, v[0])
	}
	return all
}

func TestCreateApplicationAndItsSecretOnce(t *testing.T) {
	h := appsHouse(t)
	wantText(t, h.get("/admin/applications"), "Create application", `href="/applications/new"`, "Signet itself")
	found := hiddenID.FindStringSubmatch(h.get("/applications/new").Body.String())
	if found == nil {
		t.Fatal("the form has no id")
	}
	form := full("id", found[1], "name", "Grafana", "redirect_uris", "https://grafana.example/login/generic_oauth\r\n\r\n https://grafana.example/other \n")
	w := h.post("/applications/new", form...)
	page := h.follow(w)
	wantText(t, page, "Grafana has been created.", "The new secret", "client_id = "+found[1], "auth_url = https://id.example/oidc/authorize", "root_url = https://grafana.example/")
	secret := regexp.MustCompile(`id="new-secret"[^>]*>([^<]+)<`).FindStringSubmatch(page.Body.String())
	if secret == nil || strings.Count(page.Body.String(), secret[1]) < 7 {
		t.Fatalf("the secret is not in the settings: %q", secret)
	}
	if page.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a page with a secret is kept: %q", page.Header().Get("Cache-Control"))
	}
	app := h.only1()
	if len(app.RedirectURIs) != 2 || app.RedirectURIs[1] != "https://grafana.example/other" || app.Type != iam.AppWeb {
		t.Errorf("stored: %+v", app)
	}
	lacksText(t, h.get("/applications/"+found[1]+"/connect"), secret[1], "The new secret") // reloaded
	for _, c := range page.Result().Cookies() {
		if strings.Contains(c.Name, "new-secret") && c.MaxAge >= 0 {
			t.Errorf("the cookie stays: %v", c)
		}
	}
	// Another application's page does not show it.
	other := h.wiki()
	lacksText(t, h.ask("GET", "/applications/"+string(other.ID)+"/connect", nil, w.Result().Cookies()...), secret[1])

	if again := h.post("/applications/new", form...); again.Code != http.StatusSeeOther || again.Header().Get("Location") != "/applications/"+found[1] {
		t.Errorf("the form sent twice: %d to %q", again.Code, again.Header().Get("Location"))
	}
	h.only1()
}

// Two organizations may each have an application of one name.
func TestListTellsOrganizations(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	h.app("Wiki", acme.ID)
	h.app("Wiki", zoo.ID)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/applications"), "Acme · Web application", "Zoo · Web application")
	h.signIn(h.person("manager", iam.Membership{Scope: zoo.Scope(), Role: iam.RoleOrganizationManager}), "")
	page := h.get("/applications")
	wantText(t, page, "Zoo · Web application")
	lacksText(t, page, "Acme")
}

func TestRefusedApplicationLosesNothing(t *testing.T) {
	h := appsHouse(t)
	w := h.post("/applications/new", full("name", "<b>Wiki</b>", "type", "spa", "redirect_uris", "http://wiki.example/cb\nhttps://ok.example/\nhttps://*.wiki.example/", "access_token_ttl", "many")...)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	body := html.UnescapeString(w.Body.String())
	for _, want := range []string{
		"http://wiki.example/cb must begin with https://", "https://*.wiki.example/ contains a *", "between 1 minute and 24 hours", "Nothing has been saved yet",
		"http://wiki.example/cb\nhttps://ok.example/\nhttps://*.wiki.example/</textarea>", `value="many"`, `value="spa" checked`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(w.Body.String(), "<b>Wiki") {
		t.Error("a name is HTML")
	}
	if apps, _ := h.room.Directory.Apps(t.Context(), program, iam.System()); len(apps) != 1 {
		t.Errorf("applications = %+v", apps)
	}
}

func TestFormCannotChooseAnId(t *testing.T) {
	h := appsHouse(t)
	for _, id := range []string{"signet", "wiki", "../x", strings.Repeat("a", 300), "AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		h.post("/applications/new", full("id", id, "name", "Grafana "+id[:4], "redirect_uris", "https://g.example/")...)
		if _, err := h.room.Directory.App(t.Context(), iam.AppID(id)); id != "signet" && !iam.IsNotFound(err) {
			t.Errorf("an application is called %q", id)
		}
	}
}

func TestPublicApplicationsHaveNoSecret(t *testing.T) {
	h := appsHouse(t)
	w := h.post("/applications/new", full("name", "Grafana", "type", "native", "redirect_uris", "com.example.app:/cb")...)
	page := h.follow(w)
	wantText(t, page, "PKCE protects it")
	lacksText(t, page, "The new secret", "grafana.ini")
	app := h.only1()
	lacksText(t, h.get("/applications/"+string(app.ID)), "Make a new secret")
	wantStatus(t, h.post("/applications/"+string(app.ID)+"/secrets", "version", "1", "overlap", "1"), http.StatusConflict)
}

func TestEditApplicationAndTwoAdministrators(t *testing.T) {
	h := appsHouse(t)
	a := h.wiki()
	at := "/applications/" + string(a.ID)
	wantText(t, h.get(at+"/edit"), `value="Wiki"`, "https://wiki.example/cb")
	wantText(t, h.follow(h.post(at+"/edit", full("version", "1", "name", "Wiki 2", "redirect_uris", "https://wiki.example/new")...)), "Wiki 2 has been saved.")
	w := h.post(at+"/edit", full("version", "1", "name", "Wiki 3", "redirect_uris", "https://wiki.example/mine")...)
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "https://wiki.example/mine", `value="Wiki 3"`, "Wiki 2", "https://wiki.example/new", `name="version" value="2"`)
	wantStatus(t, h.post(at+"/edit", full("version", "2", "name", "Wiki 3", "redirect_uris", "https://wiki.example/mine")...), http.StatusSeeOther)
	// The type is not on this form.
	h.post(at+"/edit", full("version", "3", "name", "Wiki", "type", "spa", "redirect_uris", "https://wiki.example/mine")...)
	if got, _ := h.room.Directory.App(t.Context(), a.ID); got.Type != iam.AppWeb {
		t.Errorf("type = %s", got.Type)
	}
}

func TestOnlyTheOperatorSkipsConsent(t *testing.T) {
	h := appsHouse(t)
	a := h.wiki()
	at := "/applications/" + string(a.ID)
	stored := func() bool {
		got, err := h.room.Directory.App(t.Context(), a.ID)
		h.must(err)
		return got.SkipConsent
	}
	wantText(t, h.get(at+"/edit"), "Do not ask for consent")
	h.post(at+"/edit", full("version", "1", "name", "Wiki", "redirect_uris", "https://wiki.example/cb", "skip_consent", "on")...)
	if !stored() {
		t.Fatal("the operator could not")
	}
	h.signIn(h.person("appadmin", iam.Membership{Scope: a.Scope(), Role: iam.RoleApplicationAdministrator}), "")
	lacksText(t, h.get(at+"/edit"), "Do not ask for consent")
	wantStatus(t, h.post(at+"/edit", full("version", "2", "name", "Wiki 2", "redirect_uris", "https://wiki.example/cb")...), http.StatusSeeOther)
	if !stored() {
		t.Error("a form without the switch turned it off")
	}
}

func TestRotateAndTakeBackSecrets(t *testing.T) {
	h := appsHouse(t)
	a := h.wiki()
	at := "/applications/" + string(a.ID)
	page := h.follow(h.post(at+"/secrets", "version", "1", "overlap", "24"))
	wantText(t, page, "The new secret is on this page.", `id="new-secret"`)
	wantStatus(t, h.post(at+"/secrets", "version", "1", "overlap", "24"), http.StatusConflict) // reloaded
	w := h.get(at)
	wantText(t, w, "Valid until", "Take back secret 1 now", "Take back secret 2 now")
	secrets, err := h.room.Directory.AppSecretsOf(t.Context(), program, a)
	h.must(err)
	old, newest := at+"/secrets/"+secrets[1].ID+"/revoke", at+"/secrets/"+secrets[0].ID+"/revoke"
	wantText(t, h.get(old), "Take back this secret?", "Wiki")
	wantText(t, h.follow(h.post(old)), "The secret has been taken back.")
	wantStatus(t, h.post(old), http.StatusSeeOther) // pressed twice
	wantStatus(t, h.get(old), http.StatusNotFound)
	w = h.post(newest)
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "This is the only secret.")
	lacksText(t, h.get(at), "Take back")
	for _, overlap := range []string{"", "-1", "2161", "99999999999999999999"} {
		if w := h.post(at+"/secrets", "version", "2", "overlap", overlap); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("overlap %q: status %d", overlap, w.Code)
		}
	}
}

// S12 in the console, with what keeps an administrator inside.
func TestWhoMayEnterIsDecided(t *testing.T) {
	h := appsHouse(t)
	h.room.Directory.Authorities = func(iam.Provider) ([]iam.Authority, error) {
		return []iam.Authority{{SHA256: "aa", Name: "House CA"}, {SHA256: "bb", Name: "State CA"}}, nil
	}
	a := h.wiki()
	at := "/applications/" + string(a.ID)
	wantText(t, h.get(at), "Everybody with an account.")
	wantText(t, h.get(at+"/access"), "No certificate method is switched on")
	w := h.post(at+"/access", "version", "1", "certificate_only", "on")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Switch on a certificate method", "checked")
	p, err := h.room.Providers.Create(t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Public: true})
	h.must(err)
	h.must(h.room.Providers.Switch(t.Context(), program, a.ID, p.ID, true))
	wantText(t, h.get(at+"/access"), "House CA", "State CA")
	w = h.post(at+"/access", "version", "1", "certificate_only", "on", "authority", "cc")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, h.follow(h.post(at+"/access", "version", "1", "certificate_only", "on", "authority", "bb", "members_only", "on")), "Only with a certificate of: State CA.", "Only members.")
	wantStatus(t, h.post(at+"/access", "version", "1"), http.StatusConflict)

	// How sure a sign-in must be: no more than a login method gives, and never for
	// Signet's own pages.
	for level, says := range map[string]string{"4": "No login method in the sign-in form", "2": "There is no such choice", "much": "There is no such choice"} {
		w = h.post(at+"/access", "version", "2", "certificate_only", "on", "authority", "bb", "min_strength", level)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, says)
	}
	wantText(t, h.follow(h.post(at+"/access", "version", "2", "certificate_only", "on", "authority", "bb", "min_strength", "3")), "whose key has answered Signet itself")
	wantText(t, h.get(at+"/access"), `value="3" checked`)
	lacksText(t, h.get("/applications/signet/access"), "min_strength")

	w = h.post("/applications/signet/access", "version", "1", "certificate_only", "on")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, h.get("/applications/signet"), "Signet’s own pages", `href="/admin/methods"`)
	for _, page := range []string{"/edit", "/people", "/connect", "/delete"} {
		wantStatus(t, h.get("/applications/signet"+page), http.StatusNotFound)
	}
	h.room.Directory.Authorities = func(iam.Provider) ([]iam.Authority, error) { return nil, nil }
	wantText(t, h.get(at), "Nobody can sign in to this application")
}

func TestDeleteApplicationCounts(t *testing.T) {
	h := appsHouse(t)
	a := h.wiki()
	at := "/applications/" + string(a.ID)
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.VisitApp(a.ID, h.caller.User) }))
	wantText(t, h.get(at+"/delete"), "Delete Wiki?", "1 person has signed in to it", "Its id and its secrets")
	wantText(t, h.follow(h.post(at+"/delete")), "Wiki has been deleted.")
	wantStatus(t, h.get(at), http.StatusNotFound)
	wantStatus(t, h.post(at+"/delete"), http.StatusNotFound)
}

func TestPeopleOfAnApplication(t *testing.T) {
	h := appsHouse(t)
	a, bob := h.wiki(), h.person("bob")
	at := "/applications/" + string(a.ID) + "/people"
	wantText(t, h.get(at), "Nobody has signed in yet")
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.VisitApp(a.ID, bob.ID) }))
	wantText(t, h.get(at), "Bob", "signed in", "Block here")
	wantText(t, h.get(at+"/"+string(bob.ID)+"/block"), "Block Bob in Wiki?")
	wantText(t, h.follow(h.post(at+"/"+string(bob.ID)+"/block")), "Bob is blocked in Wiki.", "Blocked here", "Unblock here")
	wantText(t, h.follow(h.post(at+"/"+string(bob.ID)+"/allow")), "Bob can sign in to Wiki again.")
	wantText(t, h.follow(h.post(at+"/"+string(bob.ID)+"/end")), "The access of Bob to Wiki has ended.")
	for _, path := range []string{"/" + string(bob.ID) + "/x", "/nobody/block", "/" + string(h.caller.User) + "/block"} {
		wantStatus(t, h.get(at+path), http.StatusNotFound)
		wantStatus(t, h.post(at+path), http.StatusNotFound)
	}
	w := h.post(at, "login", "nobody<", "role", "member")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `value="nobody&lt;"`)
	// Members are let in here; administrators are appointed on their own page, and
	// no form that says otherwise makes or unmakes one here.
	wantText(t, h.get(at), `href="/applications/`+string(a.ID)+`/administrators"`)
	wantText(t, h.follow(h.post(at, "login", "bob", "role", "application_administrator")), "Bob now has a role in Wiki.", "bob · Member")
	lacksText(t, h.get(at), "Application administrator")
	wantText(t, h.follow(h.post(at+"/role", "user", string(bob.ID))), "The role in Wiki has been taken away.")
	h.must(h.room.Directory.Give(t.Context(), program, iam.Membership{User: bob.ID, Scope: a.Scope(), Role: iam.RoleApplicationAdministrator}))
	h.post(at+"/role", "user", string(bob.ID), "role", "application_administrator")
	wantText(t, h.get(at), "bob · Application administrator")
}

// Ready settings hold the values of the application, and nothing that could end a
// text in them.
func TestConnectFillsInSettings(t *testing.T) {
	h := appsHouse(t)
	a, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Name: "Git", RedirectURIs: []string{`https://evil.example/"$(id)`, "https://git.example/sub/user/oauth2/signet/callback"}})
	h.must(err)
	body := html.UnescapeString(h.get("/applications/" + string(a.ID) + "/connect").Body.String())
	for _, want := range []string{
		`--key "` + string(a.ID) + `"`, `--auto-discover-url "https://id.example/.well-known/openid-configuration"`, "root_url = https://git.example/",
		`redirect_uri: "https://git.example/users/auth/openid_connect/callback"`, `OIDCRedirectURI "https://git.example/oidc-callback"`, `oidc_issuer_url = "https://id.example"`,
		`--clientid="` + string(a.ID) + `"`, "YOUR-SECRET", "Add this redirect URI to the application first", `data-copies="recipe-gitea"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if i := strings.Index(body, `id="recipe-grafana"`); i < 0 || strings.Contains(body[i:], "$(id)") {
		t.Error("a redirect URI can end a text in the settings")
	}
}

// Role × route: every page about applications by every role, on an application of
// the own organization and on a foreign one.
func TestWhoMayOpenApplications(t *testing.T) {
	h := appsHouse(t)
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertOrg(iam.Org{ID: "hospital", Handle: "hospital", Name: "Hospital", Version: 1})
	}))
	a, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Org: "hospital", Name: "Beds", RedirectURIs: []string{"https://beds.example/"}})
	h.must(err)
	foreign, bob := h.wiki(), h.person("bob")
	for _, app := range []iam.AppID{a.ID, foreign.ID} {
		h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.VisitApp(app, bob.ID) }))
	}
	admin := h.caller
	callers := []iam.Caller{
		admin,
		h.signIn(h.person("manager", iam.Membership{Scope: iam.Organization("hospital"), Role: iam.RoleOrganizationManager}), ""),
		h.signIn(h.person("appadmin", iam.Membership{Scope: a.Scope(), Role: iam.RoleApplicationAdministrator}), ""),
		h.signIn(h.person("member", iam.Membership{Scope: a.Scope(), Role: iam.RoleMember}), ""),
	}
	const (
		see, gone, nothing = http.StatusOK, http.StatusSeeOther, http.StatusNotFound
		odd, bad, clash    = http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusConflict
	)
	person := "/people/" + string(bob.ID)
	for _, line := range []struct {
		route string
		want  [4]int // administrator, manager, application administrator, member
	}{
		{"GET ", [4]int{see, see, see, nothing}},
		{"GET /edit", [4]int{see, see, see, nothing}},
		{"POST /edit", [4]int{odd, odd, odd, nothing}},
		{"GET /access", [4]int{see, see, see, nothing}},
		{"POST /access", [4]int{clash, clash, clash, nothing}},
		{"POST /secrets", [4]int{odd, odd, odd, nothing}},
		{"GET /secrets/none/revoke", [4]int{nothing, nothing, nothing, nothing}},
		{"POST /secrets/none/revoke", [4]int{gone, gone, gone, nothing}},
		{"GET /connect", [4]int{see, see, see, nothing}},
		{"GET /people", [4]int{see, see, see, nothing}},
		{"POST /people", [4]int{odd, odd, odd, nothing}},
		{"POST /people/role", [4]int{gone, gone, gone, nothing}},
		{"GET " + person + "/block", [4]int{see, see, see, nothing}},
		{"POST " + person + "/block", [4]int{gone, gone, gone, nothing}},
		{"POST " + person + "/allow", [4]int{gone, gone, gone, nothing}},
		{"POST " + person + "/end", [4]int{gone, gone, gone, nothing}},
		{"POST /try", [4]int{gone, gone, gone, nothing}},
		{"GET /methods", [4]int{see, see, see, nothing}},
		{"GET /delete", [4]int{see, see, nothing, nothing}},
	} {
		method, path, _ := strings.Cut(line.route, " ")
		for i, caller := range callers {
			h.caller = caller
			if w := h.ask(method, "/applications/"+string(a.ID)+path, nil); w.Code != line.want[i] {
				t.Errorf("%s by %d = %d, want %d", line.route, i, w.Code, line.want[i])
			}
			if i == 0 {
				continue
			}
			if w := h.ask(method, "/applications/"+string(foreign.ID)+path, nil); w.Code != nothing {
				t.Errorf("%s of a foreign application by %d = %d, want %d", line.route, i, w.Code, nothing)
			}
			if w := h.ask(method, "/applications/none"+path, nil); w.Code != nothing {
				t.Errorf("%s of no application by %d = %d, want %d", line.route, i, w.Code, nothing)
			}
		}
	}
	for i, want := range [4]int{see, nothing, nothing, nothing} {
		h.caller = callers[i]
		if w := h.get("/admin/applications"); w.Code != want {
			t.Errorf("the list of the system by %d = %d, want %d", i, w.Code, want)
		}
	}
	h.caller = callers[2]
	w := h.get("/applications")
	wantText(t, w, "Beds")
	lacksText(t, w, "Wiki", "Create application")
	wantStatus(t, h.get("/applications/new"), nothing)
	wantStatus(t, h.post("/applications/new", full("name", "x", "redirect_uris", "https://x.example/")...), http.StatusForbidden)
	wantStatus(t, h.post("/applications/"+string(a.ID)+"/delete"), nothing)
	h.caller = callers[1]
	wantStatus(t, h.get("/applications/new?org=other"), nothing)
	wantStatus(t, h.follow(h.post("/applications/new", full("name", "Grafana", "redirect_uris", "https://x.example/")...)), see)
	if got := h.only1(); got.Org != "hospital" {
		t.Errorf("a manager's application is in %q", got.Org)
	}
	events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{Kind: iam.EventActionRefused})
	h.must(err)
	if !slices.ContainsFunc(events, func(e iam.Event) bool { return e.Details["action"] == string(iam.DeleteApplications) }) {
		t.Error("a refused deletion is not in the event log")
	}
}

// S45, S50: one click makes the test application and opens it; the second click
// opens the same one.
func TestOneClickOpensATestApplication(t *testing.T) {
	h := appsHouse(t)
	a := h.wiki()
	a.Name = strings.Repeat("é", 100)
	h.must(h.room.Directory.EditApp(t.Context(), program, a))
	for _, of := range []iam.AppID{a.ID, iam.SignetApp} {
		w := h.post("/applications/" + string(of) + "/try")
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/try/") {
			t.Fatalf("%s: %d to %q", of, w.Code, to)
		}
		if again := h.post("/applications/" + string(of) + "/try").Header().Get("Location"); again != to {
			t.Errorf("the second click leads to %q, the first to %q", again, to)
		}
		test, err := h.room.Directory.App(t.Context(), iam.AppID(strings.TrimPrefix(to, "/try/")))
		h.must(err)
		if !test.Test || test.TestOf != of || test.RedirectURIs[0] != "https://id.example"+to+"/callback" {
			t.Errorf("test application = %+v", test)
		}
		at := "/applications/" + string(test.ID)
		wantText(t, h.get(at), "Open the test application")
		for _, page := range []string{"/edit", "/access", "/people", "/connect"} {
			wantStatus(t, h.get(at+page), http.StatusNotFound)
		}
		wantStatus(t, h.post(at+"/try"), http.StatusConflict) // no test of a test
	}
}
