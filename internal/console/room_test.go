package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/web"
)

func TestWhoMayOpenWhat(t *testing.T) {
	h := newHouse(t)
	org := h.org("org").Scope()
	wiki := h.app("Wiki", org.Org)
	people := map[string]iam.User{
		"person":            h.person("person", iam.Membership{Scope: org, Role: iam.RoleMember}),
		"manager":           h.person("manager", iam.Membership{Scope: org, Role: iam.RoleOrganizationManager}),
		"app administrator": h.person("appadmin", iam.Membership{Scope: wiki.Scope(), Role: iam.RoleApplicationAdministrator}),
		"administrator":     h.person("admin", systemAdministrator),
	}
	bob := h.person("bob")
	id := string(h.link(bob, "card").ID)
	user := "/admin/users/" + string(bob.ID)
	const see, nothing, forbidden = http.StatusOK, http.StatusNotFound, http.StatusForbidden
	const gone = http.StatusSeeOther // a form that was carried out, or a page that leads on
	type row struct {
		method, path                        string
		person, manager, app, administrator int
	}
	for _, line := range []row{
		{"GET", "/admin", nothing, gone, gone, gone},
		{"GET", "/admin/users", nothing, forbidden, forbidden, see},
		{"GET", user, nothing, forbidden, forbidden, see},
		{"GET", "/admin/users/nobody", nothing, forbidden, forbidden, nothing},
		{"GET", user + "/block", nothing, forbidden, forbidden, see},
		{"GET", user + "/unblock", nothing, forbidden, forbidden, see},
		{"GET", user + "/end-sessions", nothing, forbidden, forbidden, see},
		{"GET", user + "/identifiers/" + id, nothing, forbidden, forbidden, see},
		{"GET", user + "/identifiers/x", nothing, forbidden, forbidden, nothing},
		{"GET", "/admin/users/new", nothing, forbidden, forbidden, see},
		{"POST", "/admin/users/new", nothing, forbidden, forbidden, http.StatusUnprocessableEntity},
		{"GET", user + "/edit", nothing, forbidden, forbidden, see},
		{"POST", user + "/edit", nothing, forbidden, forbidden, http.StatusUnprocessableEntity},
		{"GET", user + "/password-link", nothing, forbidden, forbidden, gone},
		{"POST", user + "/password-link", nothing, forbidden, forbidden, see},
		{"GET", user + "/roles", nothing, forbidden, forbidden, see},
		{"POST", user + "/roles", nothing, forbidden, forbidden, http.StatusUnprocessableEntity},
		{"GET", user + "/roles/take?role=member&org=org", nothing, forbidden, forbidden, nothing},
		{"POST", user + "/roles/take", nothing, forbidden, forbidden, nothing},
		{"GET", user + "/identifiers/add", nothing, forbidden, forbidden, see},
		{"POST", user + "/identifiers/add", nothing, forbidden, forbidden, http.StatusUnprocessableEntity},
		{"POST", user + "/identifiers/x/publicity", nothing, forbidden, forbidden, nothing},
		{"POST", user + "/sessions/x/end", nothing, forbidden, forbidden, gone},
		{"GET", user + "/delete", nothing, forbidden, forbidden, see},
		{"GET", user + "/restore", nothing, forbidden, forbidden, see},
		{"POST", user + "/delete", nothing, forbidden, forbidden, gone},
		{"POST", user + "/restore", nothing, forbidden, forbidden, gone},
		{"GET", "/admin/events", nothing, see, see, see},
		{"GET", "/admin/events/x", nothing, nothing, nothing, nothing},
		{"POST", user + "/block", nothing, forbidden, forbidden, gone},
		{"POST", user + "/unblock", nothing, forbidden, forbidden, gone},
		{"POST", user + "/end-sessions", nothing, forbidden, forbidden, gone},
		{"POST", user + "/identifiers/" + id, nothing, forbidden, forbidden, gone},
	} {
		for _, who := range []struct {
			name string
			want int
		}{{"person", line.person}, {"manager", line.manager}, {"app administrator", line.app}, {"administrator", line.administrator}} {
			h.signIn(people[who.name], "")
			w := h.ask(line.method, line.path, nil)
			if w.Code != who.want {
				t.Errorf("%s %s by %s = %d, want %d", line.method, line.path, who.name, w.Code, who.want)
			}
		}
		h.caller = iam.Caller{}
		to := "/admin"
		if line.method == "GET" {
			to = line.path
		}
		if w := h.ask(line.method, line.path, nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin?to="+url.QueryEscape(to) {
			t.Errorf("%s %s by a visitor = %d to %q", line.method, line.path, w.Code, w.Header().Get("Location"))
		}
	}
	events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{Kind: iam.EventActionRefused, User: people["manager"].ID})
	h.must(err)
	if len(events) == 0 {
		t.Error("a refused form of the manager is not in the event log")
	}
}

func TestTabsAreThoseThatOneMaySee(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("manager", iam.Membership{Scope: h.org("org").Scope(), Role: iam.RoleOrganizationManager}), "")
	w := h.follow(h.get("/admin"))
	wantText(t, w, "Event log", "Dashboard", `href="/organizations/org/members"`)
	lacksText(t, w, `href="/admin/users"`, "Login of the user")
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.follow(h.get("/admin")), `href="/admin/users"`, "Users")
}

func TestGalleryAndPagesInBothLanguages(t *testing.T) {
	h := newHouse(t)
	gallery := web.Gallery(h.room.Pages, h.room.Gallery())
	for _, s := range h.room.Gallery() {
		for _, lang := range []string{"en", "fr"} {
			path := strings.ReplaceAll("/"+s.Room+"/"+s.Page+"/"+s.State, " ", "-")
			w := httptest.NewRecorder()
			gallery.ServeHTTP(w, httptest.NewRequest("GET", path+"?lang="+lang, nil))
			if !slices.Contains([]int{http.StatusOK, http.StatusGone}, w.Code) || !strings.Contains(w.Body.String(), "</html>") {
				t.Errorf("%s in %s: status %d", path, lang, w.Code)
			}
		}
	}
	if n := h.catalogues.Missing(); n != 0 {
		t.Errorf("%d keys or values were missing", n)
	}
}
