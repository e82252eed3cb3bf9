package profile_test

import (
	"net/http"
	"testing"

	"signet/internal/iam"
)

func TestOwnAccountIsDeletedAndEverywhereSignedOut(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	wantText(t, h.get("/profile"), "/profile/delete")
	wantText(t, h.get("/profile/delete"), "Delete your account?", "30 days")
	wantRedirect(t, h.post("/profile/delete"), "/signed-out")
	if u, err := h.room.Directory.Person(t.Context(), alice.ID); err != nil || u.Status != iam.UserDeleted {
		t.Errorf("status %s, %v", u.Status, err)
	}

	bob := h.person("bob", password)
	first := h.signIn(bob, "")
	h.signIn(bob, "")
	wantText(t, h.get("/profile/sessions/end-all"), "Sign out everywhere?")
	wantRedirect(t, h.post("/profile/sessions/end-all"), "/signed-out")
	if sessions, _ := h.room.Sessions.Mine(t.Context(), first); len(sessions) != 0 {
		t.Errorf("%d sessions live on", len(sessions))
	}

	admin := h.person("admin", password)
	h.must(h.room.Directory.Give(t.Context(), iam.Program("test"), iam.Membership{User: admin.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}))
	h.signIn(admin, "")
	w := h.post("/profile/delete")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "This is the last administrator.")
}
