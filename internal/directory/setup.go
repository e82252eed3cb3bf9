package directory

import (
	"context"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// setupPurpose is the purpose of the link that makes the first administrator.
const setupPurpose = "setup"

// setupTTL is how long a set-up link works. Starting again makes a new one.
const setupTTL = time.Hour

// NeedsSetup reports whether nobody administers the installation yet.
func (s *Service) NeedsSetup(ctx context.Context) (needs bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		n, err := tx.CountActiveHolders(iam.RoleSystemAdministrator, iam.System())
		needs = n == 0
		return err
	})
	return needs, err
}

// MakeSetupLink returns the secret of a link with which the first administrator
// is made. Links made before stop working.
func (s *Service) MakeSetupLink(ctx context.Context, caller iam.Caller) (iam.Secret, error) {
	if !caller.Program {
		return "", iam.Forbidden("not_allowed")
	}
	secret := iam.NewSecret()
	return secret, s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteOneTimeLinks(setupPurpose); err != nil {
			return err
		}
		if err := tx.InsertOneTimeLink(secret.Hash(), setupPurpose, "", tx.Now().Add(setupTTL)); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventSetupLinkMade})
	})
}

// CheckSetupLink reports whether a set-up link still works.
func (s *Service) CheckSetupLink(ctx context.Context, secret iam.Secret) error {
	return s.DB.View(ctx, func(tx *store.Tx) error {
		_, err := tx.OneTimeLink(secret.Hash(), setupPurpose)
		return err
	})
}

// SetUp spends a set-up link and makes the first administrator. Of two who hold
// the link, one succeeds.
func (s *Service) SetUp(ctx context.Context, caller iam.Caller, secret iam.Secret, u iam.User, password string) (iam.User, error) {
	if err := checkUser(&u); err != nil {
		return iam.User{}, err
	}
	// The link is looked at before the costly hash and spent after it.
	if err := s.CheckSetupLink(ctx, secret); err != nil {
		return iam.User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return iam.User{}, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.TakeOneTimeLink(secret.Hash(), setupPurpose); err != nil {
			return err
		}
		// A link that was forgotten is none once somebody administers.
		switch n, err := tx.CountActiveHolders(iam.RoleSystemAdministrator, iam.System()); {
		case err != nil:
			return err
		case n > 0:
			return iam.NotFound("one_time_link")
		}
		if err := s.insertUser(tx, caller, &u, hash); err != nil {
			return err
		}
		if err := tx.InsertMembership(iam.Membership{User: u.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventSetupDone, User: u.ID, UserLogin: u.Login})
	})
	return u, err
}
