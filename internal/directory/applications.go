package directory

import (
	"context"
	"fmt"
	"time"

	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
)

// Lifetimes of tokens where an application sets none.
const (
	DefaultAccessTokenTTL  = 10 * time.Minute
	DefaultRefreshTokenTTL = 30 * 24 * time.Hour
)

// CreateApp adds an application and, if it can keep one, returns its secret,
// which is shown once. An id is made unless one is given.
func (s *Service) CreateApp(ctx context.Context, caller iam.Caller, a iam.App) (iam.App, iam.Secret, error) {
	if err := s.Log.Denied(ctx, caller, iam.CreateApplications, iam.Scope{Level: levelOf(a.Org), Org: a.Org}); err != nil {
		return iam.App{}, "", err
	}
	switch {
	case a.ID == "":
		a.ID = iam.AppID(iam.NewID())
	case a.ID.IsOwn():
		return iam.App{}, "", iam.Invalid("id", "id_reserved")
	}
	if a.Type == "" {
		a.Type = iam.AppWeb
	}
	if a.SigningAlgorithm == "" {
		a.SigningAlgorithm = "ES256"
	}
	if a.AccessTokenTTL == 0 {
		a.AccessTokenTTL = DefaultAccessTokenTTL
	}
	if a.RefreshTokenTTL == 0 {
		a.RefreshTokenTTL = DefaultRefreshTokenTTL
	}
	if err := checkApp(&a); err != nil {
		return iam.App{}, "", err
	}
	a.Test, a.TestOf = false, ""
	if a.CertificateOnly && !caller.Program {
		// There is no method yet that a certificate could come by.
		return iam.App{}, "", iam.Conflict("certificate_method_needed")
	}
	if err := s.maySkipConsent(ctx, caller, false, a.SkipConsent); err != nil {
		return iam.App{}, "", err
	}
	var secret iam.Secret
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if a.Org != "" { // it may have been deleted meanwhile
			if _, err := tx.Org(a.Org); err != nil {
				return err
			}
		}
		if _, err := tx.App(a.ID); err == nil {
			return &iam.Error{Kind: iam.KindConflict, Field: "id", Cause: "application_exists"}
		} else if !iam.IsNotFound(err) {
			return err
		}
		if err := s.insertApp(tx, caller, &a); err != nil {
			return err
		}
		if a.Public() {
			return nil
		}
		secret = iam.NewSecret()
		return tx.InsertAppSecret(iam.AppSecret{ID: iam.NewID(), App: a.ID, Hash: secret.Hash(), CreatedAt: tx.Now()})
	})
	return a, secret, err
}

// insertApp adds an application with the password in its sign-in form.
func (s *Service) insertApp(tx *store.Tx, caller iam.Caller, a *iam.App) error {
	a.CreatedAt, a.UpdatedAt, a.Version = tx.Now(), tx.Now(), 1
	if err := tx.InsertApp(*a); err != nil {
		return err
	}
	if err := s.Log.Write(tx, caller, iam.Event{Kind: iam.EventAppCreated, App: a.ID, Org: a.Org, Details: map[string]string{"name": a.Name}}); err != nil {
		return err
	}
	if a.TestOf != "" {
		return nil // it shows the form of another
	}
	widgets := provider.Service{DB: s.DB, Log: s.Log}
	return widgets.Open(tx, caller, *a)
}

func levelOf(org iam.OrgID) iam.Level {
	if org == "" {
		return iam.LevelSystem
	}
	return iam.LevelOrganization
}

// EnsureSignetApp makes the application that Signet itself is, with a password
// method in its widget, so that the first administrator can sign in.
func (s *Service) EnsureSignetApp(ctx context.Context, caller iam.Caller, name string) error {
	if !caller.Program {
		return iam.Forbidden("not_allowed")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		own, err := tx.App(iam.SignetApp)
		switch set, failure := tx.Settings(); {
		case failure != nil:
			return failure
		case err == nil && set.Name == "" && own.Name != name: // the operator has renamed it
			own.Name = name
			return tx.UpdateApp(own)
		case err == nil || !iam.IsNotFound(err):
			return err
		}
		app := iam.App{
			ID: iam.SignetApp, Name: name, Type: iam.AppSPA, SigningAlgorithm: "ES256", SkipConsent: true,
			AccessTokenTTL: DefaultAccessTokenTTL, RefreshTokenTTL: DefaultRefreshTokenTTL, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}
		if err := tx.InsertApp(app); err != nil {
			return fmt.Errorf("make Signet's own application: %w", err)
		}
		return nil
	})
}
