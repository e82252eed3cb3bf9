package profile_test

import (
	"net/http"
	"slices"
	"testing"

	"signet/internal/iam"
)

func TestEdit(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	w := h.post("/profile/edit", "name", "Alice Martin", "given_name", "Alice", "family_name", "Martin", "email", "alice@example.org", "login", "root")
	wantText(t, h.follow(w), "Alice Martin", "alice@example.org", "Your data has been saved.", "Not confirmed")
	got, err := h.room.Directory.Person(t.Context(), alice.ID)
	h.must(err)
	if got.Login != "alice" || got.GivenName != "Alice" || got.FamilyName != "Martin" {
		t.Errorf("person = %+v", got)
	}
}

func TestEditRefused(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	w := h.post("/profile/edit", "name", "Kept", "email", "not an address")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "This is not an e-mail address.", `value="Kept"`, `aria-invalid="true"`)
	if got, _ := h.room.Directory.Person(t.Context(), alice.ID); got.Name != "Alice" {
		t.Errorf("name = %q, want nothing changed", got.Name)
	}
}

// The directory believes administrators; a form does not make an address a
// confirmed one.
func TestTypedAddressIsNotConfirmed(t *testing.T) {
	h := newHouse(t)
	admin := h.person("admin", password)
	admin.Email, admin.EmailVerified = "admin@example.org", true
	h.must(h.room.Directory.EditUser(t.Context(), iam.Program("test"), admin))
	h.signIn(admin, "")
	h.caller.Memberships = []iam.Membership{{User: admin.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}}
	h.follow(h.post("/profile/edit", "name", "Admin", "email", "Admin@example.org"))
	if got, _ := h.room.Directory.Person(t.Context(), admin.ID); !got.EmailVerified {
		t.Error("the same address lost its confirmation")
	}
	admin.Email, admin.EmailVerified, admin.Version = "mi\u212ae@example.org", true, 0
	h.must(h.room.Directory.EditUser(t.Context(), iam.Program("test"), admin))
	h.follow(h.post("/profile/edit", "name", "Admin", "email", "mike@example.org"))
	if got, _ := h.room.Directory.Person(t.Context(), admin.ID); got.EmailVerified {
		t.Error("an address took over the confirmation of one with another letter")
	}
	admin.Email, admin.EmailVerified = "admin@example.org", true
	h.must(h.room.Directory.EditUser(t.Context(), iam.Program("test"), admin))
	h.follow(h.post("/profile/edit", "name", "Admin", "email", "root@example.org"))
	if got, _ := h.room.Directory.Person(t.Context(), admin.ID); got.EmailVerified {
		t.Error("another address took over the confirmation")
	}
}

func TestLanguageIsRememberedAndHandedOn(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	w := h.post("/profile/language", "lang", "fr", "back", "/profile")
	if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != "/language" {
		t.Fatalf("answer = %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantText(t, h.follow(h.post("/language", "lang", "fr", "back", "/profile")), `<html lang="fr">`)
	if got, _ := h.room.Directory.Person(t.Context(), alice.ID); got.Locale != "fr" {
		t.Errorf("locale = %q, want fr", got.Locale)
	}
	wantStatus(t, h.post("/profile/language", "lang", "tlh"), http.StatusBadRequest)
}

func TestPassword(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	other := h.signIn(alice, "")
	h.signIn(alice, "")
	for name, form := range map[string]struct {
		old, new, again, says string
	}{
		"wrong old password": {"wrong password", "a new password", "a new password", "The present password is wrong."},
		"passwords differ":   {password, "a new password", "another password", "The two passwords differ."},
		"too short":          {password, "short", "short", "At least 8 characters are needed."},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.post("/profile/password", "old", form.old, "new", form.new, "again", form.again)
			wantStatus(t, w, http.StatusUnprocessableEntity)
			wantText(t, w, form.says)
			lacksText(t, w, form.new, form.old)
		})
	}
	wantText(t, h.follow(h.post("/profile/password", "old", password, "new", "a new password", "again", "a new password")), "Your password has been changed.")
	sessions, err := h.room.Sessions.Mine(t.Context(), h.caller)
	h.must(err)
	if len(sessions) != 1 || sessions[0].ID != h.caller.Session || sessions[0].ID == other.Session {
		t.Errorf("sessions = %v, want only the present one", sessions)
	}
	if !slices.Contains(h.events(alice), iam.EventPasswordChanged) {
		t.Error("nothing in the event log")
	}
}

func TestPasswordOfWhoeverHasNone(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob", "")
	h.signIn(bob, "")
	wantText(t, h.get("/profile"), "You have no password")
	lacksText(t, h.get("/profile"), "/profile/password")
	wantStatus(t, h.get("/profile/password"), http.StatusNotFound)
	wantStatus(t, h.post("/profile/password", "old", "", "new", "a new password", "again", "a new password"), http.StatusUnprocessableEntity)
}
