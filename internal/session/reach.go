package session

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// Vouched reports whether the method that opened the caller's session counts in
// the scope.
func Vouched(tx *store.Tx, caller iam.Caller, in iam.Scope) (bool, error) {
	session, err := tx.Session(caller.Session)
	if err != nil {
		return false, orGone(err)
	}
	method, err := tx.Provider(session.Provider)
	if err != nil {
		return false, orGone(err)
	}
	return method.Vouches(in), nil
}

func orGone(err error) error {
	if iam.IsNotFound(err) {
		return nil
	}
	return err
}

// TooNarrow records that somebody's own session reaches less than what they tried
// to change, and returns the refusal: whoever runs the method that opened it could
// be the one who tries.
func (s *Service) TooNarrow(ctx context.Context, caller iam.Caller, action iam.Action) error {
	if err := s.Log.Record(ctx, caller, iam.Event{
		Kind: iam.EventActionRefused, Outcome: iam.OutcomeRefused, Cause: "session_too_narrow", User: caller.User, Details: map[string]string{"action": string(action)},
	}); err != nil {
		return err
	}
	return iam.Forbidden("session_too_narrow")
}

// Reached refuses to people what their session does not reach: one that a method
// of an organization opened takes away or blocks no identifier of a wider method.
func (s *Service) Reached(ctx context.Context, caller iam.Caller, user iam.UserID, id iam.IdentityID) error {
	if caller.Session == "" || caller.User != user {
		return nil // an administrator, who was asked for the permission
	}
	reached := false
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		identity, err := tx.Identity(id)
		if err != nil {
			return err
		}
		p, err := tx.Provider(identity.Provider)
		if err != nil {
			return err
		}
		reached, err = Vouched(tx, caller, p.Scope)
		return err
	})
	if err != nil || reached {
		return err
	}
	return s.TooNarrow(ctx, caller, iam.EditIdentities)
}
