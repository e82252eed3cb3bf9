package profile_test

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

// routes are the pages and forms of a person who has one identifier.
func routes(identity iam.IdentityID) (pages, forms []string) {
	id := "/profile/identifiers/" + string(identity)
	return []string{
			"/profile", "/profile/edit", "/profile/password", "/profile/identifiers/add", id, id + "/remove",
			"/profile/sessions", "/profile/sessions/end-others", "/profile/consents", "/profile/events", "/profile/certificates/help",
		}, []string{
			"/profile/edit", "/profile/language", "/profile/password", id, id + "/remove", "/profile/sessions/x/end",
			"/profile/sessions/end-others", "/profile/consents/x/withdraw",
		}
}

func TestVisitorsAreSentToSignInAndBack(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	pages, forms := routes(h.link(alice, "alice").ID)
	for _, page := range pages {
		if page == "/profile/certificates/help" {
			continue // for everybody
		}
		wantRedirect(t, h.get(page+"?a=b"), "/signin?to="+url.QueryEscape(page+"?a=b"))
	}
	for _, form := range forms {
		wantRedirect(t, h.post(form), "/signin?to=%2Fprofile")
	}
	if all := h.events(alice); slices.Contains(all, iam.EventIdentityRemoved) {
		t.Errorf("a visitor changed something: %v", all)
	}
}

func TestEveryPageInBothLanguages(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	id := h.link(alice, "alice").ID
	h.signIn(alice, id)
	pages, _ := routes(id)
	for _, lang := range []string{"en", "fr"} {
		for _, page := range pages {
			r := httptest.NewRequest("GET", page, nil)
			r.Header.Set("Accept-Language", lang)
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			wantStatus(t, w, http.StatusOK)
			wantText(t, w, `<html lang="`+lang+`">`)
		}
	}
	if n := h.catalogues.Missing(); n != 0 {
		t.Errorf("%d keys or values were missing", n)
	}
}

func TestGallery(t *testing.T) {
	h := newHouse(t)
	gallery := web.Gallery(h.room.Pages, h.room.Gallery())
	for _, s := range h.room.Gallery() {
		for _, lang := range []string{"en", "fr"} {
			path := strings.ReplaceAll("/"+s.Room+"/"+s.Page+"/"+s.State, " ", "-")
			w := httptest.NewRecorder()
			gallery.ServeHTTP(w, httptest.NewRequest("GET", path+"?lang="+lang, nil))
			if w.Code >= 500 || w.Code == http.StatusNotFound || !strings.Contains(w.Body.String(), "</html>") {
				t.Errorf("%s in %s: status %d", path, lang, w.Code)
			}
		}
	}
	if n := h.catalogues.Missing(); n != 0 {
		t.Errorf("%d keys or values were missing", n)
	}
}

func TestAdministratorsFindTheConsole(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	lacksText(t, h.get("/profile"), `href="/admin"`)
	h.caller.Memberships = []iam.Membership{{User: alice.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}}
	wantText(t, h.get("/profile"), `href="/admin"`)
}
