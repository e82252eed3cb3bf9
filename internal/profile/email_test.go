package profile_test

import (
	"context"
	"net/http"
	"testing"

	"signet/internal/iam"
)

func TestAddressCanBeConfirmedOnlyWhereMailIsSent(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob", "")
	bob.Email = "bob@example.org"
	h.must(h.room.Directory.EditUser(t.Context(), iam.Program("test"), bob))
	h.signIn(bob, "")
	lacksText(t, h.get("/profile"), "Send me a link")
	h.room.MailOn = func(context.Context) (bool, error) { return true, nil }
	wantText(t, h.get("/profile"), "Send me a link", `action="/profile/email"`)
	// Mail was switched off while the page stood there.
	wantText(t, h.follow(h.post("/profile/email")), "No mail can be sent at the moment")
}

func TestLinkOfNobodyConfirmsNothing(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("bob", ""), "")
	w := h.get("/email/abc")
	wantRedirect(t, w, "/profile/email/confirm")
	if len(w.Result().Cookies()) != 1 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the answer to a link: %v", w.Header())
	}
	for _, w := range []string{"GET", "POST"} {
		answer := h.ask(w, "/profile/email/confirm", nil)
		wantStatus(t, answer, http.StatusSeeOther)
		wantText(t, h.follow(answer), "This link no longer works")
	}
}
