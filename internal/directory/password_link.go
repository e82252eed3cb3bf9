package directory

import (
	"context"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// passwordPurpose is the purpose of the link by which a person chooses a
// password.
const passwordPurpose = "password"

// PasswordLinkTTL is how long such a link works.
const PasswordLinkTTL = 24 * time.Hour

// MakePasswordLink returns the secret of a link by which the person chooses a
// new password, once. Administrators never know the password of anybody; they
// hand over the link. Links that were made for the person before stop working.
func (s *Service) MakePasswordLink(ctx context.Context, caller iam.Caller, id iam.UserID) (iam.Secret, error) {
	if err := s.Log.Denied(ctx, caller, iam.EditUser, iam.System()); err != nil {
		return "", err
	}
	secret := iam.NewSecret()
	return secret, s.DB.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		if user.Status != iam.UserActive {
			return iam.Conflict("user_not_active")
		}
		if err := tx.DeleteOneTimeLinksOf(passwordPurpose, id); err != nil {
			return err
		}
		if err := tx.InsertOneTimeLink(secret.Hash(), passwordPurpose, id, tx.Now().Add(PasswordLinkTTL)); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventPasswordLinkMade, User: id})
	})
}

// PasswordLinkOf returns for whom a link still works.
func (s *Service) PasswordLinkOf(ctx context.Context, secret iam.Secret) (user iam.User, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		id, err := tx.OneTimeLink(secret.Hash(), passwordPurpose)
		if err != nil {
			return err
		}
		user, err = linkHolder(tx, id)
		return err
	})
	return user, err
}

// linkHolder is the person of a link. To somebody who may not sign in it opens
// nothing, whether the link is older than that or not.
func linkHolder(tx *store.Tx, id iam.UserID) (iam.User, error) {
	user, err := tx.User(id)
	if err == nil && user.Status != iam.UserActive || iam.IsNotFound(err) {
		return iam.User{}, iam.NotFound("one_time_link")
	}
	return user, err
}

// SetPasswordByLink spends a link and stores the password that its holder chose.
// Of two who hold it, one succeeds. Every session of the person ends: a reset is
// what follows when somebody else knew the password.
func (s *Service) SetPasswordByLink(ctx context.Context, caller iam.Caller, secret iam.Secret, password string) error {
	// The link is looked at before the costly hash and spent after it.
	if _, err := s.PasswordLinkOf(ctx, secret); err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		id, err := tx.TakeOneTimeLink(secret.Hash(), passwordPurpose)
		if err != nil {
			return err
		}
		if _, err := linkHolder(tx, id); err != nil {
			return err
		}
		// Whoever is signed in here is not thereby the one who asks: no session of the
		// browser is spared.
		caller.User, caller.Session, caller.Memberships = "", "", nil
		return s.storePassword(tx, caller, id, hash)
	})
}
