package provider

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// Use is what hangs on a login method.
type Use struct {
	Identifiers int64
	Apps        []iam.App // in whose widget it stands
}

// UseOf returns what would end with a login method, for whoever may delete it.
func (s *Service) UseOf(ctx context.Context, caller iam.Caller, id iam.ProviderID) (use Use, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		p, err := tx.Provider(id)
		if err != nil {
			return err
		}
		if err := caller.Require(iam.EditProviders, p.Scope); err != nil {
			return err
		}
		if use.Identifiers, err = tx.CountIdentities(id); err != nil {
			return err
		}
		apps, err := tx.AppsOffering(id)
		if err != nil {
			return err
		}
		for _, id := range apps {
			app, err := tx.App(id)
			if err != nil {
				return err
			}
			use.Apps = append(use.Apps, app)
		}
		return nil
	})
	return use, err
}

// Delete deletes a login method with its identifiers, and ends every session
// that one of these opened. It returns how many of each there were. The password
// method stays: people whose certificate is lost come back with it.
func (s *Service) Delete(ctx context.Context, caller iam.Caller, id iam.ProviderID) (identifiers, sessions int, err error) {
	p, err := s.Provider(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return 0, 0, err
	}
	if p.Type == iam.ProviderPassword {
		return 0, 0, iam.Conflict("password_method_stays")
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		identifiers, sessions = 0, 0 // the function may run again
		if err := s.withdraw(tx, caller, p, func(iam.App) bool { return true }); err != nil {
			return err
		}
		all, err := tx.IdentitiesOfProvider(id)
		if err != nil {
			return err
		}
		for _, identity := range all {
			ended, err := s.Sessions.EndOfIdentity(tx, caller, identity.ID, iam.EndIdentityRemoved)
			if err != nil {
				return err
			}
			sessions += ended
		}
		identifiers = len(all)
		if err := tx.DeleteProvider(id); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, event(iam.EventProviderDeleted, p))
	})
	return identifiers, sessions, err
}
