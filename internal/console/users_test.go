package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"signet/internal/directory"
	"signet/internal/iam"
)

func TestUsersAreFoundAndComeInPages(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	for i := range directory.PageSize {
		_, err := h.room.Directory.CreateUser(t.Context(), program, iam.User{Login: fmt.Sprintf("user%02d", i), Name: fmt.Sprintf("Person %02d", i)}, "")
		h.must(err)
	}
	w := h.get("/admin/users?q=person+07")
	wantText(t, w, "Person 07", `value="person 07"`)
	lacksText(t, w, "Person 08", "Next page")
	wantText(t, h.get("/admin/users?q=%3Cb%3E"), "Nobody is found for “&lt;b&gt;”")

	first := h.get("/admin/users")
	wantText(t, first, "admin@example.org", "Person 48", "Next page")
	lacksText(t, first, "Person 49", "First page")
	second := h.get("/admin/users?after=user48")
	wantText(t, second, "Person 49", "First page")
	lacksText(t, second, "Next page", "Person 48")
	wantText(t, h.get("/admin/users?after=zzz"), "There are no further users")
}

func TestUser(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	bob := h.person("bob", iam.Membership{Scope: iam.Application(iam.SignetApp, ""), Role: iam.RoleApplicationAdministrator})
	h.link(bob, "Bob's card")
	wantText(t, h.get("/admin/users/"+string(bob.ID)), "bob@example.org", "Active since 14 March 2031", "Application administrator", "Signet",
		"Bob&#39;s card", "Issued by Test CA", "0A7F", "/admin/events?user=bob", string(bob.ID))
}

func TestBlockAndUnblock(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	theirs := h.signIn(bob, "")
	h.signIn(h.person("admin", systemAdministrator), "")
	path := "/admin/users/" + string(bob.ID)
	wantText(t, h.get(path+"/block"), "Block Bob?", "What ends", "Cancel")
	wantText(t, h.follow(h.post(path+"/block")), "Bob is blocked.", "This user is blocked", "Unblock")
	if got, _ := h.room.Directory.Person(t.Context(), bob.ID); got.Status != iam.UserBlocked {
		t.Errorf("status = %s", got.Status)
	}
	if sessions, err := h.room.Sessions.Mine(t.Context(), theirs); err != nil || len(sessions) != 0 {
		t.Errorf("sessions of bob = %v, %v; want none", sessions, err)
	}
	wantText(t, h.get("/admin/users"), "Blocked")
	wantText(t, h.get(path+"/unblock"), "Unblock Bob?")
	wantText(t, h.follow(h.post(path+"/unblock")), "Bob can sign in again.")
}

func TestLastAdministratorIsKept(t *testing.T) {
	h := newHouse(t)
	admin := h.person("admin", systemAdministrator)
	h.signIn(admin, "")
	path := "/admin/users/" + string(admin.ID)
	wantText(t, h.get(path), "This is your own account.")
	w := h.post(path + "/block")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "This is the last administrator.", "Block Admin?", `role="alert"`)
	if got, _ := h.room.Directory.Person(t.Context(), admin.ID); got.Status != iam.UserActive {
		t.Errorf("status = %s", got.Status)
	}
}

func TestEndSessions(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	theirs := h.signIn(bob, "")
	h.signIn(bob, "")
	admin := h.person("admin", systemAdministrator)
	h.signIn(admin, "")
	path := "/admin/users/" + string(bob.ID) + "/end-sessions"
	lacksText(t, h.get(path), "you will be signed out here")
	wantText(t, h.get("/admin/users/"+string(admin.ID)+"/end-sessions"), "you will be signed out here")
	wantText(t, h.follow(h.post(path)), "2 sessions of Bob have ended.")
	wantText(t, h.follow(h.post(path)), "Bob had no session.")
	h.caller.Session = theirs.Session
	if sessions, err := h.room.Sessions.Mine(t.Context(), theirs); err != nil || len(sessions) != 0 {
		t.Errorf("sessions of bob = %v, %v; want none", sessions, err)
	}
}

func TestRemoveIdentifier(t *testing.T) {
	h := newHouse(t)
	bob, carol := h.person("bob"), h.person("carol")
	card := h.link(bob, "card")
	h.signIn(bob, card.ID)
	h.signIn(h.person("admin", systemAdministrator), "")
	wrong := "/admin/users/" + string(carol.ID) + "/identifiers/" + string(card.ID)
	wantStatus(t, h.get(wrong), http.StatusNotFound)
	wantStatus(t, h.post(wrong), http.StatusNotFound)
	path := "/admin/users/" + string(bob.ID) + "/identifiers/" + string(card.ID)
	wantText(t, h.get(path), "Remove an identifier of Bob?", "card", "Test CA", "What ends")
	wantText(t, h.follow(h.post(path)), "card has been removed. The session that it opened has ended.", "No certificate is linked")
	if body := h.get("/admin/events?kind=identity.removed").Body.String(); !strings.Contains(body, "Identifier removed") || !strings.Contains(body, "by admin") {
		t.Errorf("the event log does not tell who removed it: %s", body)
	}
}
