package session_test

import (
	"slices"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
)

func TestConsentGrows(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		for _, scopes := range [][]string{{"openid", "email"}, {"openid", "profile"}} {
			h.update(func(tx *store.Tx) error { return h.Consent(tx, iam.Caller{}, "alice", wiki.ID, scopes) })
		}
		consents, err := h.Consents(t.Context(), iam.Caller{User: "alice"})
		if err != nil || len(consents) != 1 || !slices.Equal(consents[0].Scopes, []string{"openid", "email", "profile"}) {
			t.Errorf("Consents = %+v, %v", consents, err)
		}
		if consents, err := h.Consents(t.Context(), iam.Caller{User: "bob"}); err != nil || len(consents) != 0 {
			t.Errorf("bob's consents = %+v, %v", consents, err)
		}
		if n := len(h.events(iam.EventConsentGiven)); n != 2 {
			t.Errorf("%d consents recorded, want 2", n)
		}
	})
}

func TestConsentIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.update(func(tx *store.Tx) error { return h.Consent(tx, iam.Caller{}, "alice", wiki.ID, []string{"openid"}) })
		if err := h.WithdrawConsent(t.Context(), iam.Caller{User: "bob"}, wiki.ID); !iam.IsNotFound(err) {
			t.Errorf("bob withdrew alice's consent: %v", err)
		}
		if err := h.WithdrawConsent(t.Context(), iam.Caller{}, wiki.ID); iam.KindOf(err) != iam.KindUnauthenticated {
			t.Errorf("a visitor withdrew a consent: %v", err)
		}
		if _, err := h.Consents(t.Context(), iam.Caller{}); iam.KindOf(err) != iam.KindUnauthenticated {
			t.Errorf("a visitor reads consents: %v", err)
		}
		if err := h.WithdrawConsent(t.Context(), iam.Caller{User: "alice"}, wiki.ID); err != nil {
			t.Error(err)
		}
		if n := len(h.events(iam.EventConsentWithdrawn)); n != 1 {
			t.Errorf("%d withdrawals recorded, want 1", n)
		}
	})
}
