package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

func TestAdministratorCreatesAnOrganization(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/organizations"), "There are no organizations yet")
	w := h.post("/admin/organizations/new", "name", "North <b>Clinic</b>", "handle", "north clinic", "description", "Beds")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `value="North &lt;b&gt;Clinic&lt;/b&gt;"`, `value="north clinic"`, "Beds", "single hyphens")
	w = h.follow(h.post("/admin/organizations/new", "name", "North <b>Clinic</b>", "handle", "North-Clinic"))
	wantText(t, w, "is created", "<h1>North &lt;b&gt;Clinic&lt;/b&gt;</h1>", "/organizations/north-clinic/methods", "0 members.")
	wantStatus(t, h.post("/admin/organizations/new", "name", "Other", "handle", "north-clinic"), http.StatusConflict)
	wantText(t, h.get("/admin/organizations?q=CLINIC"), "/organizations/north-clinic")
	lacksText(t, h.get("/admin/applications"), "Clinic")
	wantStatus(t, h.get("/applications/org-anything"), http.StatusNotFound)
}

func TestOrganizationsComeInPages(t *testing.T) {
	h := newHouse(t)
	for i := range directory.OrgsPage + 1 {
		h.org("o" + strings.Repeat("x", i/26) + string(rune('a'+i%26)))
	}
	h.signIn(h.person("admin", systemAdministrator), "")
	first := h.get("/admin/organizations")
	next := regexp.MustCompile(`href="(/admin/organizations\?after=[^"]+)"`).FindStringSubmatch(first.Body.String())
	if next == nil || strings.Count(first.Body.String(), `href="/organizations/`) != directory.OrgsPage {
		t.Fatalf("first page: %s", first.Body)
	}
	if n := strings.Count(h.get(next[1]).Body.String(), `href="/organizations/`); n != 1 {
		t.Errorf("second page has %d", n)
	}
}

func TestSecondOfTwoManagersIsToldAndLosesNothing(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	h.signIn(h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), "")
	wantText(t, h.follow(h.post("/organizations/acme/settings", "name", "First", "handle", "acme", "version", "1")), "is saved")
	w := h.post("/organizations/acme/settings", "name", "Second", "handle", "acme", "version", "1")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, `value="Second"`, "First", `name="version" value="2"`)
	wantText(t, h.follow(h.post("/organizations/acme/settings", "name", "Second", "handle", "new-name", "version", "2")), "Second")
	wantStatus(t, h.get("/organizations/acme"), http.StatusNotFound)
	wantStatus(t, h.get("/organizations/"+string(acme.ID)), http.StatusOK)
	lacksText(t, h.get("/organizations/new-name/settings"), "/organizations/new-name/delete")
}

func TestDeletingAnOrganizationCountsAndWaitsForItsApplications(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	app := h.app("Records", acme.ID)
	h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager})
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/organizations/acme/delete"), "It still has 1 application", "/organizations/acme/applications")
	wantStatus(t, h.post("/organizations/acme/delete"), http.StatusConflict)
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteApp(app.ID) }))
	wantText(t, h.get("/organizations/acme/delete"), "1 membership", "0 identifiers")
	wantText(t, h.follow(h.post("/organizations/acme/delete")), "is deleted", "There are no organizations yet")
	wantStatus(t, h.post("/organizations/acme/delete"), http.StatusNotFound)
}

// Row S37: at an organization as at the system.
func TestLoginMethodsOfAnOrganization(t *testing.T) {
	h := methodsHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	app, foreign := h.app("Records", acme.ID), h.app("Cages", zoo.ID)
	chosen := trust.Choose(iam.CertificateSettings{Anchors: string(h.ca("House CA").PEM())}, iam.RevocationNone)
	settings := iam.ProviderSettings{Certificate: &chosen}
	method := func(in iam.Scope, name string, public bool) string {
		p, err := h.room.Providers.Create(t.Context(), program, iam.Provider{Scope: in, Type: iam.ProviderCertificate, Name: name, Public: public, Settings: settings})
		h.must(err)
		return string(p.ID)
	}
	open, closed := method(iam.System(), "State card", true), method(iam.System(), "Staff card", false)
	badge, pass, theirs := method(acme.Scope(), "Badge", true), method(acme.Scope(), "Pass", false), method(zoo.Scope(), "Keeper card", true)
	h.signIn(h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), "")
	page := h.get("/organizations/acme/methods")
	wantText(t, page, "State card", "Badge", "Pass")
	lacksText(t, page, "Staff card", "Keeper card")
	switchOn := func(place, id string) int {
		return h.post(place+"/methods/"+id+"/switch", "on", "on").Code
	}
	at, in, other := "/organizations/acme", "/applications/"+string(app.ID), "/applications/"+string(foreign.ID)
	for name, c := range map[string]struct {
		place, id string
		want      int
	}{
		"a public one of the system":            {at, open, http.StatusSeeOther},
		"one of the system that is not public":  {at, closed, http.StatusNotFound},
		"an own one that is not public":         {at, pass, http.StatusSeeOther},
		"one of another organization":           {at, theirs, http.StatusNotFound},
		"its public one at its application":     {in, badge, http.StatusSeeOther},
		"its private one at its application":    {in, pass, http.StatusNotFound},
		"its public one at a foreign one":       {other, badge, http.StatusNotFound},
		"one of another at its own application": {in, theirs, http.StatusNotFound},
	} {
		if got := switchOn(c.place, c.id); got != c.want {
			t.Errorf("%s switched on = %d, want %d", name, got, c.want)
		}
	}
	if w := h.get("/organizations/acme/methods/" + open); w.Code != http.StatusNotFound {
		t.Errorf("a method of the system is edited in an organization: %d", w.Code)
	}
	// Offered in the profiles of its members, and of nobody else.
	for name, want := range map[string]bool{"member": true, "stranger": false} {
		var roles []iam.Membership
		if want {
			roles = []iam.Membership{{Scope: acme.Scope(), Role: iam.RoleMember}}
		}
		u, by := h.person(name, roles...), iam.ProviderID(open)
		caller := h.signIn(u, "")
		h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
			opened, err := h.room.Sessions.Open(tx, caller, u.ID, iam.SignetApp, []iam.Proof{{Provider: by, At: tx.Now(), ACR: iam.ACRPassword}})
			caller.Session = opened.Session.ID
			return err
		}))
		offered, err := h.room.Providers.ForProfile(t.Context(), caller)
		h.must(err)
		got := false
		for _, p := range offered {
			got = got || string(p.ID) == badge
			if string(p.ID) == pass || string(p.ID) == theirs {
				t.Errorf("%s is offered %s in the profile of a %s", p.Name, p.Scope.Org, name)
			}
		}
		if got != want {
			t.Errorf("offered in the profile of a %s: %v", name, got)
		}
	}
}

func TestInvitationByLinkMakesAManager(t *testing.T) {
	h := newHouse(t)
	h.room.Issuer = "https://id.example"
	acme := h.org("acme")
	admin := h.person("admin", systemAdministrator)
	h.signIn(admin, "")
	w := h.post("/organizations/acme/members/invite", "email", "carol", "role", "organization_manager")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `value="carol"`)
	w = h.post("/organizations/acme/members/invite", "email", "carol@example.org", "role", "organization_manager")
	wantStatus(t, w, http.StatusOK)
	link := regexp.MustCompile(`https://id\.example(/invitations/[a-z0-9]+)`).FindStringSubmatch(w.Body.String())
	if link == nil || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("the link: %v, %s", link, w.Header())
	}
	list := h.get("/organizations/acme/members")
	wantText(t, list, "carol@example.org", "Organization manager, invited by admin")
	lacksText(t, list, link[1])

	h.caller = iam.Caller{}
	opened := h.get(link[1])
	if opened.Header().Get("Location") != "/invitation" {
		t.Fatalf("the link leads to %q: its secret stays in the address", opened.Header().Get("Location"))
	}
	cookies := opened.Result().Cookies()
	page := h.ask("GET", "/invitation", nil, cookies...)
	wantText(t, page, "Invitation to Acme", "Admin", "Organization manager", `href="/signin?to=%2Finvitation"`)
	lacksText(t, page, "/invitation/accept")
	if w := h.ask("POST", "/invitation/accept", nil, cookies...); w.Header().Get("Location") != "/signin?to=%2Finvitation" {
		t.Errorf("a visitor accepts: %d", w.Code)
	}
	h.signIn(h.person("mallory"), "")
	refused := h.ask("POST", "/invitation/accept", nil, cookies...)
	wantStatus(t, refused, http.StatusConflict)
	wantText(t, refused, "carol@example.org")

	carol := h.person("carol")
	h.signIn(carol, "")
	wantText(t, h.ask("GET", "/invitation", nil, cookies...), "signed in as Carol", "/invitation/accept")
	done := h.ask("POST", "/invitation/accept", nil, cookies...)
	if done.Header().Get("Location") != "/organizations/acme" {
		t.Fatalf("accepting leads to %q (%d)", done.Header().Get("Location"), done.Code)
	}
	h.signIn(carol, "")
	wantStatus(t, h.get("/organizations/acme"), http.StatusOK)
	wantStatus(t, h.get(link[1]), http.StatusGone)
	wantStatus(t, h.ask("POST", "/invitation/accept", nil, cookies...), http.StatusGone)
	for _, kind := range []iam.EventKind{iam.EventInvitationMade, iam.EventInvitationTaken, iam.EventRoleChanged} {
		events, err := h.room.Log.All(t.Context(), program, acme.Scope(), iam.EventFilter{Kind: kind})
		h.must(err)
		if len(events) != 1 {
			t.Errorf("%d events %s", len(events), kind)
		}
	}
}

func TestInvitationIsDeclinedOrTakenBack(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	manager := h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager})
	invite := func() (iam.Invitation, string) {
		i, secret, err := h.room.Directory.Invite(t.Context(), program, acme.Scope(), "", iam.RoleMember)
		h.must(err)
		return i, "/invitations/" + string(secret)
	}
	_, declined := invite()
	h.caller = iam.Caller{}
	cookies := h.get(declined).Result().Cookies()
	wantText(t, h.ask("POST", "/invitation/decline", nil, cookies...), "You have declined")
	wantStatus(t, h.get(declined), http.StatusGone)

	i, taken := invite()
	h.signIn(manager, "")
	revoke := "/organizations/acme/members/invitations/" + string(i.ID) + "/revoke"
	wantText(t, h.get("/organizations/acme/members"), revoke)
	wantText(t, h.follow(h.post(revoke)), "no longer works")
	wantStatus(t, h.get(taken), http.StatusGone)
	wantStatus(t, h.post(revoke), http.StatusSeeOther) // twice is as good as once
}

func TestMembersAreAddedChangedAndRemoved(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	bob, stranger := h.person("bob"), h.person("stranger", iam.Membership{Scope: zoo.Scope(), Role: iam.RoleMember})
	manager := h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager})
	h.signIn(manager, "")
	const at = "/organizations/acme/members"
	w := h.post(at+"/add", "name", "nobody", "role", "member")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `value="nobody"`, "Nobody has this login")
	wantStatus(t, h.post(at+"/add", "name", "bob", "role", "system_administrator"), http.StatusUnprocessableEntity)
	wantText(t, h.follow(h.post(at+"/add", "name", "BOB", "role", "member")), "Bob is added", at+"/person/"+string(bob.ID))
	wantStatus(t, h.post(at+"/add", "name", "bob", "role", "member"), http.StatusConflict)
	wantStatus(t, h.get(at+"/person/"+string(stranger.ID)), http.StatusNotFound)
	wantStatus(t, h.post(at+"/person/"+string(stranger.ID)+"/remove"), http.StatusNotFound)

	wantStatus(t, h.post(at+"/person/"+string(manager.ID), "role", "member"), http.StatusConflict)
	wantStatus(t, h.post(at+"/person/"+string(manager.ID)+"/remove"), http.StatusConflict)
	wantText(t, h.follow(h.post(at+"/person/"+string(bob.ID), "role", "organization_manager")), "is changed")
	// Who gives up their own role is not left at a page that is none to them.
	if to := h.post(at+"/person/"+string(manager.ID), "role", "member").Header().Get("Location"); to != "/profile" {
		t.Errorf("led to %q", to)
	}
	h.signIn(bob, "")
	wantText(t, h.get(at+"/person/"+string(manager.ID)+"/remove"), "Remove Manager?")
	wantText(t, h.follow(h.post(at+"/person/"+string(manager.ID)+"/remove")), "is removed")
	wantStatus(t, h.post(at+"/person/"+string(manager.ID)+"/remove"), http.StatusNotFound)
}

func TestAdministratorsOfAnApplication(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	app := h.app("Records", acme.ID)
	bob := h.person("bob")
	h.signIn(h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), "")
	at := "/applications/" + string(app.ID) + "/administrators"
	wantText(t, h.follow(h.post(at+"/add", "name", "bob", "role", "application_administrator")), "Bob is added")
	wantStatus(t, h.post(at+"/add", "name", "admin", "role", "organization_manager"), http.StatusUnprocessableEntity)
	// S12: who may enter an application for members only can be invited here too,
	// and the page says what the role is for.
	wantText(t, h.get(at+"/add"), "May enter this application, also where it is for members only.")
	lacksText(t, h.get("/organizations/acme/members/add"), "May enter this application")
	h.signIn(bob, "")
	wantText(t, h.get(at), "Administrators and members")
	wantStatus(t, h.get("/organizations/acme"), http.StatusNotFound)
	wantStatus(t, h.get("/organizations/acme/members"), http.StatusNotFound)
}

func TestEventsOfAnOrganization(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	h.app("Records", acme.ID)
	h.signIn(h.person("both", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}, iam.Membership{Scope: zoo.Scope(), Role: iam.RoleOrganizationManager}), "")
	w := h.get("/organizations/acme/events?kind=application.created")
	wantText(t, w, "Application created", `action="/organizations/acme/events"`)
	row := regexp.MustCompile(`/organizations/acme/events/([a-z0-9-]+)"`).FindStringSubmatch(w.Body.String())
	if row == nil {
		t.Fatal("no event is linked")
	}
	wantStatus(t, h.get("/organizations/acme/events/"+row[1]), http.StatusOK)
	wantStatus(t, h.get("/organizations/zoo/events/"+row[1]), http.StatusNotFound)
	lacksText(t, h.get("/organizations/zoo/events?kind=application.created"), "/events/"+row[1])
}

func TestGeneralSettings(t *testing.T) {
	h := newHouse(t)
	h.room.Directory.KnowsLanguage = func(tag string) bool { return tag == "en" || tag == "fr" }
	h.room.Languages = h.catalogues.Languages()
	h.signIn(h.person("admin", systemAdministrator), "")
	send := func(pairs ...string) *httptest.ResponseRecorder {
		form := url.Values{"version": {"0"}, "name": {"Clinic ID"}, "language": {"fr"}, "password_length": {"12"}, "password_kinds": {"3"}, "session_hours": {"8"}, "registration": {"on"}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return h.ask("POST", "/admin/settings/general", form)
	}
	for field, value := range map[string]string{"password_length": "7", "session_hours": "0", "password_kinds": "x", "language": "tlh", "name": strings.Repeat("x", 51)} {
		w := send(field, value)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, `aria-invalid="true"`, "Nothing has been saved yet") // the field may stand below the window
	}
	wantText(t, h.follow(send()), "The settings are saved", "Clinic ID", "Français", "At least 12 characters.", "8 hours", "People create their own")
	w := send("name", "Other")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, `value="Other"`, "Clinic ID", `name="version" value="1"`)
	set, err := h.room.Directory.Settings(t.Context())
	h.must(err)
	if want := (iam.Settings{Name: "Clinic ID", Language: "fr", PasswordLength: 12, PasswordKinds: 3, SessionHours: 8, Registration: true, Version: 1}); set != want {
		t.Errorf("stored %+v", set)
	}
	app, err := h.room.Directory.App(t.Context(), iam.SignetApp)
	h.must(err)
	if app.Name != "Clinic ID" {
		t.Errorf("above the sign-in form stands %q", app.Name)
	}
}

// The logo of the installation: drawn anew, never lost with a refused form, and
// what a second administrator saves from an older page does not take it away.
func TestLogoOfTheInstallation(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	const form = "/admin/settings/general"
	w := h.sendFile(form, "logo", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "version", "0", "name", "North Clinic")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `value="North Clinic"`, "SVG")
	w = h.sendFile(form, "logo", logo(t), "version", "0", "name", "North Clinic", "session_hours", "9999")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	kept := regexp.MustCompile(`name="logo_kept" value="([0-9a-f]{64})"`).FindStringSubmatch(w.Body.String())
	if kept == nil {
		t.Fatal("the logo is lost with a form that is refused for something else")
	}
	wantText(t, w, `src="/pictures/`+kept[1]+`"`)
	wantText(t, h.follow(h.post(form, "version", "0", "name", "North Clinic", "logo_kept", kept[1])), "The settings are saved", "A picture of your own")
	wantText(t, h.get("/admin/methods"), `<img class="widget-logo" src="/pictures/`+kept[1]) // the preview beside the list

	w = h.post(form, "version", "0", "name", "Older page")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Logo of the installation", `value="Older page"`)
	h.clock.Advance(48 * time.Hour)
	h.must(h.db.Sweep(t.Context()))
	if _, err := h.room.Providers.Picture(t.Context(), iam.PictureID(kept[1])); err != nil {
		t.Errorf("the logo in use is swept away: %v", err)
	}
	wantStatus(t, h.post(form, "version", "1", "logo_kept", strings.Repeat("0", 64)), http.StatusUnprocessableEntity) // nobody's
	wantText(t, h.follow(h.post(form, "version", "1", "logo_kept", kept[1], "logo_kept_remove", "on")), "The seal of Signet")
	h.must(h.db.Sweep(t.Context()))
	if _, err := h.room.Providers.Picture(t.Context(), iam.PictureID(kept[1])); !iam.IsNotFound(err) {
		t.Errorf("a logo that was removed stays: %v", err)
	}

	h.signIn(h.person("person"), "")
	wantStatus(t, h.sendFile(form, "logo", logo(t), "version", "2"), http.StatusNotFound)
}

// An application of an organization is created from its pages, which say where it
// will belong, by whoever manages it and by administrators of the system.
func TestApplicationIsCreatedInTheOrganizationAtHand(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	form := func(o iam.Org) string { return "/applications/new?org=" + string(o.ID) }
	in := func(o iam.Org) iam.Membership {
		return iam.Membership{Scope: o.Scope(), Role: iam.RoleOrganizationManager}
	}
	h.signIn(h.person("first", in(zoo)), "")
	wantText(t, h.get("/organizations/zoo"), `href="`+form(zoo)+`"`) // there is none yet
	for name, u := range map[string]iam.User{"Cages": h.person("admin", systemAdministrator), "Feeding": h.person("both", in(acme), in(zoo))} {
		h.signIn(u, "")
		wantText(t, h.get("/organizations/zoo/applications"), `href="`+form(zoo)+`"`)
		wantText(t, h.get(form(zoo)), "It will belong to the organization Zoo.", `href="/organizations/zoo/applications"`, `name="org" value="`+string(zoo.ID)+`"`)
		w := h.post("/applications/new", "org", string(zoo.ID), "name", name, "type", "web", "access_token_ttl", "10", "refresh_token_ttl", "720", "signing_algorithm", "ES256")
		wantStatus(t, w, http.StatusUnprocessableEntity) // no address to come back to; the organization is not lost
		wantText(t, w, "It will belong to the organization Zoo.", `name="org" value="`+string(zoo.ID)+`"`)
		w = h.post("/applications/new", "org", string(zoo.ID), "name", name, "type", "web", "redirect_uris", "https://"+strings.ToLower(name)+".example/cb",
			"access_token_ttl", "10", "refresh_token_ttl", "720", "signing_algorithm", "ES256")
		wantStatus(t, w, http.StatusSeeOther)
		wantText(t, h.get(strings.TrimSuffix(w.Header().Get("Location"), "/connect")), `href="/organizations/zoo"`)
		wantText(t, h.get("/organizations/zoo/applications"), name)
		lacksText(t, h.get("/organizations/acme/applications"), name)
	}
	// Elsewhere the form is not there, and sending it does nothing.
	h.signIn(h.person("manager", in(acme)), "")
	wantStatus(t, h.get(form(zoo)), http.StatusNotFound)
	w := h.post("/applications/new", "org", string(zoo.ID), "name", "Mine", "type", "web", "redirect_uris", "https://mine.example/cb", "access_token_ttl", "10", "refresh_token_ttl", "720", "signing_algorithm", "ES256")
	if w.Code == http.StatusSeeOther {
		t.Errorf("an application was put into another's organization")
	}
	lacksText(t, w, "Zoo")
	h.signIn(h.person("other", systemAdministrator), "")
	wantStatus(t, h.get("/applications/new?org=gone"), http.StatusNotFound)
	wantStatus(t, h.post("/applications/new", "org", "gone", "name", "x"), http.StatusNotFound)
}
