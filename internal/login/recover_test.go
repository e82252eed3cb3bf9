package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// S71: a deleted person who proves who they are is offered the account back, and
// gets nothing else for that proof.
func TestS71DeletedPersonIsOfferedRecovery(t *testing.T) {
	for name, prove := range map[string]func(h *house, caller iam.Caller, l iam.Login) (login.Outcome, error){"password": byPassword, "certificate": byCard} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.link(h.alice, "card")
			must(t, h.directory.Delete(t.Context(), h.program, h.alice.ID))
			caller := browser()
			l := h.beginFor(caller, h.asking())
			out, err := prove(h, caller, l)
			must(t, err)
			if out.Step != login.StepRecover || out.Opened != nil || out.Ticket != "" {
				t.Fatalf("step %s, opened %v", out.Step, out.Opened)
			}
			if _, err := h.login.Agree(t.Context(), caller, l.ID); iam.KindOf(err) != iam.KindConflict {
				t.Errorf("agreed in the name of a deleted person: %v", err)
			}
			if _, err := h.login.Recover(t.Context(), browser(), l.ID); err == nil {
				t.Error("another browser recovered the account")
			}
			out, err = h.login.Recover(t.Context(), caller, l.ID)
			must(t, err)
			if out.Step != login.StepConsent {
				t.Errorf("after recovery: %s, want consent", out.Step)
			}
			if user, _ := h.directory.Person(t.Context(), h.alice.ID); user.Status != iam.UserActive {
				t.Errorf("status %s", user.Status)
			}
			if _, err := h.login.Recover(t.Context(), caller, l.ID); iam.KindOf(err) != iam.KindConflict {
				t.Errorf("recovered twice: %v", err)
			}
		})
	}
}

// S70: what was blocked before it was deleted, or is past the grace period, comes
// back by no proof.
func TestS71RecoveryIsNotOffered(t *testing.T) {
	cases := map[string]func(h *house){
		"blocked before": func(h *house) {
			must(h.t, h.directory.Block(h.t.Context(), h.program, h.alice.ID))
			must(h.t, h.directory.Delete(h.t.Context(), h.program, h.alice.ID))
		},
		"after the grace period": func(h *house) {
			must(h.t, h.directory.Delete(h.t.Context(), h.program, h.alice.ID))
			h.clock.Advance(iam.DeletionGrace + time.Minute)
		},
	}
	for name, before := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			app := h.asking()
			before(h)
			caller := browser()
			l := h.beginFor(caller, app)
			out, err := byPassword(h, caller, l)
			must(t, err)
			if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseUserDeleted {
				t.Errorf("step %s, %+v", out.Step, out.Login.State.Refusal)
			}
			if _, err := h.login.Recover(t.Context(), caller, l.ID); iam.KindOf(err) != iam.KindConflict {
				t.Errorf("recovered: %v", err)
			}
		})
	}
}
