package directory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"signet/internal/iam"
	"signet/internal/store"
)

// Apps returns the applications in a scope, for whoever may see them.
func (s *Service) Apps(ctx context.Context, caller iam.Caller, in iam.Scope) (apps []iam.App, err error) {
	if err := caller.Require(iam.ViewApplications, in); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		apps, err = tx.Apps(in.Org)
		return err
	})
	return apps, err
}

// AppsPage is how many applications a page of FindApps holds.
const AppsPage = 50

// FindApps returns a page of the applications in a scope, those after one, that
// contain the text in their name or are called so by their id.
func (s *Service) FindApps(ctx context.Context, caller iam.Caller, in iam.Scope, search string, after iam.AppID) (apps []iam.App, err error) {
	if err := caller.Require(iam.ViewApplications, in); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		apps, err = tx.FindApps(store.AppFilter{Org: in.Org, Search: strings.TrimSpace(search), After: after, Limit: AppsPage})
		return err
	})
	return apps, err
}

// MyApps returns the applications that the caller may see by a role of their own
// in a narrower scope than the system.
func (s *Service) MyApps(ctx context.Context, caller iam.Caller) (apps []iam.App, err error) {
	seen := map[iam.AppID]bool{}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		apps, seen = nil, map[iam.AppID]bool{}
		for _, m := range caller.Memberships {
			if !caller.May(iam.ViewApplications, m.Scope) {
				continue
			}
			var found []iam.App
			switch m.Scope.Level {
			case iam.LevelOrganization:
				if found, err = tx.Apps(m.Scope.Org); err != nil {
					return err
				}
			case iam.LevelApplication:
				app, err := tx.App(m.Scope.App)
				if iam.IsNotFound(err) {
					continue
				}
				if err != nil {
					return err
				}
				found = []iam.App{app}
			}
			for _, app := range found {
				if !seen[app.ID] {
					seen[app.ID] = true
					apps = append(apps, app)
				}
			}
		}
		return nil
	})
	slices.SortStableFunc(apps, func(a, b iam.App) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return apps, err
}

// AppOf returns an application for whoever may see it. For everybody else there
// is none.
func (s *Service) AppOf(ctx context.Context, caller iam.Caller, id iam.AppID) (iam.App, error) {
	app, err := s.App(ctx, id)
	if err == nil && !caller.May(iam.ViewApplications, app.Scope()) {
		return iam.App{}, iam.NotFound("application")
	}
	return app, err
}

// AppSecretsOf returns the secrets that authenticate an application, for whoever
// may change it.
func (s *Service) AppSecretsOf(ctx context.Context, caller iam.Caller, app iam.App) ([]iam.AppSecret, error) {
	if err := caller.Require(iam.EditApplications, app.Scope()); err != nil {
		return nil, err
	}
	return s.AppSecrets(ctx, app.ID)
}

// AuthoritiesOf returns the CAs of the certificate methods in the sign-in form of
// an application, of which it may accept some only.
func (s *Service) AuthoritiesOf(ctx context.Context, caller iam.Caller, app iam.App) (all []iam.Authority, err error) {
	if err := caller.Require(iam.ViewApplications, app.Scope()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = s.authoritiesOf(tx, app)
		return err
	})
	return all, err
}
