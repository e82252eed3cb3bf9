package profile_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestOwnCertificateIsBlockedAndUnblocked(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice", password), h.person("bob", password)
	mine, foreign := h.link(alice, "alice"), h.link(bob, "bob-card")
	h.signIn(alice, "")
	path := "/profile/identifiers/" + string(mine.ID)
	wantText(t, h.get(path), path+"/block")
	wantText(t, h.get(path+"/block"), "Block this certificate?", "Nobody can sign in with it any more")
	for _, wrong := range []string{"", "everything"} {
		w := h.post(path+"/block", "kind", wrong, "reason", "<b>lost</b>")
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, "Choose what is blocked", "&lt;b&gt;lost&lt;/b&gt;")
	}
	wantStatus(t, h.post("/profile/identifiers/"+string(foreign.ID)+"/block", "kind", "certificate"), http.StatusNotFound)
	wantText(t, h.follow(h.post(path+"/block", "kind", "certificate", "reason", strings.Repeat("x", 255))), "alice has been blocked.")
	w := h.get(path)
	wantText(t, w, "Blocked since", "You blocked it", "Undo the block")
	lacksText(t, w, path+"/block\"")
	wantStatus(t, h.post(path+"/block", "kind", "certificate"), http.StatusUnprocessableEntity)
	blocks, err := h.room.Trust.BlocksOf(t.Context(), h.caller, alice.ID)
	h.must(err)
	undo := "/profile/blocks/" + blocks[0].ID + "/undo"
	h.signIn(bob, "")
	wantStatus(t, h.post(undo), http.StatusForbidden)
	h.signIn(alice, "")
	wantText(t, h.follow(h.post(undo)), "The block has been undone.")
	wantStatus(t, h.post(undo), http.StatusForbidden) // nothing is there, and nothing is told of it
	lacksText(t, h.get(path), "Blocked since")
}
