package directory

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"signet/internal/iam"
	"signet/internal/store"
)

// Limits of what people read of an organization, in characters. A handle is
// shorter than an id, so that one is never taken for the other in an address.
const (
	MaxOrgName        = 100
	MaxOrgDescription = 255
	MaxHandle         = 24
)

var handlePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CreateOrg adds an organization, and the application that it itself is: the
// client whose sign-in form stands before its own pages.
func (s *Service) CreateOrg(ctx context.Context, caller iam.Caller, o iam.Org) (iam.Org, error) {
	if err := s.Log.Denied(ctx, caller, iam.CreateOrganization, iam.System()); err != nil {
		return iam.Org{}, err
	}
	if err := checkOrg(&o); err != nil {
		return iam.Org{}, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		o.ID, o.Version = iam.OrgID(iam.NewID()), 1
		o.CreatedAt, o.UpdatedAt = tx.Now(), tx.Now()
		if err := freeHandle(tx, o); err != nil {
			return err
		}
		if err := tx.InsertOrg(o); err != nil {
			return handleTaken(err, o)
		}
		if err := tx.InsertApp(iam.App{
			ID: iam.OrgApp(o.ID), Org: o.ID, Name: o.Name, Type: iam.AppSPA, SigningAlgorithm: "ES256", SkipConsent: true,
			AccessTokenTTL: DefaultAccessTokenTTL, RefreshTokenTTL: DefaultRefreshTokenTTL, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}); err != nil {
			return fmt.Errorf("make the organization's own application: %w", err)
		}
		if err := s.offerPassword(tx, iam.OrgApp(o.ID)); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, orgEvent(iam.EventOrgCreated, o))
	})
	return o, err
}

// offerPassword puts the system's password method into a widget that has nothing
// yet, so that there is a way in from the beginning.
func (s *Service) offerPassword(tx *store.Tx, app iam.AppID) error {
	all, err := tx.Providers()
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Type == iam.ProviderPassword && p.Scope.Level == iam.LevelSystem {
			return tx.SetOffer(app, p.ID, 1, true)
		}
	}
	return nil
}

// ChangeOrg stores a changed organization. Of two who change the same version the
// second is told (cause changed_meanwhile).
func (s *Service) ChangeOrg(ctx context.Context, caller iam.Caller, o iam.Org) error {
	if err := s.Log.Denied(ctx, caller, iam.EditOrganizations, o.Scope()); err != nil {
		return err
	}
	if err := checkOrg(&o); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := freeHandle(tx, o); err != nil {
			return err
		}
		if err := tx.UpdateOrg(o); err != nil {
			return handleTaken(err, o)
		}
		own, err := tx.App(iam.OrgApp(o.ID))
		if err != nil {
			return err
		}
		if own.Name != o.Name {
			own.Name = o.Name // stands above its sign-in form
			if err := tx.UpdateApp(own); err != nil {
				return err
			}
		}
		return s.Log.Write(tx, caller, orgEvent(iam.EventOrgChanged, o))
	})
}

// DeleteOrg deletes an organization with its login methods, their identifiers and
// the sessions that these opened, its roles and its invitations. While it has
// applications it is refused: what hangs on an application (secrets, people,
// consents, tokens) is asked about and ended where applications are deleted, and
// nobody should lose ten of them by one button.
func (s *Service) DeleteOrg(ctx context.Context, caller iam.Caller, id iam.OrgID) error {
	if err := s.Log.Denied(ctx, caller, iam.DeleteOrganization, iam.Organization(id)); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		o, err := tx.Org(id)
		if err != nil {
			return err
		}
		size, err := tx.OrgSize(id)
		if err != nil {
			return err
		}
		if size.Applications > 0 {
			return iam.Conflict("organization_has_applications")
		}
		methods, err := tx.ProvidersOfOrg(id)
		if err != nil {
			return err
		}
		for _, p := range methods {
			identities, err := tx.IdentitiesOfProvider(p.ID)
			if err != nil {
				return err
			}
			for _, identity := range identities {
				if _, err := s.Sessions.EndOfIdentity(tx, caller, identity.ID, iam.EndIdentityRemoved); err != nil {
					return err
				}
			}
			if err := tx.DeleteProvider(p.ID); err != nil {
				return err
			}
		}
		if err := tx.DeleteOrg(id); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, orgEvent(iam.EventOrgDeleted, o))
	})
}

// Org returns an organization by handle or id, for whoever may see it. For
// everybody else there is none.
func (s *Service) Org(ctx context.Context, caller iam.Caller, name string) (o iam.Org, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if o, err = tx.OrgByHandle(name); iam.IsNotFound(err) {
			o, err = tx.Org(iam.OrgID(name))
		}
		return err
	})
	if err == nil && !caller.May(iam.ViewOrganizations, o.Scope()) {
		return iam.Org{}, iam.NotFound("organization")
	}
	return o, err
}

// OrgClient returns the application that an organization itself is, by handle or
// id. It asks no permission: its sign-in form is for people who have not signed
// in, and tells them no more than the name.
func (s *Service) OrgClient(ctx context.Context, name string) (app iam.App, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err := tx.OrgByHandle(name)
		if iam.IsNotFound(err) {
			o, err = tx.Org(iam.OrgID(name))
		}
		if err != nil {
			return err
		}
		app, err = tx.App(iam.OrgApp(o.ID))
		return err
	})
	return app, err
}

// OrgsPage is how many organizations a page of Orgs holds.
const OrgsPage = 50

// Orgs returns a page of the organizations, those after one, that contain the
// text, for whoever administers the system.
func (s *Service) Orgs(ctx context.Context, caller iam.Caller, search string, after iam.OrgID) (orgs []iam.Org, err error) {
	if err := caller.Require(iam.ViewOrganizations, iam.System()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		orgs, err = tx.Orgs(strings.TrimSpace(search), after, OrgsPage+1)
		return err
	})
	return orgs, err
}

// OrgSize counts what there is in an organization, for whoever may see it.
func (s *Service) OrgSize(ctx context.Context, caller iam.Caller, id iam.OrgID) (size iam.OrgSize, err error) {
	if err := caller.Require(iam.ViewOrganizations, iam.Organization(id)); err != nil {
		return size, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		size, err = tx.OrgSize(id)
		return err
	})
	return size, err
}

// checkOrg trims and checks what is typed about an organization.
func checkOrg(o *iam.Org) error {
	o.Name, o.Handle, o.Description = strings.TrimSpace(o.Name), strings.ToLower(strings.TrimSpace(o.Handle)), strings.TrimSpace(o.Description)
	for _, f := range []struct {
		field, value string
		max          int
	}{{"name", o.Name, MaxOrgName}, {"handle", o.Handle, MaxHandle}, {"description", o.Description, MaxOrgDescription}} {
		if utf8.RuneCountInString(f.value) > f.max {
			return &iam.Error{Kind: iam.KindInvalid, Field: f.field, Cause: "too_long", Params: map[string]string{"Max": fmt.Sprint(f.max)}}
		}
		hidden := func(r rune) bool {
			return unicode.Is(unicode.C, r) && (f.field != "description" || r != '\n' && r != '\r')
		}
		if !utf8.ValidString(f.value) || strings.ContainsFunc(f.value, hidden) {
			return iam.Invalid(f.field, "invisible_characters")
		}
	}
	switch {
	case o.Name == "":
		return iam.Invalid("name", "name_missing")
	case o.Handle == "":
		return iam.Invalid("handle", "handle_missing")
	case !handlePattern.MatchString(o.Handle):
		return iam.Invalid("handle", "handle_malformed")
	case o.Handle == "new":
		return handleTaken(nil, *o) // an address of its own
	}
	return nil
}

func freeHandle(tx *store.Tx, o iam.Org) error {
	other, err := tx.OrgByHandle(o.Handle)
	switch {
	case iam.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case other.ID != o.ID:
		return handleTaken(nil, o)
	}
	return nil
}

// handleTaken is the refusal of a handle that another organization has, found
// before or by the index.
func handleTaken(err error, o iam.Org) error {
	if err != nil && !store.IsUnique(err) {
		return err
	}
	return &iam.Error{Kind: iam.KindConflict, Field: "handle", Cause: "handle_taken", Params: map[string]string{"Handle": o.Handle}, Err: err}
}

func orgEvent(kind iam.EventKind, o iam.Org) iam.Event {
	return iam.Event{Kind: kind, Org: o.ID, Details: map[string]string{"name": o.Name}}
}

// Level is a place that somebody administers.
type Level struct {
	Scope  iam.Scope
	Name   string // of the organization or application
	Handle string // of the organization
}

// Levels returns the places that the caller administers by a role of their own.
// What no longer exists is left out.
func (s *Service) Levels(ctx context.Context, caller iam.Caller) (levels []Level, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		levels = nil
		for _, m := range caller.Memberships {
			if len(m.Role.Actions()) == 0 {
				continue
			}
			l := Level{Scope: m.Scope}
			switch m.Scope.Level {
			case iam.LevelOrganization:
				o, err := tx.Org(m.Scope.Org)
				if iam.IsNotFound(err) {
					continue
				}
				if err != nil {
					return err
				}
				l.Name, l.Handle = o.Name, o.Handle
			case iam.LevelApplication:
				app, err := tx.App(m.Scope.App)
				if iam.IsNotFound(err) {
					continue
				}
				if err != nil {
					return err
				}
				l.Name = app.Name
			}
			levels = append(levels, l)
		}
		return nil
	})
	return levels, err
}
