package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"signet/internal/iam"
)

// TestEventsOfAnApplication: its administrators read its log and take it along,
// and find nothing of any other place in it, whatever the address says.
func TestEventsOfAnApplication(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	wiki, mail := h.app("Wiki", acme.ID), h.app("Mail", acme.ID)
	log, other := "/applications/"+string(wiki.ID)+"/events", "/applications/"+string(mail.ID)+"/events"
	h.signIn(h.person("admin", systemAdministrator), "")
	foreign := regexp.MustCompile(`/events/([a-z0-9-]+)"`).FindStringSubmatch(h.get(other).Body.String())
	if foreign == nil {
		t.Fatal("the other application has no events")
	}
	h.signIn(h.person("appadmin", iam.Membership{Scope: wiki.Scope(), Role: iam.RoleApplicationAdministrator}), "")
	for _, query := range []string{"", "?app=" + string(mail.ID), "?kind=application.created"} {
		w := h.get(log + query)
		wantText(t, w, "Application created", `action="`+log+`"`, log+"/export.csv", log+"/export.ndjson", "Wiki", `href="/applications/`+string(wiki.ID)+`"`)
		lacksText(t, w, "Mail", "/admin/events/retention", `name="app"`)
		for _, format := range []string{"csv", "ndjson"} {
			w := h.get(log + "/export." + format + query)
			wantText(t, w, string(wiki.ID))
			lacksText(t, w, string(mail.ID))
			if !strings.Contains(w.Header().Get("Content-Disposition"), "attachment") {
				t.Errorf("the file is shown: %v", w.Header())
			}
		}
	}
	wantStatus(t, h.get(log+"/"+foreign[1]), http.StatusNotFound)
	for _, path := range []string{other, other + "/" + foreign[1], other + "/export.csv", "/organizations/acme/events/export.csv"} {
		wantStatus(t, h.get(path), http.StatusNotFound)
	}
	row := regexp.MustCompile(log + `/([a-z0-9-]+)"`).FindStringSubmatch(strings.ReplaceAll(h.get(log+"?kind=application.created").Body.String(), log+"/export", ""))
	if row == nil {
		t.Fatal("no event can be opened")
	}
	wantText(t, h.get(log+"/"+row[1]), "Application created", `href="`+log+`"`)
	wantText(t, h.get(log+"?kind=events.exported"), "CSV", "appadmin")
	wantText(t, h.get("/applications/"+string(wiki.ID)), `href="`+log+`"`)

	h.signIn(h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), "")
	wantText(t, h.get("/organizations/acme/events"), "/organizations/acme/events/export.csv")
	w := h.get("/organizations/acme/events/export.ndjson?app=" + string(mail.ID))
	wantText(t, w, string(mail.ID))
	lacksText(t, w, string(wiki.ID))
}

// Issue 3: the log of each level has the filter by person. Who may not look people up
// filters by what the log says of them, and learns nothing of anybody else.
func TestEventsOfAPlaceByPerson(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	h.person("Anna", iam.Membership{Scope: acme.Scope(), Role: iam.RoleMember})
	h.person("bruno", iam.Membership{Scope: acme.Scope(), Role: iam.RoleMember})
	h.person("chloe", iam.Membership{Scope: zoo.Scope(), Role: iam.RoleMember})
	h.signIn(h.person("manager", iam.Membership{Scope: acme.Scope(), Role: iam.RoleOrganizationManager}), "")
	for _, log := range []string{"/organizations/acme/events", "/admin/events"} {
		wantText(t, h.get(log), `name="user"`)
		w := h.get(log + "?user=anna")
		wantText(t, w, `value="anna"`, "Role changed", "Anna")
		lacksText(t, w, "bruno")
		file := h.get(log + "/export.csv?user=anna")
		wantText(t, file, ",Anna,")
		lacksText(t, file, "bruno")
		// Somebody of another place is as much there as somebody who is nowhere.
		here, nowhere := h.get(log+"?user=chloe"), h.get(log+"?user=nobody")
		wantText(t, here, "Nothing fits the filter")
		if a, b := strings.ReplaceAll(here.Body.String(), "chloe", "X"), strings.ReplaceAll(nowhere.Body.String(), "nobody", "X"); here.Code != nowhere.Code || len(a) != len(b) {
			t.Errorf("%s tells who is somewhere else: %d and %d", log, here.Code, nowhere.Code)
		}
	}
	h.signIn(h.person("admin", systemAdministrator), "")
	wantStatus(t, h.get("/admin/events?user=nobody"), http.StatusUnprocessableEntity)
}
