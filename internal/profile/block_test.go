package profile_test

import (
	"net/http"
	"strings"
	"testing"

	"signet/internal/iam"
)

func TestOwnCertificateIsBlocked(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice", password), h.person("bob", password)
	mine, foreign := h.link(alice, "alice"), h.link(bob, "bob-card")
	h.signIn(alice, "")
	path := "/profile/identifiers/" + string(mine.ID)
	wantText(t, h.get(path), path+"/block")
	wantText(t, h.get(path+"/block"), "Block this certificate?", "Nobody can sign in with it any more", "Only an administrator can undo this")
	for _, wrong := range []string{"", "everything"} {
		w := h.post(path+"/block", "kind", wrong, "reason", "<b>lost</b>")
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, "Choose what is blocked", "&lt;b&gt;lost&lt;/b&gt;")
	}
	wantStatus(t, h.post("/profile/identifiers/"+string(foreign.ID)+"/block", "kind", "certificate"), http.StatusNotFound)
	wantText(t, h.follow(h.post(path+"/block", "kind", "certificate", "reason", strings.Repeat("x", 255))), "alice has been blocked.")
	w := h.get(path)
	wantText(t, w, "Blocked since", "You blocked it", "Only an administrator can undo that")
	lacksText(t, w, path+"/block\"")
	wantStatus(t, h.post(path+"/block", "kind", "certificate"), http.StatusUnprocessableEntity)
	blocks, err := h.room.Trust.BlocksOf(t.Context(), h.caller, alice.ID)
	h.must(err)
	if err := h.room.Trust.Unblock(t.Context(), h.caller, blocks[0].ID); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("undone by its owner: %v", err)
	}
	h.must(h.room.Trust.Unblock(t.Context(), iam.Program("test"), blocks[0].ID))
	lacksText(t, h.get(path), "Blocked since")
}
