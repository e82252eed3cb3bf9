package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/iam"
)

func (h *house) org(handle string) iam.Org {
	h.t.Helper()
	o, err := h.room.Directory.CreateOrg(h.t.Context(), program, iam.Org{Handle: handle, Name: strings.ToUpper(handle[:1]) + handle[1:]})
	h.must(err)
	return o
}

func (h *house) app(name string, org iam.OrgID) iam.App {
	h.t.Helper()
	a, _, err := h.room.Directory.CreateApp(h.t.Context(), program, iam.App{Name: name, Org: org, RedirectURIs: []string{"https://" + strings.ToLower(name) + ".example/cb"}})
	h.must(err)
	return a
}

// The roles of the table, in the order of its columns.
const (
	isAdministrator = iota
	isManager
	isForeignManager
	isAppAdministrator
	isMember
	isNobody
)

// mayEnter says who may enter which page, by its pattern: administrator, manager,
// manager of another organization, application administrator, member, nobody. A
// page that no line names fails the test: whoever adds one says who it is for.
func mayEnter(pattern string) (row string, named bool) {
	_, path, _ := strings.Cut(pattern, " ")
	within := func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }
	for _, line := range []struct {
		matches bool
		row     string
	}{
		{path == "/admin", "yyyy--"}, // leads to one's own place
		{within("/admin/events/retention"), "y-----"},
		{within("/admin/events"), "yyyy--"},                // those of one's own place
		{pattern == "GET /admin/settings/trust", "yy-y--"}, // what one's own methods trust
		{within("/admin"), "y-----"},
		{path == "/applications", "yyyy--"},               // one's own
		{path == "/applications/new", "yyy---"},           // in one's own organization
		{within("/organizations/{org}/events"), "yy----"}, // to read and to take along
		{within("/applications/{app}/events"), "yy-y--"},
		{within("/organizations/{org}/delete"), "y-----"},
		{within("/organizations/{org}"), "yy----"},
		{within("/applications/{app}/delete"), "yy----"},
		{within("/applications/{app}"), "yy-y--"},
	} {
		if line.matches {
			return line.row, true
		}
	}
	return "", false
}

// TestRoleByRoute opens every page of the consoles as everybody. To whoever may
// not enter a place it does not exist; a form of it is refused too.
func TestRoleByRoute(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	app := h.app("Records", acme.ID)
	ca := h.ca("House CA")
	method := func(in iam.Scope, client iam.AppID) string {
		p, err := h.room.Providers.Create(t.Context(), program, iam.Provider{
			Scope: in, Type: iam.ProviderCertificate, Name: "mTLS", Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: string(ca.PEM())}},
		})
		h.must(err)
		h.must(h.room.Providers.Switch(t.Context(), program, client, p.ID, true))
		return string(p.ID)
	}
	people := []iam.User{
		h.person("admin", systemAdministrator),
		h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}),
		h.person("foreign", iam.Membership{Scope: zoo.Scope(), Role: iam.RoleOrganizationManager}),
		h.person("appadmin", iam.Membership{Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}),
		h.person("member", iam.Membership{Scope: acme.Scope(), Role: iam.RoleMember}),
		h.person("nobody"),
	}
	methods := map[string]string{"/admin": method(iam.System(), iam.SignetApp), "/organizations": method(acme.Scope(), iam.OrgApp(acme.ID)), "/applications": method(app.Scope(), app.ID)}
	members := map[string]string{"/admin": string(people[isNobody].ID), "/organizations": string(people[isManager].ID), "/applications": string(people[isAppAdministrator].ID)}
	identity := string(h.link(people[isNobody], "card").ID)
	names := []string{"administrator", "manager", "foreign manager", "application administrator", "member", "nobody"}
	patterns := h.room.Routes()
	if len(patterns) < 40 {
		t.Fatalf("only %d routes were found", len(patterns))
	}
	for _, pattern := range patterns {
		verb, path, _ := strings.Cut(pattern, " ")
		row, named := mayEnter(pattern)
		if !named {
			t.Errorf("%s: say in mayEnter who this page is for", pattern)
			continue
		}
		prefix := "/" + strings.SplitN(path, "/", 3)[1]
		path = strings.NewReplacer("{org}", acme.Handle, "{app}", string(app.ID), "{method}", methods[prefix], "{user}", members[prefix], "{id}", identity).Replace(path)
		known := !strings.Contains(path, "{") && !strings.HasSuffix(path, "/roles/take") // which role stands in the query
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		for i, who := range people {
			h.signIn(who, "")
			if row[i] == 'y' && (verb != "GET" || !known) {
				continue // forms that are carried out have tests of their own
			}
			w := h.ask(verb, path, url.Values{})
			entered := w.Code == http.StatusOK || w.Code == http.StatusSeeOther
			if row[i] == 'y' && !entered {
				t.Errorf("%s by %s = %d", pattern, names[i], w.Code)
			}
			hidden := w.Code == http.StatusNotFound || w.Code == http.StatusForbidden && (prefix == "/admin" || path == "/applications/new") // those name nothing that is hidden
			if row[i] != 'y' && !hidden {
				t.Errorf("%s by %s = %d, want nothing to be there", pattern, names[i], w.Code)
			}
		}
		h.caller = iam.Caller{}
		if w := h.ask(verb, path, url.Values{}); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/signin?to=") {
			t.Errorf("%s by a visitor = %d", pattern, w.Code)
		}
	}
	for _, who := range []int{isManager, isForeignManager, isAppAdministrator} {
		events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{Kind: iam.EventActionRefused, User: people[who].ID})
		h.must(err)
		if len(events) == 0 {
			t.Errorf("refused forms of the %s are not in the event log", names[who])
		}
	}
}

func TestEverybodyIsLedToTheirOwnPlace(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	app := h.app("Records", acme.ID)
	for name, c := range map[string]struct {
		roles []iam.Membership
		to    string
	}{
		"administrator":             {[]iam.Membership{systemAdministrator}, "/admin/users"},
		"manager":                   {[]iam.Membership{{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}}, "/organizations/acme"},
		"application administrator": {[]iam.Membership{{Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}}, "/applications/" + string(app.ID)},
	} {
		h.signIn(h.person(strings.ReplaceAll(name, " ", "")+"x", c.roles...), "")
		if w := h.get("/admin"); w.Header().Get("Location") != c.to {
			t.Errorf("/admin leads a %s to %q, want %q", name, w.Header().Get("Location"), c.to)
		}
	}
}

func TestSwitcherShowsEveryLevelOfAPersonAndNoOther(t *testing.T) {
	h := newHouse(t)
	acme, zoo, other := h.org("acme"), h.org("zoo"), h.org("other")
	app := h.app("Records", other.ID)
	h.signIn(h.person("one", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), "")
	lacksText(t, h.get("/organizations/acme"), "topbar-levels")
	h.signIn(h.person("many", systemAdministrator,
		iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}, iam.Membership{Scope: zoo.Scope(), Role: iam.RoleMember},
		iam.Membership{Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}), "")
	w := h.get("/organizations/acme")
	wantText(t, w, "topbar-levels", `href="/admin"`, `href="/organizations/acme" aria-current="true"`, `href="/applications/`+string(app.ID)+`"`)
	lacksText(t, w, `href="/organizations/zoo"`)
}
