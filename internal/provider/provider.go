// Package provider owns the login methods: which exist at the system, in an
// organization or for an application, and which of them stand in the widget of
// an application. What a certificate method believes is handed to trust.
package provider

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
)

// Service answers about login methods and changes them.
type Service struct {
	DB       *store.DB
	Log      *audit.Log
	Sessions *session.Service // ends what the identifiers of a deleted method opened
	// CheckSettings refuses settings that cannot work, such as an unreadable CA
	// file or a certificate host that the operator has not allowed, before they are
	// stored.
	CheckSettings func(iam.Provider) error

	// drawing lets one picture be drawn at a time: each takes some hundred megabytes
	// while it is, and every administrator of an application can bring any number.
	drawing sync.Mutex
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
		if p.Type == iam.ProviderPassword {
			// People have one password, so there is one way to type it.
			switch _, found, err := passwordMethod(tx); {
			case err != nil:
				return err
			case found:
				return iam.Conflict("password_method_exists")
			}
		}
		if err := knownPicture(tx, p.Picture); err != nil {
			return err
		}
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
		if err := knownPicture(tx, p.Picture); err != nil {
			return err
		}
		if err := tx.UpdateProvider(p); err != nil {
			return err
		}
		if err := s.Log.Write(tx, caller, event(iam.EventProviderChanged, p)); err != nil {
			return err
		}
		// What is not public any more leaves the widgets of others for good (row S37):
		// it must not come back by itself when it is public again.
		return s.withdraw(tx, caller, p, func(app iam.App) bool { return !Usable(p, app) })
	})
}

// Check says whether a changed login method could be stored, without storing it.
func (s *Service) Check(ctx context.Context, caller iam.Caller, p iam.Provider) error {
	old, err := s.Provider(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Scope, p.Type = old.Scope, old.Type
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return err
	}
	return s.check(&p)
}

func (s *Service) check(p *iam.Provider) error {
	if p.Publicity == "" {
		p.Publicity = iam.PublicityOnlyMe
	}
	if p.Scope.Level == iam.LevelApplication {
		p.Public = false // there is nothing narrower that could switch it on
	}
	switch p.Publicity {
	case iam.PublicityOnlyMe, iam.PublicityOnRequest, iam.PublicityEveryone:
	default:
		return iam.Invalid("publicity", "unknown_publicity")
	}
	if p.Type != iam.ProviderCertificate && (p.Type != iam.ProviderPassword || p.Scope.Level != iam.LevelSystem) {
		return iam.Invalid("type", "unknown_type")
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
	// A name stands on a button of the sign-in form, where signs that turn the
	// direction of writing would make another of it.
	switch {
	case hidden(p.Name):
		return iam.Invalid("name", "invisible_characters")
	case hidden(strings.NewReplacer("\r", "", "\n", "").Replace(p.Description)):
		return iam.Invalid("description", "invisible_characters")
	}
	if s.CheckSettings != nil {
		return s.CheckSettings(*p)
	}
	return nil
}

// hidden reports whether a text holds what nobody sees: controls, and formats such
// as the override of the direction of writing (Unicode category C).
func hidden(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.C, r) })
}

// Usable reports whether the login method may stand in the widget of the
// application: its own, a public one of its organization or of the system; for
// Signet itself every one of the system, and for an organization itself every one
// of its own.
func Usable(p iam.Provider, app iam.App) bool {
	switch p.Scope.Level {
	case iam.LevelSystem:
		return p.Public || app.ID == iam.SignetApp
	case iam.LevelOrganization:
		return (p.Public || app.ID == iam.OrgApp(app.Org)) && p.Scope.Org != "" && p.Scope.Org == app.Org
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
		providers, err = Linkable(tx, caller.User, caller.Session)
		return err
	})
	return providers, err
}

// Linkable returns the login methods that a person can link an identifier of, by
// themselves, in a session. One that a method of an organization opened links
// nothing beyond it: whoever runs that method could let anybody in as the person,
// and an identifier of the system would open everything else to them.
func Linkable(tx *store.Tx, user iam.UserID, in iam.SessionID) ([]iam.Provider, error) {
	session, err := tx.Session(in)
	if err != nil {
		return nil, orNone(err)
	}
	opener, err := tx.Provider(session.Provider)
	if err != nil {
		return nil, orNone(err)
	}
	all, err := tx.ProvidersForProfile(user, iam.ProviderCertificate)
	return slices.DeleteFunc(all, func(p iam.Provider) bool { return !p.SelfLinked() || !opener.Vouches(p.Scope) }), err
}

// orNone is for what need not be there: then there is nothing to link.
func orNone(err error) error {
	if iam.IsNotFound(err) {
		return nil
	}
	return err
}

// Formed returns the application whose sign-in form an application shows: its
// own, or that of the one which it is there to try.
func Formed(tx *store.Tx, app iam.App) (iam.App, error) {
	if !app.Test || app.TestOf == "" {
		return app, nil
	}
	return tx.App(app.TestOf)
}

// Offered returns the login methods in the widget of an application, in order,
// leaving out those that it may no longer use.
func Offered(tx *store.Tx, app iam.App) ([]iam.Offer, error) {
	app, err := Formed(tx, app)
	if err != nil {
		return nil, err
	}
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

// PasswordName is what the password method is called until somebody renames it.
const PasswordName = iam.PasswordName

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
