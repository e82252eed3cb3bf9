// Package provider owns the login methods: which exist at the system, in an
// organization or for an application, and which of them stand in the widget of
// an application. What a certificate method believes is handed to trust.
package provider

import (
	"context"
	"strings"
	"unicode/utf8"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/store"
)

// Service answers about login methods and changes them.
type Service struct {
	DB  *store.DB
	Log *audit.Log
	// CheckSettings refuses settings that cannot work, such as an unreadable CA
	// file, before they are stored. It is trust's to know.
	CheckSettings func(iam.Provider) error
}

// Limits of what people read of a method, in characters.
const (
	MaxNameLength        = 50
	MaxDescriptionLength = 255
)

// Create adds a login method. It is switched off everywhere until Switch.
func (s *Service) Create(ctx context.Context, caller iam.Caller, p iam.Provider) (iam.Provider, error) {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return iam.Provider{}, err
	}
	if err := s.check(&p); err != nil {
		return iam.Provider{}, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		p.ID, p.Version = iam.ProviderID(iam.NewID()), 1
		p.CreatedAt, p.UpdatedAt = tx.Now(), tx.Now()
		if err := tx.InsertProvider(p); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, event(iam.EventProviderCreated, p))
	})
	return p, err
}

// Change stores a changed login method. Of two who change the same version the
// second is told (cause changed_meanwhile).
func (s *Service) Change(ctx context.Context, caller iam.Caller, p iam.Provider) error {
	old, err := s.Provider(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Scope, p.Type = old.Scope, old.Type // where and what it is does not change
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return err
	}
	if err := s.check(&p); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.UpdateProvider(p); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, event(iam.EventProviderChanged, p))
	})
}

func (s *Service) check(p *iam.Provider) error {
	if p.Publicity == "" {
		p.Publicity = iam.PublicityOnlyMe
	}
	if p.Scope.Level == iam.LevelApplication {
		p.Public = false // there is nothing narrower that could switch it on
	}
	switch n := utf8.RuneCountInString(p.Name); {
	case n == 0:
		return iam.Invalid("name", "name_missing")
	case n > MaxNameLength:
		return iam.Invalid("name", "name_too_long")
	case p.Name != strings.TrimSpace(p.Name):
		return iam.Invalid("name", "name_outer_spaces")
	}
	if utf8.RuneCountInString(p.Description) > MaxDescriptionLength {
		return iam.Invalid("description", "description_too_long")
	}
	if s.CheckSettings != nil {
		return s.CheckSettings(*p)
	}
	return nil
}

// Switch shows a login method in the widget of an application, or hides it. A
// method of a wider scope must be public; one of another organization or
// application is refused.
func (s *Service) Switch(ctx context.Context, caller iam.Caller, app iam.AppID, id iam.ProviderID, on bool) error {
	var target iam.App
	var p iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if target, err = tx.App(app); err != nil {
			return err
		}
		p, err = tx.Provider(id)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.Log.Denied(ctx, caller, iam.SwitchProviders, target.Scope()); err != nil {
		return err
	}
	if on && !Usable(p, target) {
		return iam.Forbidden("method_of_another_scope")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		change := "on"
		if on {
			offers, err := tx.Offers(app)
			if err != nil {
				return err
			}
			last := 0
			for _, o := range offers {
				if o.Provider.ID == id {
					return nil // is on already
				}
				last = max(last, o.Position)
			}
			if err := tx.SetOffer(app, id, last+1, true); err != nil {
				return err
			}
		} else {
			change = "off"
			if err := tx.DeleteOffer(app, id); err != nil {
				return err
			}
		}
		e := event(iam.EventProviderSwitched, p)
		e.App, e.Org, e.Details = app, target.Org, map[string]string{"change": change, "name": p.Name}
		return s.Log.Write(tx, caller, e)
	})
}

// Usable reports whether the login method may stand in the widget of the
// application: its own, a public one of its organization or of the system, and,
// for Signet itself, every one of the system.
func Usable(p iam.Provider, app iam.App) bool {
	switch p.Scope.Level {
	case iam.LevelSystem:
		return p.Public || app.ID == iam.SignetApp
	case iam.LevelOrganization:
		return p.Public && p.Scope.Org != "" && p.Scope.Org == app.Org
	case iam.LevelApplication:
		return p.Scope.App == app.ID
	default:
		return false
	}
}

// Provider returns the login method with the id.
func (s *Service) Provider(ctx context.Context, id iam.ProviderID) (p iam.Provider, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		p, err = tx.Provider(id)
		return err
	})
	return p, err
}

// All returns every login method, for whoever administers the system.
func (s *Service) All(ctx context.Context, caller iam.Caller) (providers []iam.Provider, err error) {
	if err := caller.Require(iam.ViewProviders, iam.System()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		providers, err = tx.Providers()
		return err
	})
	return providers, err
}

// ForProfile returns the login methods that the caller can add an identifier
// of.
func (s *Service) ForProfile(ctx context.Context, caller iam.Caller) (providers []iam.Provider, err error) {
	if caller.User == "" {
		return nil, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		providers, err = tx.ProvidersForProfile(caller.User, iam.ProviderCertificate)
		return err
	})
	return providers, err
}

// Offered returns the login methods in the widget of an application, in order,
// leaving out those that it may no longer use.
func Offered(tx *store.Tx, app iam.App) ([]iam.Offer, error) {
	offers, err := tx.Offers(app.ID)
	if err != nil {
		return nil, err
	}
	usable := offers[:0]
	for _, o := range offers {
		if Usable(o.Provider, app) {
			usable = append(usable, o)
		}
	}
	return usable, nil
}

// EnsurePassword returns the password method of the system, making it and
// switching it on for Signet itself where there is none.
func (s *Service) EnsurePassword(ctx context.Context, caller iam.Caller, name string) (iam.Provider, error) {
	providers, err := s.All(ctx, caller)
	if err != nil {
		return iam.Provider{}, err
	}
	for _, p := range providers {
		if p.Type == iam.ProviderPassword && p.Scope.Level == iam.LevelSystem {
			return p, nil
		}
	}
	p, err := s.Create(ctx, caller, iam.Provider{Scope: iam.System(), Type: iam.ProviderPassword, Name: name, Public: true})
	if err != nil {
		return iam.Provider{}, err
	}
	return p, s.Switch(ctx, caller, iam.SignetApp, p.ID, true)
}

func event(kind iam.EventKind, p iam.Provider) iam.Event {
	return iam.Event{Kind: kind, Provider: p.ID, Org: p.Scope.Org, App: p.Scope.App, Details: map[string]string{"name": p.Name}}
}
