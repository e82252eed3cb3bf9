package directory

import (
	"context"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// MaxOverlap is how long a secret may go on working beside a newer one.
const MaxOverlap = 90 * 24 * time.Hour

// RotateAppSecret makes a new secret; the present ones work for the overlap.
func (s *Service) RotateAppSecret(ctx context.Context, caller iam.Caller, id iam.AppID, overlap time.Duration) (iam.Secret, error) {
	return s.rotateAppSecret(ctx, caller, id, overlap, func(*store.Tx) error { return nil })
}

// RotateAppSecretOf is RotateAppSecret for a form: it was made for a version of
// the application, and sent a second time it does nothing (cause
// changed_meanwhile).
func (s *Service) RotateAppSecretOf(ctx context.Context, caller iam.Caller, id iam.AppID, version int64, overlap time.Duration) (iam.Secret, error) {
	return s.rotateAppSecret(ctx, caller, id, overlap, func(tx *store.Tx) error { return tx.TouchApp(id, version) })
}

func (s *Service) rotateAppSecret(ctx context.Context, caller iam.Caller, id iam.AppID, overlap time.Duration, guard func(*store.Tx) error) (iam.Secret, error) {
	app, err := s.App(ctx, id)
	if err != nil {
		return "", err
	}
	if err := s.Log.Denied(ctx, caller, iam.EditApplications, app.Scope()); err != nil {
		return "", err
	}
	if app.Public() {
		return "", iam.Conflict("public_application")
	}
	if overlap < 0 || overlap > MaxOverlap {
		return "", iam.Invalid("overlap", "overlap_out_of_range")
	}
	secret := iam.NewSecret()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := guard(tx); err != nil {
			return err
		}
		if err := tx.ExpireAppSecrets(id, tx.Now().Add(overlap)); err != nil {
			return err
		}
		if err := tx.InsertAppSecret(iam.AppSecret{ID: iam.NewID(), App: id, Hash: secret.Hash(), CreatedAt: tx.Now()}); err != nil {
			return err
		}
		return s.tellApp(tx, caller, app, iam.EventAppChanged, "secret")
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// RevokeAppSecret takes one secret back at once. The last one stays: an
// application that must not get in any more is deleted or gets a new secret
// without overlap.
func (s *Service) RevokeAppSecret(ctx context.Context, caller iam.Caller, id iam.AppID, secret string) error {
	app, err := s.App(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Log.Denied(ctx, caller, iam.EditApplications, app.Scope()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteAppSecret(id, secret); err != nil {
			return err
		}
		switch left, err := tx.AppSecrets(id); {
		case err != nil:
			return err
		case len(left) == 0:
			return iam.Conflict("last_secret")
		}
		return s.tellApp(tx, caller, app, iam.EventAppChanged, "secret_revoked")
	})
}

//i18n:keys event.change.* secret_revoked settings access

func (s *Service) tellApp(tx *store.Tx, caller iam.Caller, app iam.App, kind iam.EventKind, change string) error {
	return s.Log.Write(tx, caller, iam.Event{Kind: kind, App: app.ID, Org: app.Org, Details: map[string]string{"change": change, "name": app.Name}})
}
