package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
)

// list lets a new list of revoked certificates come.
func (h *house) list() {
	h.t.Helper()
	must(h.t, h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		list := iam.RevocationList{Provider: h.mtls.ID, Authority: "ca", Source: "upload", Certificate: []byte{1}}
		if _, err := tx.AddRevocationList(list); err != nil {
			return err
		}
		list.DataHash, list.FetchedAt, list.ThisUpdate, list.Number, list.Kind = []byte{2}, tx.Now(), tx.Now(), "1", "full"
		return tx.KeepRevocationList(list, []byte("list"))
	}))
}

// TestRevokedWhileItWaits: what waits to be linked has opened nothing that a list
// could end, so that nobody would look at it again.
func TestRevokedWhileItWaits(t *testing.T) {
	h := newHouse(t)
	h.creation(byUPN())
	caller := browser()
	l := h.begin(caller)
	if out := h.shown(caller, l, h.bearing("card", zoe()...)); out.Step != login.StepCreate {
		t.Fatalf("step %s", out.Step)
	}
	h.clock.Advance(time.Minute)
	h.list()
	h.clock.Advance(time.Minute)
	out, err := h.login.Create(t.Context(), caller, l.ID)
	must(t, err)
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseMethodChanged {
		t.Errorf("opened %v, refusal %+v", out.Opened != nil, out.Login.State.Refusal)
	}
}

// TestRevokedOnTheWayBack: whoever holds a ticket back until the certificate is found
// to be revoked, and its sessions ended, opens no other session by it, nor is it taken
// for good again. The same where the method was changed meanwhile.
func TestRevokedOnTheWayBack(t *testing.T) {
	for name, meanwhile := range map[string]func(*house, iam.Identity) error{
		"revoked": func(h *house, card iam.Identity) error {
			return h.db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.KeepWithdrawal(iam.Withdrawal{Identity: card.ID, SHA256: "card", RevokedAt: tx.Now(), Reason: "key_compromise"})
				return err
			})
		},
		"changed": func(h *house, _ iam.Identity) error {
			p, err := h.providers.Provider(t.Context(), h.mtls.ID)
			if err != nil {
				return err
			}
			p.Settings.Certificate.Anchors = "others"
			return h.providers.Change(t.Context(), h.program, p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			card := h.link(h.alice, "card")
			caller := browser()
			back := h.attempt(caller, h.begin(caller), "card")
			h.clock.Advance(time.Minute)
			must(t, meanwhile(h, card))
			h.clock.Advance(time.Minute)
			out, err := h.login.Return(t.Context(), caller, back)
			must(t, err)
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseMethodChanged {
				t.Errorf("opened %v, refusal %+v", out.Opened != nil, out.Login.State.Refusal)
			}
			if now, err := h.identities.Of(t.Context(), h.program, h.alice.ID); err != nil || now[0].Withdrawn != (name == "revoked") {
				t.Errorf("the withdrawal is forgotten: %+v, %v", now, err)
			}
			// Judged anew, and good again, it lets in.
			if _, out = h.signIn("card"); out.Opened == nil {
				t.Errorf("judged anew: %+v", out)
			}
		})
	}
}

// Nor is one linked, by a rule or as a renewal, of which a list that came on the way
// back may say that it is revoked: nobody would look for it there.
func TestNothingIsLinkedThatWasJudgedBeforeTheList(t *testing.T) {
	h := newHouse(t)
	h.called(h.alice, confirmed("alice@example.org"))
	h.mapping(byEmail())
	caller := browser()
	l, judged := h.begin(caller), h.bearing("card", email("alice@example.org"))
	h.clock.Advance(time.Minute)
	h.list()
	h.clock.Advance(time.Minute)
	out := h.shown(caller, l, judged)
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseMethodChanged {
		t.Errorf("opened %v, refusal %+v", out.Opened != nil, out.Login.State.Refusal)
	}
	if held, err := h.identities.Of(t.Context(), h.program, h.alice.ID); err != nil || len(held) != 0 {
		t.Errorf("linked: %+v, %v", held, err)
	}
}
