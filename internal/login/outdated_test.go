package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
)

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
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		list := iam.RevocationList{Provider: h.mtls.ID, Authority: "ca", Source: "upload", Certificate: []byte{1}}
		if _, err := tx.AddRevocationList(list); err != nil {
			return err
		}
		list.DataHash, list.FetchedAt, list.ThisUpdate, list.Number, list.Kind = []byte{2}, tx.Now(), tx.Now(), "1", "full"
		return tx.KeepRevocationList(list, []byte("list"))
	}))
	h.clock.Advance(time.Minute)
	out, err := h.login.Create(t.Context(), caller, l.ID)
	must(t, err)
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseMethodChanged {
		t.Errorf("opened %v, refusal %+v", out.Opened != nil, out.Login.State.Refusal)
	}
}
