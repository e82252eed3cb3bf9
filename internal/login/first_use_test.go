package login_test

import (
	"testing"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/seal"
	"signet/internal/store"
)

// told counts the messages of each kind that were written since it was asked
// last.
func (h *house) told() func() map[iam.MessageKind]int {
	h.t.Helper()
	catalogues, err := i18n.Load()
	must(h.t, err)
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	must(h.t, err)
	mail := &notify.Service{DB: h.db, Log: h.log, Box: box, Catalogues: catalogues, Issuer: "https://id.example"}
	h.log.Told = mail.Told
	must(h.t, h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		u, err := tx.User(h.alice.ID)
		if err != nil {
			return err
		}
		u.Email = "alice@example.org"
		return tx.UpdateUser(u)
	}))
	seen := map[iam.MessageID]bool{}
	return func() map[iam.MessageKind]int {
		h.t.Helper()
		all, _, err := mail.Outbox(h.t.Context(), h.program, iam.MessageFilter{})
		must(h.t, err)
		fresh := map[iam.MessageKind]int{}
		for _, m := range all {
			if !seen[m.ID] {
				fresh[m.Kind]++
			}
			seen[m.ID] = true
		}
		return fresh
	}
}

func wantTold(t *testing.T, what string, got map[iam.MessageKind]int, want ...iam.MessageKind) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
	for _, kind := range want {
		if got[kind] != 1 {
			t.Errorf("%s: %v, want one %s", what, got, kind)
		}
	}
}

// People are told of the first use of a certificate and of no other.
func TestFirstUseIsToldOnce(t *testing.T) {
	h := newHouse(t)
	told := h.told()
	h.link(h.alice, "card")
	wantTold(t, "linked", told(), iam.MessageIdentityLinked)
	h.signIn("card")
	wantTold(t, "first use", told(), iam.MessageIdentityUsed)
	h.signIn("card")
	wantTold(t, "second use", told())
	if n := h.kinds(iam.EventIdentityFirstUsed); n != 1 {
		t.Errorf("%d events of a first use", n)
	}

	// Another certificate with the same key.
	again := func(sha256 string) {
		t.Helper()
		e := h.evidence("card")
		e.Certificate.SHA256 = sha256
		caller := browser()
		h.shown(caller, h.begin(caller), *e)
	}
	again("newer")
	wantTold(t, "a newer certificate of the key", told(), iam.MessageIdentityUpdated)
	again("newer")
	wantTold(t, "the same once more", told())
	again("card")
	wantTold(t, "the old one again", told(), iam.MessageIdentityUpdated)
	again("newer")
	wantTold(t, "in turn", told())
}

// A renewed certificate that is linked at a sign-in is one message, not three.
func TestRenewalIsToldAsSuch(t *testing.T) {
	h := newHouse(t)
	told := h.told()
	h.renewal(iam.RenewalAccept)
	h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
	told()
	h.clock.Advance(time.Hour)
	caller := browser()
	h.shown(caller, h.begin(caller), h.issued("new key", "aa", "alice", ""))
	wantTold(t, "renewed", told(), iam.MessageIdentityRenewed)
	caller = browser()
	h.shown(caller, h.begin(caller), h.issued("new key", "aa", "alice", ""))
	wantTold(t, "used again", told())
}
