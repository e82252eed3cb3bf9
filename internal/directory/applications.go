package directory

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"signet/internal/iam"
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
	if a.ID == "" {
		a.ID = iam.AppID(iam.NewID())
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
	var secret iam.Secret
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if a.Org != "" { // it may have been deleted meanwhile
			if _, err := tx.Org(a.Org); err != nil {
				return err
			}
		}
		a.CreatedAt, a.UpdatedAt, a.Version = tx.Now(), tx.Now(), 1
		if err := tx.InsertApp(a); err != nil {
			return err
		}
		if !a.Public() {
			secret = iam.NewSecret()
			if err := tx.InsertAppSecret(iam.AppSecret{ID: iam.NewID(), App: a.ID, Hash: secret.Hash(), CreatedAt: tx.Now()}); err != nil {
				return err
			}
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventAppCreated, App: a.ID, Org: a.Org})
	})
	return a, secret, err
}

// RotateAppSecret makes a new secret; the present ones work for the overlap.
func (s *Service) RotateAppSecret(ctx context.Context, caller iam.Caller, id iam.AppID, overlap time.Duration) (iam.Secret, error) {
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
	secret := iam.NewSecret()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.ExpireAppSecrets(id, tx.Now().Add(overlap)); err != nil {
			return err
		}
		if err := tx.InsertAppSecret(iam.AppSecret{ID: iam.NewID(), App: id, Hash: secret.Hash(), CreatedAt: tx.Now()}); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventAppChanged, App: id, Org: app.Org, Details: map[string]string{"change": "secret"}})
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

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

func levelOf(org iam.OrgID) iam.Level {
	if org == "" {
		return iam.LevelSystem
	}
	return iam.LevelOrganization
}

func checkApp(a *iam.App) error {
	a.Name = strings.TrimSpace(a.Name)
	if a.Name == "" {
		return iam.Invalid("name", "name_missing")
	}
	switch a.Type {
	case iam.AppWeb, iam.AppNative, iam.AppSPA:
	default:
		return iam.Invalid("type", "unknown_type")
	}
	for _, uri := range a.RedirectURIs {
		if err := checkRedirectURI(uri, a.Type); err != nil {
			return err
		}
	}
	for _, uri := range a.PostLogoutRedirectURIs {
		if err := checkRedirectURI(uri, a.Type); err != nil {
			err.Field = "post_logout_redirect_uris"
			return err
		}
	}
	return nil
}

//i18n:keys error.* uri_malformed uri_fragment uri_scheme

// checkRedirectURI allows https, for native applications also loopback http
// (RFC 8252, section 7.3) and private-use schemes with a dot (section 7.1).
// Fragments are forbidden by RFC 6749, section 3.1.2.
func checkRedirectURI(uri string, kind iam.AppType) *iam.Error {
	refuse := func(cause string) *iam.Error {
		return &iam.Error{Kind: iam.KindInvalid, Field: "redirect_uris", Cause: cause, Params: map[string]string{"URI": uri}}
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil, u.Scheme == "":
		return refuse("uri_malformed")
	case u.Fragment != "" || strings.Contains(uri, "#"):
		return refuse("uri_fragment")
	case u.User != nil:
		return refuse("uri_malformed")
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case kind == iam.AppNative && strings.Contains(u.Scheme, "."):
		return nil
	default:
		return refuse("uri_scheme")
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// EnsureSignetApp makes the application that Signet itself is, with a password
// method in its widget, so that the first administrator can sign in.
func (s *Service) EnsureSignetApp(ctx context.Context, caller iam.Caller, name string) error {
	if !caller.Program {
		return iam.Forbidden("not_allowed")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.App(iam.SignetApp); err == nil || !iam.IsNotFound(err) {
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
