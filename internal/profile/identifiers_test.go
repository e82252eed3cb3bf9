package profile_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
)

func TestOverviewShowsIdentifiers(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	wantText(t, h.get("/profile"), "No certificate yet", "/profile/identifiers/add")
	id := h.link(alice, "alice@laptop")
	wantText(t, h.get("/profile"), "alice@laptop", "Issued by Test CA", "Valid until", "Never used", "mTLS", "Only me")
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.UseIdentity(id.ID, iam.SignetApp, id.Certificate) }))
	h.clock.Advance(3 * hour)
	wantText(t, h.get("/profile"), "Last used 3 hours ago for Signet")
	h.clock.Set(id.Certificate.NotAfter.AddDate(0, 0, -5))
	wantText(t, h.get("/profile"), "Expires soon")
	h.clock.Advance(6 * 24 * hour)
	wantText(t, h.get("/profile"), "Expired")
}

func TestAdd(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("alice", password), "")
	w := h.get("/profile/identifiers/add")
	wantText(t, w, "mTLS", "Your card", `action="/signin/link"`, `name="provider" value="`+string(h.mtls.ID)+`"`, `name="to" value="/profile"`)
	// Chrome holds the redirect to the certificate host against form-action.
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' "+hosts) {
		t.Errorf("policy = %s", policy)
	}
	h.must(h.room.Providers.Change(t.Context(), iam.Program("test"), func() iam.Provider { p := h.mtls; p.Public = false; return p }()))
	wantText(t, h.get("/profile/identifiers/add"), "There is nothing to add")
}

func TestLinkedNoticeTellsOnlyOfOnesOwn(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice", password), h.person("bob", password)
	mine, foreign := h.link(alice, "alice-new"), h.link(bob, "bob-card")
	h.signIn(alice, "")
	wantText(t, h.get("/profile?linked="+string(mine.ID)), "The certificate alice-new is now linked to you.")
	for _, id := range []string{string(foreign.ID), "nobody", "", "<b>"} {
		lacksText(t, h.get("/profile?linked="+url.QueryEscape(id)), "is now linked to you", "bob-card", "<b>")
	}
}

func TestPublicity(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	path := "/profile/identifiers/" + string(h.link(alice, "alice").ID)
	h.signIn(alice, "")
	wantText(t, h.follow(h.post(path, "publicity", "everyone")), "Saved who may see alice.", "Visible to: Everyone")
	w := h.post(path, "publicity", "friends")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "Choose who may see it.")
	wantText(t, h.get(path), `value="everyone" checked`)
}

func TestIdentifierOfAnotherPersonIsNotThere(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice", password), h.person("bob", password)
	path := "/profile/identifiers/" + string(h.link(bob, "bob").ID)
	h.signIn(alice, "")
	wantStatus(t, h.get(path), http.StatusNotFound)
	wantStatus(t, h.get(path+"/remove"), http.StatusNotFound)
	wantStatus(t, h.post(path, "publicity", "everyone"), http.StatusNotFound)
	wantStatus(t, h.post(path+"/remove"), http.StatusNotFound)
	identities, err := h.room.Identities.Of(t.Context(), iam.Caller{User: bob.ID}, bob.ID)
	h.must(err)
	if len(identities) != 1 || identities[0].Publicity != iam.PublicityOnlyMe {
		t.Errorf("identities of bob = %+v", identities)
	}
}

func TestRemoveEndsWhatItOpened(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	card := h.link(alice, "card")
	path := "/profile/identifiers/" + string(card.ID) + "/remove"
	h.signIn(alice, card.ID)
	h.signIn(alice, card.ID)
	wantText(t, h.get(path), "2 sessions that it opened", "you will be signed out here", "What ends")
	present := h.signIn(alice, "")
	w := h.get(path)
	wantText(t, w, "2 sessions that it opened")
	lacksText(t, w, "you will be signed out here", "your only way")
	wantText(t, h.follow(h.post(path)), "card has been removed. The 2 sessions that it opened have ended.", "No certificate yet")
	sessions, err := h.room.Sessions.Mine(t.Context(), h.caller)
	h.must(err)
	if len(sessions) != 1 || sessions[0].ID != present.Session {
		t.Errorf("sessions = %v, want only the present one", sessions)
	}
	if kinds := h.events(alice); !slices.Contains(kinds, iam.EventIdentityRemoved) || !slices.Contains(kinds, iam.EventSessionEnded) {
		t.Errorf("events = %v", kinds)
	}
	wantStatus(t, h.post(path), http.StatusNotFound)
}

func TestRemovingTheOnlyWayInWarns(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob", "")
	card := h.link(bob, "card")
	path := "/profile/identifiers/" + string(card.ID) + "/remove"
	h.signIn(bob, card.ID)
	wantText(t, h.get(path), "This is your only way to sign in")
	other := h.link(bob, "other card")
	lacksText(t, h.get(path), "only way")
	// One that has expired lets nobody in.
	h.clock.Set(other.Certificate.NotAfter.Add(hour))
	h.signIn(bob, "")
	wantText(t, h.get(path), "This is your only way to sign in")
}
