package profile_test

import (
	"net/http"
	"testing"

	"signet/internal/iam"
)

func TestPasswordIsChosenByALink(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", "")
	secret, err := h.room.Directory.MakePasswordLink(t.Context(), iam.Program("test"), alice.ID)
	h.must(err)
	path := "/password/" + string(secret)
	wantText(t, h.get(path), "Choose a password", "Alice", `autocomplete="new-password"`)
	for _, c := range []struct{ password, again, want string }{
		{"short", "short", "8"}, {password, password + "x", "not the same"}, {"", "", "8"},
	} {
		w := h.post(path, "password", c.password, "again", c.again)
		wantStatus(t, w, http.StatusUnprocessableEntity) // and the link is not spent
		wantText(t, w, "field-error")
	}
	wantRedirect(t, h.post(path, "password", password, "again", password), "/signin?to=/profile")
	if _, err := h.room.Directory.Authenticate(t.Context(), iam.Caller{}, "alice", password); err != nil {
		t.Errorf("the password does not sign in: %v", err)
	}
	for _, over := range []string{path, "/password/x"} {
		wantStatus(t, h.get(over), http.StatusGone)
		wantStatus(t, h.post(over, "password", password, "again", password), http.StatusGone)
	}
}
