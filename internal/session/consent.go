package session

import (
	"context"
	"slices"
	"strings"

	"signet/internal/iam"
	"signet/internal/store"
)

// Consent remembers that a person agreed to give an application these scopes,
// in addition to those of before, inside the transaction of their sign-in.
func (s *Service) Consent(tx *store.Tx, caller iam.Caller, user iam.UserID, app iam.AppID, scopes []string) error {
	before, err := tx.Consent(user, app)
	if err != nil && !iam.IsNotFound(err) {
		return err
	}
	all := slices.Clone(before.Scopes)
	for _, scope := range scopes {
		if !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	if err := tx.SetConsent(user, app, all); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventConsentGiven, Actor: user, User: user, App: app, Details: map[string]string{"scopes": strings.Join(scopes, " ")},
	})
}

// Consents returns what the caller agreed to give, to which applications.
func (s *Service) Consents(ctx context.Context, caller iam.Caller) (consents []iam.Consent, err error) {
	if caller.User == "" {
		return nil, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		consents, err = tx.Consents(caller.User)
		return err
	})
	return consents, err
}

// WithdrawConsent takes back what the caller agreed to give an application, and
// ends everything that the application got by it.
func (s *Service) WithdrawConsent(ctx context.Context, caller iam.Caller, app iam.AppID) error {
	if caller.User == "" {
		return &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteConsent(caller.User, app); err != nil {
			return err
		}
		if err := tx.EndGrantsOfUserApp(caller.User, app, iam.EndConsentTaken); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventConsentWithdrawn, User: caller.User, App: app})
	})
}
