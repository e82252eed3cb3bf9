package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/iam"
)

// The form of the sign-in form: what is refused comes back filled, at its field.
func TestWidgetForm(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/settings"), `href="/admin/widget"`)
	wantText(t, h.get("/admin/widget"), "Sign in to Signet", `name="version" value="0"`)

	w := h.post("/admin/widget", "version", "0", "title", "Bienvenue <b> à APP_NAME", "accent", "#ffe600", "links", "Help https://help.example")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "Nothing has been saved yet", "This colour reaches 1.2", "4.5:1 is needed", `value="#ffe600"`, "Bienvenue &lt;b&gt; à APP_NAME", "Help https://help.example")
	for name, pair := range map[string][2]string{
		"link":  {"links", "Help javascript:alert(1)"},
		"words": {"links", "https://help.example"},
		"cover": {"cover_mode", "always"},
	} {
		if w := h.post("/admin/widget", "version", "0", pair[0], pair[1]); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := h.sendFile("/admin/widget", "logo", []byte("<svg></svg>"), "version", "0", "title", "Kept"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `value="Kept"`) {
		t.Errorf("an SVG: %d %s", w.Code, w.Body)
	}

	// A picture is not lost with a form that is refused for something else.
	for name, pair := range map[string][2]string{"a link": {"links", "Help javascript:alert(1)"}, "no link at all": {"links", "https://help.example"}, "a colour": {"accent", "#ffe600"}} {
		w := h.sendFile("/admin/widget", "logo", logo(t), "version", "0", pair[0], pair[1])
		wantStatus(t, w, http.StatusUnprocessableEntity)
		if !strings.Contains(w.Body.String(), `name="logo_kept" value="`) || strings.Contains(w.Body.String(), `name="logo_kept" value=""`) {
			t.Errorf("refused for %s: the logo is lost", name)
		}
	}

	wantText(t, h.follow(h.sendFile("/admin/widget", "logo", logo(t), "version", "0", "title", "Welcome to APP_NAME", "accent", "#0B6E4F", "inside", `<script>alert(1)</script><p>Use your card</p>`)),
		"The sign-in form has been saved", "Welcome to Signet", `rel="stylesheet" href="/appearance/signet/`, `name="version" value="1"`, "<p>Use your card</p>")
	lacksText(t, h.get("/admin/widget"), "alert(1)")
	wantText(t, h.get("/admin/methods"), "Welcome to Signet", "<p>Use your card</p>") // the preview beside the list

	// Two at once: the second is told and loses nothing.
	w = h.post("/admin/widget", "version", "0", "title", "Second")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Somebody else made changes while you were editing", "Title: Welcome to APP_NAME", "Logo: Another picture", "Colour of buttons and links: #0b6e4f",
		`value="Second"`, `name="version" value="1"`)
	lacksText(t, w, "Text at the foot: ") // the same in both
}

func TestWhoMayAdaptTheForm(t *testing.T) {
	h := methodsHouse(t)
	app, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	here := "/applications/" + string(app.ID) + "/widget"
	const see, nothing, gone = http.StatusOK, http.StatusNotFound, http.StatusSeeOther
	for name, c := range map[string]struct {
		user                             iam.User
		system, saved, ofApp, ofAppSaved int
	}{
		"person":        {h.person("person"), nothing, nothing, nothing, nothing},
		"manager":       {h.person("manager", iam.Membership{Scope: iam.Organization("org"), Role: iam.RoleOrganizationManager}), nothing, nothing, nothing, nothing},
		"app":           {h.person("appadmin", iam.Membership{Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}), nothing, nothing, see, gone},
		"administrator": {h.person("admin", systemAdministrator), see, gone, see, gone},
	} {
		h.signIn(c.user, "")
		version := "0"
		if a, err := h.room.Providers.Appearance(t.Context(), program, app.Scope()); err == nil && a.Version > 0 {
			version = "1"
		}
		for _, line := range []struct {
			method, path string
			want         int
		}{{"GET", "/admin/widget", c.system}, {"POST", "/admin/widget", c.saved}, {"GET", here, c.ofApp}, {"POST", here, c.ofAppSaved}} {
			if w := h.ask(line.method, line.path, url.Values{"version": {version}}); w.Code != line.want && !(line.want == gone && w.Code == http.StatusConflict) {
				t.Errorf("%s %s by %s = %d, want %d", line.method, line.path, name, w.Code, line.want)
			}
		}
	}
}

// The preview draws "Create account" where strangers are offered it: registration
// is open, the form does not hide it, and a password would let them in.
func TestPreviewShowsCreateAccount(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	const words, method = "No account yet?", "/admin/methods"
	lacksText(t, h.get(method), words)
	set, err := h.room.Directory.Settings(t.Context())
	h.must(err)
	set.Registration = true
	h.must(h.room.Directory.ChangeSettings(t.Context(), program, set))
	wantText(t, h.get(method), words, "Create account")
	wantText(t, h.get("/admin/widget"), words)
	wantText(t, h.follow(h.post("/admin/widget", "version", "0", "sign_up", "hidden")), "The sign-in form has been saved")
	lacksText(t, h.get("/admin/widget"), words)

	app, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	lacksText(t, h.get("/applications/"+string(app.ID)+"/methods"), words) // it inherits that
}

// A page that nothing leads to is not there for people: the sign-in form is adapted
// at every level, so every level leads to its form.
func TestEveryPlaceLeadsToItsForm(t *testing.T) {
	h := methodsHouse(t)
	acme := h.org("acme")
	app := h.app("Records", acme.ID)
	of := "/applications/" + string(app.ID)
	for name, c := range map[string]struct {
		user  iam.User
		pages map[string]string // page → the form that it leads to
	}{
		"administrator": {h.person("admin", systemAdministrator), map[string]string{
			"/admin/settings": "/admin/widget", "/admin/methods": "/admin/widget", "/applications/signet": "/admin/widget",
			"/organizations/acme": "/organizations/acme/widget", "/organizations/acme/methods": "/organizations/acme/widget", of: of + "/widget", of + "/methods": of + "/widget",
		}},
		"manager": {h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), map[string]string{
			"/organizations/acme": "/organizations/acme/widget", of: of + "/widget",
		}},
		"administrator of the application": {h.person("appadmin", iam.Membership{Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}), map[string]string{
			of: of + "/widget", of + "/methods": of + "/widget",
		}},
	} {
		h.signIn(c.user, "")
		for page, form := range c.pages {
			if body := h.get(page).Body.String(); !strings.Contains(body, `href="`+form+`"`) {
				t.Errorf("%s: %s does not lead to %s", name, page, form)
			}
			wantStatus(t, h.get(form), http.StatusOK)
		}
	}
}
