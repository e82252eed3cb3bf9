package directory

import (
	"context"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// AppPeoplePage is how many people a page of AppPeople holds.
const AppPeoplePage = 50

// AppPeople returns a page of the people of an application, those after one: who
// signed in to it, last first, and who is kept out.
func (s *Service) AppPeople(ctx context.Context, caller iam.Caller, app iam.App, search string, after iam.UserID) (people []iam.AppPerson, err error) {
	if err := caller.Require(iam.ManageAppPeople, app.Scope()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		people, err = tx.AppPeople(app.ID, store.AppPeopleFilter{Search: strings.TrimSpace(search), ByEmail: findsByEmail(caller), After: after, Limit: AppPeoplePage})
		return err
	})
	return people, err
}

// AppPerson returns one person of an application.
func (s *Service) AppPerson(ctx context.Context, caller iam.Caller, app iam.App, user iam.UserID) (person iam.AppPerson, err error) {
	if err := caller.Require(iam.ManageAppPeople, app.Scope()); err != nil {
		return person, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		person, err = tx.AppPerson(app.ID, user)
		return err
	})
	return person, err
}

// EndInApp ends what a person gave an application. Their session at Signet stays,
// and they can come back.
func (s *Service) EndInApp(ctx context.Context, caller iam.Caller, id iam.AppID, user iam.UserID) error {
	return s.changeAppPerson(ctx, caller, id, user, iam.EventAppPersonEnded, func(tx *store.Tx) error {
		return s.Sessions.EndInApp(tx, user, id, iam.EndByAdministrator)
	})
}

// BlockInApp keeps a person out of one application at once: they are refused at
// the sign-in, and their tokens of it end in the same transaction.
func (s *Service) BlockInApp(ctx context.Context, caller iam.Caller, id iam.AppID, user iam.UserID) error {
	return s.changeAppPerson(ctx, caller, id, user, iam.EventAppPersonBlocked, func(tx *store.Tx) error {
		if id == iam.SignetApp { // that is what blocking a person is for
			return iam.Conflict("signet_stays")
		}
		if err := tx.BlockInApp(id, user, tx.Now()); err != nil {
			return err
		}
		return s.Sessions.EndInApp(tx, user, id, iam.EndBlocked)
	})
}

// AllowInApp lets a person in again.
func (s *Service) AllowInApp(ctx context.Context, caller iam.Caller, id iam.AppID, user iam.UserID) error {
	return s.changeAppPerson(ctx, caller, id, user, iam.EventAppPersonAllowed, func(tx *store.Tx) error {
		return tx.BlockInApp(id, user, time.Time{})
	})
}

// changeAppPerson changes somebody whom the application knows. Of others it is
// not even told whether they exist.
func (s *Service) changeAppPerson(ctx context.Context, caller iam.Caller, id iam.AppID, user iam.UserID, kind iam.EventKind, change func(*store.Tx) error) error {
	app, err := s.App(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Log.Denied(ctx, caller, iam.ManageAppPeople, app.Scope()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		person, err := tx.AppPerson(id, user)
		if err != nil {
			return err
		}
		blocked := !person.BlockedAt.IsZero()
		if kind == iam.EventAppPersonBlocked && blocked || kind == iam.EventAppPersonAllowed && !blocked {
			return nil // pressed twice
		}
		if err := change(tx); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: kind, User: user, App: id, Org: app.Org})
	})
}

// AppRoles returns who holds a role in an application itself.
func (s *Service) AppRoles(ctx context.Context, caller iam.Caller, app iam.App) (holders []iam.Holder, err error) {
	if err := caller.Require(iam.ManageAppPeople, app.Scope()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		holders, err = tx.Holders(app.Scope())
		return err
	})
	return holders, err
}

// GiveAppRole gives the person who is called so a role in an application. Members
// are let in by whoever manages its people; who administers it is decided by
// whoever gives roles.
func (s *Service) GiveAppRole(ctx context.Context, caller iam.Caller, id iam.AppID, login string, role iam.Role) (user iam.User, err error) {
	app, err := s.mayGive(ctx, caller, id, role)
	if err != nil {
		return user, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		user, err = tx.UserByLogin(login)
		if iam.IsNotFound(err) {
			return iam.Invalid("login", "nobody_called_so")
		}
		if err != nil {
			return err
		}
		m := iam.Membership{User: user.ID, Scope: app.Scope(), Role: role}
		if err := tx.InsertMembership(m); err != nil {
			return err
		}
		return s.tellRole(tx, caller, m, "given")
	})
	return user, err
}

// TakeAppRole takes a role in an application from a person. Where the application
// is for members only, what they gave it ends as well.
func (s *Service) TakeAppRole(ctx context.Context, caller iam.Caller, id iam.AppID, user iam.UserID, role iam.Role) error {
	app, err := s.mayGive(ctx, caller, id, role)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		m := iam.Membership{User: user, Scope: app.Scope(), Role: role}
		if err := tx.DeleteMembership(m); err != nil {
			return err
		}
		if err := s.leave(tx, user, app.Scope()); err != nil {
			return err
		}
		return s.tellRole(tx, caller, m, "taken")
	})
}

// Belongs reports whether a person with these roles is a member of an
// application: by a role in it, in its organization or in the system. Pure.
func Belongs(roles []iam.Membership, app iam.App) bool {
	for _, m := range roles {
		if m.Scope.Contains(app.Scope()) {
			return true
		}
	}
	return false
}

func (s *Service) mayGive(ctx context.Context, caller iam.Caller, id iam.AppID, role iam.Role) (iam.App, error) {
	app, err := s.App(ctx, id)
	if err != nil {
		return app, err
	}
	action := iam.EditRoles
	switch role {
	case iam.RoleMember:
		action = iam.ManageAppPeople
	case iam.RoleApplicationAdministrator:
	default:
		return app, iam.Invalid("role", "unknown_role")
	}
	if err := s.Log.Denied(ctx, caller, action, app.Scope()); err != nil {
		return app, err
	}
	if id == iam.SignetApp {
		return app, iam.Conflict("signet_stays")
	}
	return app, nil
}

func (s *Service) tellRole(tx *store.Tx, caller iam.Caller, m iam.Membership, change string) error {
	return s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventRoleChanged, User: m.User, Org: m.Scope.Org, App: m.Scope.App, Details: map[string]string{"role": string(m.Role), "change": change},
	})
}
