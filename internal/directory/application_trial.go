package directory

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// TestApp returns the application with which somebody tries a sign-in form: that
// of another application, or, where none is named, an own one of the organization.
// It is made the first time. Signet itself serves it, so name and redirectURI are
// what it is called and where it listens, given its id.
func (s *Service) TestApp(ctx context.Context, caller iam.Caller, of iam.AppID, in iam.Scope, name string, redirectURI func(iam.AppID) string) (iam.App, error) {
	scope, action := in, iam.CreateApplications
	if of != "" {
		target, err := s.App(ctx, of)
		if err != nil {
			return iam.App{}, err
		}
		if target.Test {
			return iam.App{}, iam.Conflict("already_a_test")
		}
		scope, action = target.Scope(), iam.EditApplications
		in = iam.Scope{Level: levelOf(target.Org), Org: target.Org}
	}
	if err := s.Log.Denied(ctx, caller, action, scope); err != nil {
		return iam.App{}, err
	}
	var app iam.App
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		app, err = tx.TestApp(of, in.Org)
		if err == nil || !iam.IsNotFound(err) {
			return err
		}
		id := iam.AppID(iam.NewID())
		app = iam.App{
			ID: id, Org: in.Org, Name: name, Type: iam.AppSPA, RedirectURIs: []string{redirectURI(id)}, SigningAlgorithm: "ES256", Test: true, TestOf: of,
			AccessTokenTTL: DefaultAccessTokenTTL, RefreshTokenTTL: DefaultRefreshTokenTTL,
		}
		if err := checkApp(&app); err != nil {
			return err
		}
		return s.insertApp(tx, caller, &app)
	})
	return app, err
}
